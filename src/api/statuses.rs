//! `/api/v1/statuses`: post, read, edit, delete; what people do with a status is in the files below.

mod actions;
mod deliveries;
mod history;
pub(super) mod params;
mod people;
mod quotes;
mod thread;

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::get;
use axum::{Json, Router};
use chronodon_domain::limits;
use chronodon_events::StatusId;
use chronodon_events::values::Application;
use chronodon_projections::core::statuses as rows;
use serde::Deserialize;

use super::auth::{Authenticated, Viewer};
use super::entities::quotes::Quoted;
use super::entities::statuses::{self, Status};
use super::error::{ApiError, ApiResult};
use super::params::{Params, lenient};
use super::path::Path;
use crate::app::App;
use crate::clock;
use crate::commands::By;
use crate::federation::{mentions, refresh};
use crate::jobs;
use params::StatusParams;

/// Its routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/statuses", get(index).post(create))
        .route("/api/v1/statuses/{id}", get(show).put(update).patch(update).delete(destroy))
        .merge(actions::routes())
        .merge(deliveries::routes())
        .merge(history::routes())
        .merge(people::routes())
        .merge(quotes::routes())
        .merge(thread::routes())
}

async fn create(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    headers: HeaderMap,
    params: Params<StatusParams>,
) -> ApiResult<Json<Status>> {
    auth.require("write:statuses")?;
    let mut post = params.value.into_post()?;
    mentions::meet(&app, &post.text).await;
    post.application = Some(Application {
        id: auth.session.app_id,
        name: auth.session.app_name.clone(),
        website: auth.session.app_website.clone(),
    });
    let by = retriable(&app, &auth, &headers).await?;
    let id = app.commands.post_status(by, auth.account_id, post).await?;
    statuses::one(&app, Some(auth.account_id), id.get()).await.map(Json)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    #[serde(deserialize_with = "lenient::ids")]
    id: Vec<StatusId>,
}

/// Those of the statuses asked for that the viewer may see and has not blocked or muted, in the order asked.
async fn index(State(app): State<Arc<App>>, viewer: Viewer, params: Params<Wanted>) -> ApiResult<Json<Vec<Status>>> {
    viewer.require("read:statuses")?;
    let mut ids: Vec<_> = Vec::new();
    for id in params.value.id {
        if !ids.contains(&id.get()) {
            ids.push(id.get());
        }
        if ids.len() > limits::STATUSES_PAGE_MAX {
            return Err(ApiError::validation("Too many ids"));
        }
    }
    let seen = rows::seen(&app.reader, &ids, viewer.account_id(), clock::now()).await?;
    ids.retain(|id| seen.contains(id));
    statuses::in_order(&app, viewer.account_id(), &ids).await.map(Json)
}

async fn show(State(app): State<Arc<App>>, viewer: Viewer, Path(id): Path<StatusId>) -> ApiResult<Json<Status>> {
    viewer.require("read:statuses")?;
    app.commands.may_see_status(viewer.account_id(), id).await?;
    if viewer.account_id().is_some() {
        look_again(&app, id).await?;
    }
    statuses::one(&app, viewer.account_id(), id.get()).await.map(Json)
}

/// A poll of another server that somebody looks at is counted again before long.
async fn look_again(app: &App, id: StatusId) -> ApiResult<()> {
    if let Some(row) = rows::by_ids(&app.reader, &[id.get()]).await?.pop() {
        refresh::seen_poll(app, &row).await;
    }
    Ok(())
}

async fn update(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    Path(id): Path<StatusId>,
    params: Params<StatusParams>,
) -> ApiResult<Json<Status>> {
    auth.require("write:statuses")?;
    let edit = params.value.into_edit()?;
    mentions::meet(&app, &edit.text).await;
    app.commands.edit_status(By::account(auth.account_id), auth.account_id, id, edit).await?;
    statuses::one(&app, Some(auth.account_id), id.get()).await.map(Json)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Deletion {
    #[serde(deserialize_with = "lenient::boolean")]
    delete_media: Option<bool>,
}

/// Answers the status with its source, to be written anew. A reblog is taken back.
async fn destroy(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    Path(id): Path<StatusId>,
    params: Params<Deletion>,
) -> ApiResult<Json<Status>> {
    auth.require("write:statuses")?;
    let by = By::account(auth.account_id);
    let mut status = statuses::one(&app, Some(auth.account_id), id.get()).await?;
    if status.account.id != auth.account_id.to_string() {
        return Err(ApiError::NotFound);
    }
    if status.reblog.is_some() {
        app.commands.unreblog(by, auth.account_id, id).await?;
    } else {
        status.text = Some(app.commands.status_source(auth.account_id, id).await?);
        show_quoted(&app, &auth, &mut status).await?;
        app.commands.delete_status(by, auth.account_id, id).await?;
        if params.delete_media == Some(true) {
            remove_media(&app, &auth, &status).await;
        }
    }
    Ok(Json(status))
}

/// Whatever the state of the quote, so that it can be quoted anew.
async fn show_quoted(app: &App, auth: &Authenticated, status: &mut Status) -> ApiResult<()> {
    let Some(quote) = &mut status.quote else { return Ok(()) };
    let Some(id) = quote.quoted_id else { return Ok(()) };
    if app.commands.may_see_status(Some(auth.account_id), StatusId(id)).await.is_ok() {
        let quoted = statuses::in_order(app, Some(auth.account_id), &[id]).await?.pop();
        quote.quoted = Quoted::Status(quoted.map(Box::new));
    }
    Ok(())
}

/// Attachments that are not to wait for another status. One that cannot be removed now goes with the loose ones later.
async fn remove_media(app: &App, auth: &Authenticated, status: &Status) {
    for id in status.media_attachments.iter().filter_map(|media| media.id.parse().ok()) {
        let removed = app.commands.remove_media(By::account(auth.account_id), auth.account_id, id).await;
        let erased = match removed {
            Ok(()) => jobs::erase::media(app, id).await,
            Err(error) => Err(error.into()),
        };
        if let Err(error) = erased {
            tracing::warn!(%id, %error, "an attachment of a deleted status waits to be removed");
        }
    }
}

/// A person's command, under the id of its `Idempotency-Key` if it has one.
pub(super) async fn retriable(app: &App, auth: &Authenticated, headers: &HeaderMap) -> ApiResult<By> {
    let by = By::account(auth.account_id);
    match headers.get("idempotency-key").and_then(|key| key.to_str().ok()) {
        Some(key) => Ok(by.retried_as(app.commands.request_id(auth.account_id, key).await?)),
        None => Ok(by),
    }
}
