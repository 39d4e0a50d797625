//! `/api/v1/preferences`: what a client may take for its defaults.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use chronodon_projections::core::accounts;
use serde_json::{Value, json};

use super::auth::Authenticated;
use super::error::ApiResult;
use crate::app::App;

/// Its routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/v1/preferences", get(show))
}

async fn show(State(app): State<Arc<App>>, auth: Authenticated) -> ApiResult<Json<Value>> {
    auth.require("read:accounts")?;
    let defaults = accounts::posting_defaults(&app.reader, auth.account_id).await?;
    Ok(Json(json!({
        "posting:default:visibility": defaults.visibility.as_str(),
        "posting:default:sensitive": defaults.sensitive,
        "posting:default:language": defaults.language,
        "posting:default:quote_policy": defaults.quote_policy.as_str(),
        "reading:expand:media": "default",
        "reading:expand:spoilers": false,
        "reading:autoplay:gifs": false,
    })))
}
