//! `/api/v1/polls/:id`: read a poll, and vote in it. A poll carries the id of the status that asks it.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use chronodon_events::{AccountId, StatusId};
use chronodon_projections::core::statuses as rows;
use serde::Deserialize;

use super::auth::{Authenticated, Viewer};
use super::entities::polls::Poll;
use super::entities::statuses;
use super::error::{ApiError, ApiResult};
use super::params::{Params, lenient};
use super::path::Path;
use crate::app::App;
use crate::commands::By;
use crate::federation::refresh;

/// Its routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/v1/polls/{id}", get(show)).route("/api/v1/polls/{id}/votes", post(vote))
}

async fn show(State(app): State<Arc<App>>, viewer: Viewer, Path(id): Path<StatusId>) -> ApiResult<Json<Poll>> {
    viewer.require("read:statuses")?;
    app.commands.may_see_status(viewer.account_id(), id).await?;
    if viewer.account_id().is_some()
        && let Some(row) = rows::by_ids(&app.reader, &[id.get()]).await?.pop()
    {
        refresh::seen_poll(&app, &row).await;
    }
    poll(&app, viewer.account_id(), id).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Choices {
    #[serde(deserialize_with = "lenient::texts")]
    choices: Vec<String>,
}

async fn vote(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    Path(id): Path<StatusId>,
    params: Params<Choices>,
) -> ApiResult<Json<Poll>> {
    auth.require("write:statuses")?;
    // What is no number is no option.
    let choices = params.choices.iter().map(|choice| choice.trim().parse().unwrap_or(-1)).collect();
    app.commands.vote(By::account(auth.account_id), auth.account_id, id, choices).await?;
    poll(&app, Some(auth.account_id), id).await
}

async fn poll(app: &App, viewer: Option<AccountId>, id: StatusId) -> ApiResult<Json<Poll>> {
    statuses::one(app, viewer, id.get()).await?.poll.map(Json).ok_or(ApiError::NotFound)
}
