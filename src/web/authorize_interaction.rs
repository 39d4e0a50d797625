//! `/authorize_interaction?uri=`: where somebody comes to from another server who wants to follow somebody, or to do
//! something about a post, with the account that they have here.
//!
//! What is named is fetched for who is signed in alone: a stranger must not make this server call others.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use chronodon_events::{AccountId, StatusId};
use serde::Deserialize;

use super::browser::Browser;
use super::page::{self, Forms};
use super::sign_in;
use crate::api::Params;
use crate::api::entities::{accounts, relationships, statuses};
use crate::api::error::{ApiError, ApiResult};
use crate::api::params::lenient;
use crate::api::search::elsewhere;
use crate::app::App;
use crate::auth::sessions::SignedIn;
use crate::commands::{By, FollowAccount};
use crate::federation::resolve::Found;

/// The longest address or handle that is looked for.
const URI_BYTES_MAX: usize = 2_048;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/authorize_interaction", get(show).post(interact))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    #[serde(deserialize_with = "lenient::filled")]
    uri: Option<String>,
    #[serde(deserialize_with = "lenient::filled")]
    action: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    csrf: Option<String>,
}

impl Asked {
    fn uri(&self) -> ApiResult<&str> {
        let uri = self.uri.as_deref().filter(|uri| uri.len() <= URI_BYTES_MAX);
        uri.ok_or_else(|| ApiError::missing("uri"))
    }
}

/// Something that can be done, and how a button says it.
struct Action {
    name: &'static str,
    label: &'static str,
}

#[derive(Template)]
#[template(path = "authorize_interaction.html")]
struct Page<'a> {
    site: &'a str,
    domain: &'a str,
    username: &'a str,
    csrf: String,
    uri: &'a str,
    name: String,
    acct: String,
    /// What a post says, clean; nothing for an account.
    content_html: Option<String>,
    actions: &'a [Action],
}

const OF_ACCOUNT: [Action; 1] = [Action { name: "follow", label: "Follow" }];
const OF_STATUS: [Action; 2] =
    [Action { name: "favourite", label: "Favourite" }, Action { name: "reblog", label: "Boost" }];

async fn show(State(app): State<Arc<App>>, browser: Browser, asked: Params<Asked>) -> Response {
    match shown(&app, &browser, &asked).await {
        Ok(response) => response,
        Err(error) => refused(&app, error),
    }
}

async fn shown(app: &App, browser: &Browser, asked: &Asked) -> ApiResult<Response> {
    let uri = asked.uri()?;
    let Some(person) = browser.signed_in(app).await? else { return Ok(to_sign_in(uri)) };
    let (account, content_html, actions) = match found(app, uri).await? {
        Found::Account(row) => (accounts::one(app, row.id).await?, None, &OF_ACCOUNT[..]),
        Found::Status(row) => {
            app.commands.may_see_status(Some(person.account_id), StatusId(row.id)).await?;
            let status = statuses::one(app, Some(person.account_id), row.id).await?;
            (status.account.clone(), Some(status.content.clone()), &OF_STATUS[..])
        }
    };
    let page = Page {
        site: &app.config.instance.title,
        domain: &app.domain,
        username: &person.username,
        csrf: browser.form_token(app),
        uri,
        name: account.display_name.clone(),
        acct: account.acct.clone(),
        content_html,
        actions,
    };
    Ok(page::render(StatusCode::OK, &page, Forms::Here))
}

async fn interact(State(app): State<Arc<App>>, browser: Browser, asked: Params<Asked>) -> Response {
    if !browser.owns(&app, asked.csrf.as_deref().unwrap_or_default()) {
        return page::expired(&app);
    }
    match done(&app, &browser, &asked).await {
        Ok(response) => response,
        Err(error) => refused(&app, error),
    }
}

async fn done(app: &App, browser: &Browser, asked: &Asked) -> ApiResult<Response> {
    let uri = asked.uri()?;
    let Some(person) = browser.signed_in(app).await? else { return Ok(to_sign_in(uri)) };
    let by = By::account(person.account_id);
    let (title, text) = match (asked.action.as_deref(), found(app, uri).await?) {
        (Some("follow"), Found::Account(row)) => follow(app, &person, AccountId(row.id)).await?,
        (Some("favourite"), Found::Status(row)) => {
            app.commands.add_favourite(by, person.account_id, StatusId(row.id), None).await?;
            ("Favourited", "Its author will be told.".to_owned())
        }
        (Some("reblog"), Found::Status(row)) => {
            app.commands.reblog(by, person.account_id, StatusId(row.id), None).await?;
            ("Boosted", "Your followers will see it.".to_owned())
        }
        _ => return Err(ApiError::missing("action")),
    };
    Ok(page::message(app, StatusCode::OK, title, &text))
}

async fn follow(app: &App, person: &SignedIn, target: AccountId) -> ApiResult<(&'static str, String)> {
    let by = By::account(person.account_id);
    app.commands.follow_account(by, person.account_id, target, FollowAccount::default(), None).await?;
    let acct = accounts::one(app, target.get()).await?.acct.clone();
    let relationship = relationships::one(app, person.account_id, target).await?;
    Ok(if relationship.following {
        ("Following", format!("You follow @{acct}."))
    } else {
        ("Asked to follow", format!("You will follow @{acct} as soon as you are let in."))
    })
}

async fn found(app: &App, uri: &str) -> ApiResult<Found> {
    elsewhere::named(app, uri).await?.ok_or(ApiError::NotFound)
}

fn to_sign_in(uri: &str) -> Response {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("uri", uri);
    Redirect::to(&sign_in::address(sign_in::INTERACTION, &query.finish())).into_response()
}

fn refused(app: &App, error: ApiError) -> Response {
    let status = error.status();
    let (title, text) = match status {
        StatusCode::NOT_FOUND => ("Nothing there", "We found no account and no post there that you may see."),
        status if status.is_client_error() => ("This cannot be done", "The server does not let you do this."),
        _ => ("This did not work", "Something went wrong on our side. Please try again later."),
    };
    // Writes what is internal to the log.
    let _ = error.into_response();
    page::message(app, status, title, text)
}
