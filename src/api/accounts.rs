//! `/api/v1/accounts`: find accounts, and read them.

mod credentials;
mod missing_pictures;
mod moving;
mod pictures;
mod sign_up;
mod statuses;

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use chronodon_domain::limits;
use chronodon_events::AccountId;
use chronodon_projections::core::accounts::{self as rows, Account as Row, Directory};
use chronodon_projections::search::AccountsAsked;
use serde::Deserialize;
use serde_json::Value;

use super::auth::{Authenticated, Viewer};
use super::entities::accounts::{self, Account};
use super::error::{ApiError, ApiResult};
use super::page::{Page, PageQuery, Pager};
use super::params::{Params, lenient};
use super::path::Path;
use super::search::elsewhere;
use crate::app::App;
use crate::clock;
use crate::federation::refresh;

/// Its routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/accounts", get(index).post(sign_up::create))
        .route("/api/v1/accounts/lookup", get(lookup))
        .route("/api/v1/accounts/search", get(search))
        .route("/api/v1/accounts/{id}", get(show))
        .route("/api/v1/accounts/{id}/featured_tags", get(featured_tags))
        .route("/api/v1/directory", get(directory))
        .merge(credentials::routes())
        .merge(missing_pictures::routes())
        .merge(moving::routes())
        .merge(pictures::routes())
        .merge(statuses::routes())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Ids {
    #[serde(deserialize_with = "lenient::ids")]
    id: Vec<AccountId>,
}

async fn index(State(app): State<Arc<App>>, viewer: Viewer, params: Params<Ids>) -> ApiResult<Json<Vec<Account>>> {
    viewer.require("read:accounts")?;
    if params.id.len() > limits::ACCOUNTS_PAGE_DEFAULT {
        return Err(ApiError::validation("Too many ids"));
    }
    let ids: Vec<_> = params.id.iter().map(|id| id.get()).collect();
    let mut found = rows::by_ids(&app.reader, &ids).await?;
    found.retain(is_shown);
    let ids: Vec<_> = ids.into_iter().filter(|id| found.iter().any(|row| row.id == *id)).collect();
    accounts::in_order(&app, &ids).await.map(Json)
}

async fn show(State(app): State<Arc<App>>, viewer: Viewer, Path(id): Path<String>) -> ApiResult<Json<Account>> {
    viewer.require("read:accounts")?;
    let row = find(&app, &id).await?;
    if viewer.account_id().is_some() {
        refresh::seen_account(&app, &row).await;
    }
    accounts::one(&app, row.id).await.map(Json)
}

/// No account features hashtags yet.
async fn featured_tags(State(app): State<Arc<App>>, Path(id): Path<String>) -> ApiResult<Json<Vec<Value>>> {
    find(&app, &id).await?;
    Ok(Json(Vec::new()))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Lookup {
    #[serde(deserialize_with = "lenient::text")]
    acct: Option<String>,
}

async fn lookup(State(app): State<Arc<App>>, viewer: Viewer, params: Params<Lookup>) -> ApiResult<Json<Account>> {
    viewer.require("read:accounts")?;
    let (username, domain) = handle(&app, params.acct.as_deref().unwrap_or_default());
    let row = rows::by_handle(&app.reader, username, domain).await?.filter(is_shown).ok_or(ApiError::NotFound)?;
    accounts::one(&app, row.id).await.map(Json)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SearchParams {
    #[serde(deserialize_with = "lenient::text")]
    q: Option<String>,
    #[serde(deserialize_with = "lenient::boolean")]
    resolve: Option<bool>,
    #[serde(deserialize_with = "lenient::boolean")]
    following: Option<bool>,
    #[serde(flatten)]
    page: PageQuery,
}

/// By how a name begins, or by the whole handle; with `resolve`, other servers are asked for the account of theirs.
async fn search(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    params: Params<SearchParams>,
) -> ApiResult<Json<Vec<Account>>> {
    auth.require("read:accounts")?;
    let asked = AccountsAsked {
        query: params.q.clone().unwrap_or_default(),
        viewer: Some(auth.account_id),
        following: params.following.unwrap_or(false),
        own_domain: app.domain.clone(),
        limit: params.page.limit(limits::ACCOUNTS_PAGE_DEFAULT, limits::ACCOUNTS_PAGE_MAX),
        offset: params.page.offset().min(limits::SEARCH_OFFSET_MAX),
    };
    let mut ids = app.search.accounts(&app.reader, &asked).await?;
    if params.resolve == Some(true)
        && asked.offset == 0
        && let Some(met) = elsewhere::account(&app, &asked.query).await?
    {
        ids.retain(|id| *id != met);
        ids.insert(0, met);
    }
    accounts::in_order(&app, &ids).await.map(Json)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct DirectoryParams {
    #[serde(deserialize_with = "lenient::filled")]
    order: Option<String>,
    #[serde(flatten)]
    page: PageQuery,
}

async fn directory(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    pager: Pager,
    params: Params<DirectoryParams>,
) -> ApiResult<Page<Account>> {
    let part = Directory {
        viewer: viewer.account_id(),
        newest: params.order.as_deref() == Some("new"),
        limit: params.page.limit(limits::ACCOUNTS_PAGE_DEFAULT, limits::ACCOUNTS_PAGE_MAX),
        offset: params.page.offset(),
    };
    let ids = rows::directory(&app.reader, part, clock::now()).await?;
    let items = accounts::in_order(&app, &ids).await?;
    Ok(pager.by_offset(items, part.limit, part.offset))
}

/// An account that may be shown, suspended or not.
async fn find(app: &App, id: &str) -> ApiResult<Row> {
    let id: i64 = id.parse().map_err(|_| ApiError::NotFound)?;
    rows::by_ids(&app.reader, &[id]).await?.pop().filter(is_shown).ok_or(ApiError::NotFound)
}

/// Those that are not let in yet are as good as not there.
fn is_shown(row: &Row) -> bool {
    row.approved && row.confirmed
}

/// `@alice`, `alice` and `alice@social.example` are one (client trap 28); another domain stays.
fn handle<'a>(app: &App, acct: &'a str) -> (&'a str, Option<&'a str>) {
    let acct = acct.trim().trim_start_matches('@');
    match acct.split_once('@') {
        Some((username, domain)) if domain.eq_ignore_ascii_case(&app.domain) => (username, None),
        Some((username, domain)) => (username, Some(domain)),
        None => (acct, None),
    }
}
