//! `/api/v1/markers`: how far the account has read.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::auth::Authenticated;
use super::error::ApiResult;
use super::params::{Params, lenient};
use super::time::iso8601;
use crate::app::App;
use crate::clock;
use crate::markers::{self, Marker};

/// Timelines that have a marker.
const TIMELINES: [&str; 2] = ["home", "notifications"];
/// Characters of an id.
const ID_CHARS_MAX: usize = 40;

/// Its routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/v1/markers", get(index).post(create))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Which {
    #[serde(deserialize_with = "lenient::texts")]
    timeline: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Moved {
    #[serde(deserialize_with = "lenient::object")]
    home: Option<LastRead>,
    #[serde(deserialize_with = "lenient::object")]
    notifications: Option<LastRead>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct LastRead {
    #[serde(deserialize_with = "lenient::filled")]
    last_read_id: Option<String>,
}

async fn index(State(app): State<Arc<App>>, auth: Authenticated, which: Params<Which>) -> ApiResult<Json<Value>> {
    auth.require("read:statuses")?;
    let markers = markers::of(&app.server_tables, auth.account_id, &which.timeline).await?;
    Ok(Json(render(markers)))
}

async fn create(State(app): State<Arc<App>>, auth: Authenticated, moved: Params<Moved>) -> ApiResult<Json<Value>> {
    auth.require("write:statuses")?;
    let asked = TIMELINES.into_iter().zip([&moved.home, &moved.notifications]);
    let mut markers = Vec::new();
    for (timeline, last_read) in asked {
        let id = last_read.as_ref().and_then(|last_read| last_read.last_read_id.as_ref());
        if let Some(id) = id.filter(|id| id.len() <= ID_CHARS_MAX) {
            markers.push(markers::set(&app.server_tables, auth.account_id, timeline, id, clock::now()).await?);
        }
    }
    Ok(Json(render(markers)))
}

fn render(markers: Vec<Marker>) -> Value {
    let by_timeline: BTreeMap<String, Value> = markers
        .into_iter()
        .map(|marker| {
            let value = json!({
                "last_read_id": marker.last_read_id,
                "version": marker.version,
                "updated_at": iso8601(marker.updated_at),
            });
            (marker.timeline, value)
        })
        .collect();
    json!(by_timeline)
}
