//! The addresses of what is ours, as other servers know them. They never change: others keep them.

use crate::app::App;

/// An actor.
#[must_use]
pub fn actor(app: &App, username: &str) -> String {
    app.url(&format!("/users/{username}"))
}

/// The server's own actor.
#[must_use]
pub fn instance_actor(app: &App) -> String {
    app.url("/actor")
}

/// Where everybody here is written to at once.
#[must_use]
pub fn shared_inbox(app: &App) -> String {
    app.url("/inbox")
}

/// Those who follow an actor.
#[must_use]
pub fn followers(app: &App, username: &str) -> String {
    app.url(&format!("/users/{username}/followers"))
}

/// A status.
#[must_use]
pub fn status(app: &App, username: &str, id: i64) -> String {
    app.url(&format!("/users/{username}/statuses/{id}"))
}

/// The activity that made a status, or that is a reblog.
#[must_use]
pub fn activity(app: &App, username: &str, id: i64) -> String {
    app.url(&format!("/users/{username}/statuses/{id}/activity"))
}

/// A conversation that began here, by the status that it began with and its author.
#[must_use]
pub fn conversation(app: &App, account: i64, status: i64) -> String {
    app.url(&format!("/contexts/{account}-{status}"))
}

/// The word of an author of ours that a status may quote one of theirs (FEP-044f), by the status that quotes.
#[must_use]
pub fn quote_authorization(app: &App, username: &str, quoting: i64) -> String {
    app.url(&format!("/users/{username}/quote_authorizations/{quoting}"))
}

/// The request that a status of ours may quote another server's, by the status that quotes.
#[must_use]
pub fn quote_request(app: &App, username: &str, quoting: i64) -> String {
    app.url(&format!("/users/{username}/quote_requests/{quoting}"))
}
