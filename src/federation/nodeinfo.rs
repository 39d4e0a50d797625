//! NodeInfo (`/.well-known/nodeinfo`, `/nodeinfo/2.0`, `/nodeinfo/2.1`): what software this is, and how many use it.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use chronodon_activitypub::nodeinfo::SCHEMAS;
use chronodon_projections::core::activity;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::api::error::{ApiError, ApiResult};
use crate::app::App;
use crate::config::RegistrationMode;
use crate::{clock, ids};

/// The versions of the schema that are written, the newest first.
const VERSIONS: [&str; 2] = ["2.1", "2.0"];
const KEPT: &str = "public, max-age=1800";

/// Its routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/.well-known/nodeinfo", get(index)).route("/nodeinfo/{version}", get(show))
}

async fn index(State(app): State<Arc<App>>) -> Json<Value> {
    let links = VERSIONS.iter().filter_map(|version| {
        let rel = SCHEMAS.iter().find(|schema| schema.ends_with(version))?;
        Some(json!({ "rel": rel, "href": app.url(&format!("/nodeinfo/{version}")) }))
    });
    Json(json!({ "links": links.collect::<Vec<_>>() }))
}

async fn show(State(app): State<Arc<App>>, Path(version): Path<String>) -> ApiResult<Response> {
    let version = VERSIONS.into_iter().find(|known| *known == version).ok_or(ApiError::NotFound)?;
    let (users, statuses) = activity::totals(&app.reader).await?;
    let month = activity::active_since(&app.reader, days_ago(30)).await?;
    let half_year = activity::active_since(&app.reader, days_ago(180)).await?;
    let mut software = json!({ "name": "chronodon", "version": env!("CARGO_PKG_VERSION") });
    if version == "2.1" {
        software["homepage"] = app.url("/about").into();
    }
    let protocols: &[&str] = if app.config.federation.enabled { &["activitypub"] } else { &[] };
    let body = json!({
        "version": version,
        "software": software,
        "protocols": protocols,
        "services": { "outbound": [], "inbound": [] },
        "usage": {
            "users": { "total": users, "activeMonth": month, "activeHalfyear": half_year },
            "localPosts": statuses,
        },
        "openRegistrations": app.config.registrations.mode == RegistrationMode::Open,
        "metadata": { "nodeName": app.config.instance.title, "nodeDescription": app.config.instance.description },
    });
    let schema = format!("http://nodeinfo.diaspora.software/ns/schema/{version}#");
    let kind = format!("application/json; profile=\"{schema}\"; charset=utf-8");
    Ok(([(CONTENT_TYPE, &*kind), (CACHE_CONTROL, KEPT)], body.to_string()).into_response())
}

/// The smallest id of what was made since.
fn days_ago(days: i64) -> i64 {
    let since = clock::now().checked_sub(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::UNIX_EPOCH);
    ids::first_id_at(since)
}
