//! `/api/v2/notifications`: in groups.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use chronodon_events::NotificationId;
use chronodon_projections::core::notifications::{self as rows, NotificationGroup};
use serde::Deserialize;
use serde_json::{Value, json};

use super::auth::Authenticated;
use super::entities::accounts::{self, Account};
use super::entities::notifications;
use super::error::{ApiError, ApiResult};
use super::notifications::{Asked, clear, unread};
use super::page::Pager;
use super::params::{Params, lenient};
use super::path::Path;
use crate::app::App;
use crate::clock;
use crate::commands::By;

/// Groups of a page.
const PAGE: usize = 40;
/// Kinds that are grouped when nothing is asked.
const GROUPED: [&str; 3] = ["favourite", "follow", "reblog"];

/// Its routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v2/notifications", get(index))
        .route("/api/v2/notifications/clear", post(clear))
        .route("/api/v2/notifications/unread_count", get(unread_count))
        .route("/api/v2/notifications/{group_key}", get(show))
        .route("/api/v2/notifications/{group_key}/accounts", get(group_accounts))
        .route("/api/v2/notifications/{group_key}/dismiss", post(dismiss))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AskedGroups {
    #[serde(flatten)]
    asked: Asked,
    #[serde(deserialize_with = "lenient::texts_if_given")]
    grouped_types: Option<Vec<String>>,
    #[serde(deserialize_with = "lenient::filled")]
    expand_accounts: Option<String>,
    #[serde(deserialize_with = "lenient::integer")]
    limit: Option<i64>,
}

impl AskedGroups {
    /// Kinds that cannot be grouped stand alone, whatever was asked.
    fn grouped_types(&self) -> Vec<String> {
        let asked = |kind: &str| self.grouped_types.as_ref().is_none_or(|kinds| kinds.iter().any(|k| k == kind));
        GROUPED.into_iter().filter(|kind| asked(kind)).map(str::to_owned).collect()
    }

    fn partial_avatars(&self) -> bool {
        self.expand_accounts.as_deref() == Some("partial_avatars")
    }
}

async fn index(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    pager: Pager,
    asked: Params<AskedGroups>,
) -> ApiResult<axum::response::Response> {
    use axum::response::IntoResponse;
    auth.require("read:notifications")?;
    let window = asked.asked.page.window(PAGE);
    let filter = asked.asked.filter(auth.account_id, &window);
    let groups = rows::groups(&app.reader, &filter, &asked.grouped_types(), clock::now()).await?;
    let answer = notifications::grouped(&app, auth.account_id, &groups, asked.partial_avatars()).await?;
    let page = pager.timeline(groups, |group| group.newest.id);
    let mut response = Json(answer).into_response();
    if let Some(link) = page.link() {
        response.headers_mut().insert(axum::http::header::LINK, link.clone());
    }
    Ok(response)
}

async fn unread_count(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    asked: Params<AskedGroups>,
) -> ApiResult<Json<Value>> {
    auth.require("read:notifications")?;
    let mut filter = unread(&app, &auth, &asked.asked).await?;
    filter.limit = asked.limit.unwrap_or(100).clamp(1, 1_000);
    let groups = rows::groups(&app.reader, &filter, &asked.grouped_types(), clock::now()).await?;
    Ok(Json(json!({ "count": groups.len() })))
}

async fn show(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    Path(group_key): Path<String>,
) -> ApiResult<Json<Value>> {
    auth.require("read:notifications")?;
    let members = members(&app, &auth, &group_key).await?;
    let mut sample: Vec<i64> = Vec::new();
    for member in &members {
        if sample.len() < 8 && !sample.contains(&member.from_account_id) {
            sample.push(member.from_account_id);
        }
    }
    let group = NotificationGroup {
        group_key,
        count: i64::try_from(members.len()).unwrap_or(i64::MAX),
        oldest_id: members.last().map_or(0, |member| member.id),
        newest: members.into_iter().next().ok_or(ApiError::NotFound)?,
        sample,
    };
    notifications::grouped(&app, auth.account_id, &[group], false).await.map(Json)
}

async fn group_accounts(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    Path(group_key): Path<String>,
) -> ApiResult<Json<Vec<Account>>> {
    auth.require("read:notifications")?;
    let mut ids: Vec<i64> = Vec::new();
    for member in members(&app, &auth, &group_key).await? {
        if !ids.contains(&member.from_account_id) {
            ids.push(member.from_account_id);
        }
    }
    accounts::in_order(&app, &ids).await.map(Json)
}

async fn dismiss(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    Path(group_key): Path<String>,
) -> ApiResult<Json<Value>> {
    auth.require("write:notifications")?;
    let members = rows::of_group(&app.reader, auth.account_id, &group_key, clock::now()).await?;
    let ids = members.iter().map(|member| NotificationId(member.id)).collect();
    app.commands.dismiss_notifications(By::account(auth.account_id), auth.account_id, ids).await?;
    Ok(Json(json!({})))
}

async fn members(app: &App, auth: &Authenticated, group_key: &str) -> ApiResult<Vec<rows::Notification>> {
    let members = rows::of_group(&app.reader, auth.account_id, group_key, clock::now()).await?;
    if members.is_empty() { Err(ApiError::NotFound) } else { Ok(members) }
}
