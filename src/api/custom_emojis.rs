//! `/api/v1/custom_emojis`: the emojis of this server.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use chronodon_projections::core::custom_emojis;

use super::entities::custom_emojis::{CustomEmoji, render};
use super::error::ApiResult;
use crate::app::App;

/// Its route.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/v1/custom_emojis", get(index))
}

async fn index(State(app): State<Arc<App>>) -> ApiResult<Json<Vec<CustomEmoji>>> {
    let rows = custom_emojis::all(&app.reader).await?;
    Ok(Json(rows.iter().map(|row| render(&app, row)).collect()))
}
