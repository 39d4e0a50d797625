//! `/api/v1/statuses/:id/history` and `/source`: what a status said before, and what its author wrote.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use chronodon_events::StatusId;

use crate::api::auth::{Authenticated, Viewer};
use crate::api::entities::status_edits::{self, StatusEdit, StatusSource};
use crate::api::error::ApiResult;
use crate::api::path::Path;
use crate::app::App;

/// Its routes.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/statuses/{id}/history", get(history))
        .route("/api/v1/statuses/{id}/source", get(source))
}

async fn history(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    Path(id): Path<StatusId>,
) -> ApiResult<Json<Vec<StatusEdit>>> {
    viewer.require("read:statuses")?;
    app.commands.may_see_status(viewer.account_id(), id).await?;
    status_edits::of(&app, viewer.account_id(), id).await.map(Json)
}

async fn source(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    Path(id): Path<StatusId>,
) -> ApiResult<Json<StatusSource>> {
    auth.require("read:statuses")?;
    app.commands.may_see_status(Some(auth.account_id), id).await?;
    status_edits::source(&app, id).await.map(Json)
}
