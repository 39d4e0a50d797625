//! One status: itself, the activity that made it, and how many liked and shared it.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use chronodon_activitypub::context::with_context;
use chronodon_events::StatusId;
use chronodon_events::values::Visibility;
use chronodon_projections::core::accounts::Account;
use chronodon_projections::core::statuses::{self, Status as Row};

use super::answer::{Asking, Document, NoDocument};
use super::people::shown;
use super::{addresses, collections, note, posted};
use crate::api::entities::statuses as entities;
use crate::api::error::ApiError;
use crate::app::App;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/users/{name}/statuses/{id}/activity", get(activity))
        .route("/users/{name}/statuses/{id}/likes", get(likes))
        .route("/users/{name}/statuses/{id}/shares", get(shares))
}

/// A status, with its author's name: as both stand in its address.
pub(super) type Named = Path<(String, String)>;

/// The status at an address that it shares with a page for people, for who prefers it to that.
pub async fn answer(app: &App, name: &str, id: &str, asking: &Asking) -> Response {
    asking.answer(app, document(app, name, id, asking).await)
}

async fn document(app: &App, name: &str, id: &str, asking: &Asking) -> Result<Document, NoDocument> {
    let (_, row) = visible(app, name, id, asking).await?;
    if row.reblog_of_id.is_some() {
        let reblog = entities::one(app, None, row.id).await?;
        return Err(reblog.reblog.map_or_else(|| ApiError::NotFound.into(), |shown| NoDocument::At(shown.uri)));
    }
    let note = note(app, StatusId(row.id)).await?.ok_or(ApiError::NotFound)?;
    Ok(of(&row, note))
}

/// A status or reblog of this author that who asks may see, and the author. What is not there and what is not for who
/// asks are the same.
pub(super) async fn visible(app: &App, name: &str, id: &str, asking: &Asking) -> Result<(Account, Row), NoDocument> {
    let author = shown(app, name, asking).await?;
    let id: StatusId = id.parse().map_err(|_| ApiError::NotFound)?;
    app.commands.may_see_status(asking.viewer(), id).await?;
    let row = statuses::by_ids(&app.reader, &[id.get()]).await?.pop();
    let row = row.filter(|row| row.account_id == author.id).ok_or(ApiError::NotFound)?;
    Ok((author, row))
}

/// A document about a status, which those may read who may see the status.
pub(super) fn of(row: &Row, body: serde_json::Value) -> Document {
    match Visibility::parse(&row.visibility) {
        Some(Visibility::Public | Visibility::Unlisted) => Document::for_all(body),
        _ => Document::for_viewer(body),
    }
}

async fn activity(State(app): State<Arc<App>>, Path((name, id)): Named, asking: Asking) -> Response {
    asking.answer(&app, made(&app, &name, &id, &asking).await)
}

async fn made(app: &App, name: &str, id: &str, asking: &Asking) -> Result<Document, NoDocument> {
    let (_, row) = visible(app, name, id, asking).await?;
    let activity = posted(app, &[row.id]).await?.pop().ok_or(ApiError::NotFound)?;
    Ok(of(&row, with_context(activity)))
}

async fn likes(State(app): State<Arc<App>>, Path((name, id)): Named, asking: Asking) -> Response {
    asking.answer(&app, counted(&app, &name, &id, &asking, "likes", |row| row.favourites_count).await)
}

async fn shares(State(app): State<Arc<App>>, Path((name, id)): Named, asking: Asking) -> Response {
    asking.answer(&app, counted(&app, &name, &id, &asking, "shares", |row| row.reblogs_count).await)
}

async fn counted(
    app: &App,
    name: &str,
    id: &str,
    asking: &Asking,
    path: &str,
    count: impl Fn(&Row) -> i64,
) -> Result<Document, NoDocument> {
    let (author, row) = visible(app, name, id, asking).await?;
    let id = format!("{}/{path}", addresses::status(app, &author.username, row.id));
    Ok(of(&row, collections::total(&id, "Collection", count(&row))))
}
