//! `/api/v1/notifications`: one by one.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use chronodon_events::{AccountId, NotificationId};
use chronodon_projections::core::notifications::{self as rows, Filter};
use serde::Deserialize;
use serde_json::{Value, json};

use super::auth::Authenticated;
use super::entities::notifications::{self, Notification};
use super::error::{ApiError, ApiResult};
use super::page::{End, Page, PageQuery, Pager, Window};
use super::params::{Params, lenient};
use super::path::Path;
use crate::app::App;
use crate::clock;
use crate::commands::By;
use crate::markers;

/// Notifications of a page.
const PAGE: usize = 40;
/// How far unread ones are counted when nothing is asked.
const UNREAD: i64 = 100;
/// How far they are counted at most.
const UNREAD_MAX: i64 = 1_000;

/// Its routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/notifications", get(index))
        .route("/api/v1/notifications/clear", post(clear))
        .route("/api/v1/notifications/unread_count", get(unread_count))
        .route("/api/v1/notifications/{id}", get(show))
        .route("/api/v1/notifications/{id}/dismiss", post(dismiss))
        .route("/api/v2/notifications/policy", get(policy))
        .route("/api/v1/notifications/requests", get(requests))
}

/// What a list of notifications can be asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    #[serde(flatten)]
    pub(super) page: PageQuery,
    #[serde(deserialize_with = "lenient::texts")]
    types: Vec<String>,
    #[serde(deserialize_with = "lenient::texts")]
    exclude_types: Vec<String>,
    #[serde(deserialize_with = "lenient::id")]
    account_id: Option<AccountId>,
}

impl Asked {
    pub(super) fn filter(&self, account: AccountId, window: &Window) -> Filter {
        Filter {
            account_id: account.get(),
            kinds: self.types.clone(),
            except: self.exclude_types.clone(),
            from: self.account_id.map(AccountId::get),
            below: window.below,
            above: window.above,
            oldest: window.end == End::Oldest,
            limit: i64::try_from(window.limit).unwrap_or(i64::MAX),
        }
    }
}

async fn index(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    pager: Pager,
    asked: Params<Asked>,
) -> ApiResult<Page<Notification>> {
    auth.require("read:notifications")?;
    let window = asked.page.window(PAGE);
    let found = rows::page(&app.reader, &asked.filter(auth.account_id, &window), clock::now()).await?;
    let page = pager.timeline(found, |row| row.id);
    let shown = notifications::in_order(&app, auth.account_id, &page.items).await?;
    Ok(page.with_items(shown))
}

async fn show(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    Path(id): Path<NotificationId>,
) -> ApiResult<Json<Notification>> {
    auth.require("read:notifications")?;
    let found = one(&app, &auth, id).await?;
    notifications::in_order(&app, auth.account_id, &found).await?.pop().map(Json).ok_or(ApiError::NotFound)
}

async fn one(app: &App, auth: &Authenticated, id: NotificationId) -> ApiResult<Vec<rows::Notification>> {
    let below = id.get().checked_add(1).ok_or(ApiError::NotFound)?;
    let filter = Filter {
        account_id: auth.account_id.get(),
        below: Some(below),
        above: Some(below - 2),
        limit: 1,
        ..Filter::default()
    };
    let found = rows::page(&app.reader, &filter, clock::now()).await?;
    if found.is_empty() { Err(ApiError::NotFound) } else { Ok(found) }
}

async fn dismiss(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    Path(id): Path<NotificationId>,
) -> ApiResult<Json<Value>> {
    auth.require("write:notifications")?;
    one(&app, &auth, id).await?;
    app.commands.dismiss_notifications(By::account(auth.account_id), auth.account_id, vec![id]).await?;
    Ok(Json(json!({})))
}

pub(super) async fn clear(State(app): State<Arc<App>>, auth: Authenticated) -> ApiResult<Json<Value>> {
    auth.require("write:notifications")?;
    app.commands.clear_notifications(By::account(auth.account_id), auth.account_id).await?;
    Ok(Json(json!({})))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Counted {
    #[serde(flatten)]
    asked: Asked,
    #[serde(deserialize_with = "lenient::integer")]
    limit: Option<i64>,
}

async fn unread_count(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    counted: Params<Counted>,
) -> ApiResult<Json<Value>> {
    auth.require("read:notifications")?;
    let mut filter = unread(&app, &auth, &counted.asked).await?;
    filter.limit = counted.limit.unwrap_or(UNREAD).clamp(1, UNREAD_MAX);
    let count = rows::count(&app.reader, &filter, clock::now()).await?;
    Ok(Json(json!({ "count": count })))
}

/// What came after the marker.
pub(super) async fn unread(app: &App, auth: &Authenticated, asked: &Asked) -> ApiResult<Filter> {
    let marker = markers::of(&app.server_tables, auth.account_id, &["notifications".to_owned()]).await?;
    let read = marker.first().and_then(|marker| marker.last_read_id.parse().ok());
    let window = Window { limit: PAGE, below: None, above: read, end: End::Newest };
    Ok(asked.filter(auth.account_id, &window))
}

/// Nothing is filtered here: what the account does not want, it mutes or blocks.
async fn policy(auth: Authenticated) -> ApiResult<Json<Value>> {
    auth.require("read:notifications")?;
    Ok(Json(json!({
        "for_not_following": "accept",
        "for_not_followers": "accept",
        "for_new_accounts": "accept",
        "for_private_mentions": "accept",
        "for_limited_accounts": "accept",
        "for_bots": "accept",
        "summary": { "pending_requests_count": 0, "pending_notifications_count": 0 },
    })))
}

/// None are held back.
async fn requests(auth: Authenticated) -> ApiResult<Json<Value>> {
    auth.require("read:notifications")?;
    Ok(Json(json!([])))
}
