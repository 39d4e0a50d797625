//! `/api/v1/tags`: one hashtag.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use chronodon_domain::text;

use super::auth::Viewer;
use super::entities::tags::{self, Tag};
use super::error::{ApiError, ApiResult};
use crate::app::App;

/// Its routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/v1/tags/{name}", get(show))
}

/// A hashtag that nobody has used yet is one too.
async fn show(State(app): State<Arc<App>>, viewer: Viewer, Path(name): Path<String>) -> ApiResult<Json<Tag>> {
    if !text::is_hashtag_name(&name) {
        return Err(ApiError::NotFound);
    }
    let key = text::hashtag_key(&name);
    let mut tags = tags::in_order(&app, viewer.account_id().is_some(), &[key]).await?;
    tags.pop().map(Json).ok_or(ApiError::NotFound)
}
