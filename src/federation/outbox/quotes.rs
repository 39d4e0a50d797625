//! Quotes between servers (FEP-044f): the word of an author of ours that a status may quote one of theirs, and the
//! activities that ask for such a word, give it, and take it back. Activities are without `@context`.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use chronodon_activitypub::audience::PUBLIC;
use chronodon_activitypub::context::with_context;
use chronodon_activitypub::quote_authorization::TYPE;
use chronodon_events::StatusId;
use chronodon_projections::core::quotes::{self, Quote};
use chronodon_projections::core::{accounts, statuses as rows};
use serde_json::{Value, json};

use super::addresses;
use super::answer::{Asking, Document, NoDocument};
use super::people::shown;
use super::statuses::{Named, of};
use crate::api::error::ApiError;
use crate::app::App;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/users/{name}/quote_authorizations/{id}", get(show))
}

async fn show(State(app): State<Arc<App>>, Path((name, id)): Named, asking: Asking) -> Response {
    asking.answer(&app, document(&app, &name, &id, &asking).await)
}

/// It stands for as long as the author agrees and both statuses are there, for those who may see the quoted one.
async fn document(app: &App, name: &str, id: &str, asking: &Asking) -> Result<Document, NoDocument> {
    let author = shown(app, name, asking).await?;
    let id: StatusId = id.parse().map_err(|_| ApiError::NotFound)?;
    let quote = quotes::by_statuses(&app.reader, &[id.get()]).await?.pop().filter(Quote::is_accepted);
    let quoted = quote.and_then(|quote| quote.quoted_id).ok_or(ApiError::NotFound)?;
    app.commands.may_see_status(asking.viewer(), StatusId(quoted)).await?;
    let found = rows::by_ids(&app.reader, &[id.get(), quoted]).await?;
    let row = |id: i64| found.iter().find(|row| row.id == id).ok_or(ApiError::NotFound);
    let (quoting, quoted) = (row(id.get())?, row(quoted)?);
    if !quoted.local || quoted.account_id != author.id {
        return Err(ApiError::NotFound.into());
    }
    let quoter = accounts::by_ids(&app.reader, &[quoting.account_id]).await?.pop().ok_or(ApiError::NotFound)?;
    let own = || addresses::status(app, &quoter.username, quoting.id);
    let word = Word {
        author: &addresses::actor(app, &author.username),
        quoting: &quoting.uri.clone().unwrap_or_else(own),
        quoted: &addresses::status(app, &author.username, quoted.id),
    };
    let body = word.document(&addresses::quote_authorization(app, &author.username, quoting.id));
    Ok(of(quoted, with_context(body)))
}

/// What an author says, by addresses.
#[derive(Clone, Copy, Debug)]
pub struct Word<'a> {
    /// The quoted author's actor.
    pub author: &'a str,
    /// The status that quotes.
    pub quoting: &'a str,
    /// The status that is quoted.
    pub quoted: &'a str,
}

impl Word<'_> {
    fn document(&self, id: &str) -> Value {
        json!({
            "id": id,
            "type": TYPE,
            "attributedTo": self.author,
            "interactingObject": self.quoting,
            "interactionTarget": self.quoted,
        })
    }

    /// The author gives it no longer. `id` was its address.
    #[must_use]
    pub fn revoked(&self, id: &str) -> Value {
        json!({
            "id": format!("{id}#delete"),
            "type": "Delete",
            "actor": self.author,
            "to": [PUBLIC],
            "object": self.document(id),
        })
    }

    /// The answer to the request of the actor `asker`, which named it `request`: `Accept` with the address of the
    /// authorization, or `Reject` without.
    #[must_use]
    pub fn answer(
        &self,
        answer_id: impl std::fmt::Display,
        asker: &str,
        request: Option<&str>,
        authorization: Option<&str>,
    ) -> Value {
        let kind = if authorization.is_some() { "Accept" } else { "Reject" };
        let mut asked =
            json!({ "type": "QuoteRequest", "actor": asker, "object": self.quoted, "instrument": self.quoting });
        if let Some(id) = request {
            asked["id"] = id.into();
        }
        let mut answer = json!({
            "id": format!("{}#{}s/quote_requests/{answer_id}", self.author, kind.to_lowercase()),
            "type": kind,
            "actor": self.author,
            "to": [asker],
            "object": asked,
        });
        if let Some(authorization) = authorization {
            answer["result"] = authorization.into();
        }
        answer
    }
}

/// Asks the author of `quoted` whether `note`, whole, may quote it.
#[must_use]
pub fn request(id: &str, author: &str, quoted: &str, note: Value) -> Value {
    json!({
        "id": id,
        "type": "QuoteRequest",
        "actor": note["attributedTo"],
        "to": [author],
        "object": quoted,
        "instrument": note,
    })
}
