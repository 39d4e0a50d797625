//! What a person does with a status: favourite, reblog, bookmark, mute its conversation, pin. Each can be done twice,
//! and answers the status as it is then.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use chronodon_domain::Refusal;
use chronodon_events::StatusId;
use serde::Deserialize;

use super::params::visibility;
use crate::api::auth::Authenticated;
use crate::api::entities::statuses::{self, Status};
use crate::api::error::ApiResult;
use crate::api::params::{Params, lenient};
use crate::api::path::Path;
use crate::app::App;
use crate::commands::{By, CommandError};

/// Its routes.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/statuses/{id}/favourite", post(favourite))
        .route("/api/v1/statuses/{id}/unfavourite", post(unfavourite))
        .route("/api/v1/statuses/{id}/reblog", post(reblog))
        .route("/api/v1/statuses/{id}/unreblog", post(unreblog))
        .route("/api/v1/statuses/{id}/bookmark", post(bookmark))
        .route("/api/v1/statuses/{id}/unbookmark", post(unbookmark))
        .route("/api/v1/statuses/{id}/mute", post(mute))
        .route("/api/v1/statuses/{id}/unmute", post(unmute))
        .route("/api/v1/statuses/{id}/pin", post(pin))
        .route("/api/v1/statuses/{id}/unpin", post(unpin))
}

type Answer = ApiResult<Json<Status>>;

async fn favourite(State(app): State<Arc<App>>, auth: Authenticated, Path(id): Path<StatusId>) -> Answer {
    auth.require("write:favourites")?;
    app.commands.add_favourite(By::account(auth.account_id), auth.account_id, id, None).await?;
    now(&app, &auth, id).await
}

async fn unfavourite(State(app): State<Arc<App>>, auth: Authenticated, Path(id): Path<StatusId>) -> Answer {
    auth.require("write:favourites")?;
    app.commands.remove_favourite(By::account(auth.account_id), auth.account_id, id).await?;
    undone(&app, &auth, id).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ReblogParams {
    #[serde(deserialize_with = "lenient::filled")]
    visibility: Option<String>,
}

/// Answers the reblog.
async fn reblog(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    Path(id): Path<StatusId>,
    params: Params<ReblogParams>,
) -> Answer {
    auth.require("write:statuses")?;
    let visibility = params.value.visibility.map(|word| visibility(&word)).transpose()?;
    let reblog = app.commands.reblog(By::account(auth.account_id), auth.account_id, id, visibility).await?;
    now(&app, &auth, reblog).await
}

/// Answers the status that was reblogged.
async fn unreblog(State(app): State<Arc<App>>, auth: Authenticated, Path(id): Path<StatusId>) -> Answer {
    auth.require("write:statuses")?;
    let status = app.commands.unreblog(By::account(auth.account_id), auth.account_id, id).await?;
    undone(&app, &auth, status).await
}

async fn bookmark(State(app): State<Arc<App>>, auth: Authenticated, Path(id): Path<StatusId>) -> Answer {
    auth.require("write:bookmarks")?;
    app.commands.add_bookmark(By::account(auth.account_id), auth.account_id, id).await?;
    now(&app, &auth, id).await
}

async fn unbookmark(State(app): State<Arc<App>>, auth: Authenticated, Path(id): Path<StatusId>) -> Answer {
    auth.require("write:bookmarks")?;
    app.commands.remove_bookmark(By::account(auth.account_id), auth.account_id, id).await?;
    undone(&app, &auth, id).await
}

async fn mute(State(app): State<Arc<App>>, auth: Authenticated, Path(id): Path<StatusId>) -> Answer {
    auth.require("write:mutes")?;
    app.commands.mute_conversation(By::account(auth.account_id), auth.account_id, id).await?;
    now(&app, &auth, id).await
}

async fn unmute(State(app): State<Arc<App>>, auth: Authenticated, Path(id): Path<StatusId>) -> Answer {
    auth.require("write:mutes")?;
    app.commands.unmute_conversation(By::account(auth.account_id), auth.account_id, id).await?;
    now(&app, &auth, id).await
}

async fn pin(State(app): State<Arc<App>>, auth: Authenticated, Path(id): Path<StatusId>) -> Answer {
    auth.require("write:accounts")?;
    app.commands.pin_status(By::account(auth.account_id), auth.account_id, id).await?;
    now(&app, &auth, id).await
}

async fn unpin(State(app): State<Arc<App>>, auth: Authenticated, Path(id): Path<StatusId>) -> Answer {
    auth.require("write:accounts")?;
    app.commands.unpin_status(By::account(auth.account_id), auth.account_id, id).await?;
    now(&app, &auth, id).await
}

async fn now(app: &App, auth: &Authenticated, id: StatusId) -> Answer {
    statuses::one(app, Some(auth.account_id), id.get()).await.map(Json)
}

/// After taking something back, the status may be one that the person may no longer see: then without what it says.
async fn undone(app: &App, auth: &Authenticated, id: StatusId) -> Answer {
    let status = statuses::one(app, Some(auth.account_id), id.get()).await?;
    match app.commands.may_see_status(Some(auth.account_id), id).await {
        Ok(()) => Ok(Json(status)),
        Err(CommandError::Refused(Refusal::NotFound)) => Ok(Json(status.withheld())),
        Err(error) => Err(error.into()),
    }
}
