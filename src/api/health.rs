//! `/livez` and `/readyz`: for who starts, restarts and balances servers.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::get;

use super::error::ApiResult;
use crate::app::App;

/// Its routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/livez", get(live)).route("/readyz", get(ready))
}

/// The process answers.
async fn live() -> &'static str {
    "ok"
}

/// Read models can be read.
async fn ready(State(app): State<Arc<App>>) -> ApiResult<&'static str> {
    app.reader.query("SELECT", &[]).await?;
    Ok("ok")
}
