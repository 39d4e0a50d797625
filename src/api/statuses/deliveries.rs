//! `/api/v1/statuses/:id/deliveries`: whether one's status has arrived elsewhere. An endpoint of this server alone.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use chronodon_events::StatusId;
use chronodon_projections::core::statuses;
use jiff::Timestamp;
use serde::Serialize;

use crate::api::auth::Authenticated;
use crate::api::error::{ApiError, ApiResult};
use crate::api::path::Path;
use crate::api::time::iso;
use crate::app::App;
use crate::federation::delivery::{self, ledger::Entry, queue::Retry};

/// Its routes.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/statuses/{id}/deliveries", get(index))
        .route("/api/v1/statuses/{id}/deliveries/retry", post(retry))
}

/// Where the status stands at one host: `waiting`, `delivered`, `uncertain` or `failed`.
#[derive(Clone, Debug, Serialize)]
struct Delivery {
    host: String,
    state: String,
    attempts: i32,
    last_error: Option<String>,
    #[serde(serialize_with = "iso")]
    updated_at: Timestamp,
}

impl From<Entry> for Delivery {
    fn from(entry: Entry) -> Self {
        let Entry { host, state, attempts, last_error, updated_at, .. } = entry;
        Self { host, state, attempts, last_error, updated_at }
    }
}

async fn index(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    Path(id): Path<StatusId>,
) -> ApiResult<Json<Vec<Delivery>>> {
    auth.require("read:statuses")?;
    own(&app, &auth, id).await?;
    list(&app, id).await
}

async fn retry(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    Path(id): Path<StatusId>,
) -> ApiResult<Json<Vec<Delivery>>> {
    auth.require("write:statuses")?;
    own(&app, &auth, id).await?;
    delivery::retry(&app, Retry::Object(id.get())).await.map_err(ApiError::internal)?;
    list(&app, id).await
}

async fn list(app: &App, id: StatusId) -> ApiResult<Json<Vec<Delivery>>> {
    let entries = delivery::ledger(app, id).await.map_err(ApiError::internal)?;
    Ok(Json(entries.into_iter().map(Delivery::from).collect()))
}

/// Where a status has gone is for its author alone.
async fn own(app: &App, auth: &Authenticated, id: StatusId) -> ApiResult<()> {
    let row = statuses::by_ids(&app.reader, &[id.get()]).await?.pop();
    row.filter(|row| row.account_id == auth.account_id.get()).map(drop).ok_or(ApiError::NotFound)
}
