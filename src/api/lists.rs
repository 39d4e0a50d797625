//! `/api/v1/lists`: lists of accounts, and who is on them.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use chronodon_domain::limits;
use chronodon_events::list::RepliesPolicy;
use chronodon_events::{AccountId, ListId};
use chronodon_projections::core::lists as rows;
use chronodon_projections::core::relationships::Part;
use serde::Deserialize;
use serde_json::{Value, json};

use super::auth::Authenticated;
use super::entities::lists::List;
use super::entities::relationships::listed;
use super::error::{ApiError, ApiResult};
use super::page::{PageQuery, Pager};
use super::params::{Params, lenient};
use super::path::Path;
use super::relationships::{paged, part};
use super::statuses::retriable;
use crate::app::App;
use crate::commands::{By, ChangeList, NewList};

/// Its routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/accounts/{id}/lists", get(with_account))
        .route("/api/v1/lists", get(index).post(create))
        .route("/api/v1/lists/{id}", get(show).put(update).patch(update).delete(destroy))
        .route("/api/v1/lists/{id}/accounts", get(accounts).post(add).delete(remove))
}

async fn index(State(app): State<Arc<App>>, auth: Authenticated) -> ApiResult<Json<Vec<List>>> {
    auth.require("read:lists")?;
    let lists = rows::of_owner(&app.reader, auth.account_id).await?;
    Ok(Json(lists.into_iter().map(Into::into).collect()))
}

async fn show(State(app): State<Arc<App>>, auth: Authenticated, Path(id): Path<ListId>) -> ApiResult<Json<List>> {
    auth.require("read:lists")?;
    one(&app, &auth, id).await
}

/// One's own lists that an account is on.
async fn with_account(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    Path(member): Path<AccountId>,
) -> ApiResult<Json<Vec<List>>> {
    auth.require("read:lists")?;
    let lists = rows::with_member(&app.reader, auth.account_id, member).await?;
    Ok(Json(lists.into_iter().map(Into::into).collect()))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ListParams {
    #[serde(deserialize_with = "lenient::text")]
    title: Option<String>,
    #[serde(deserialize_with = "lenient::filled")]
    replies_policy: Option<String>,
    #[serde(deserialize_with = "lenient::boolean")]
    exclusive: Option<bool>,
}

impl ListParams {
    fn replies_policy(&self) -> ApiResult<Option<RepliesPolicy>> {
        let unknown = || ApiError::validation("Replies policy is not included in the list");
        self.replies_policy.as_ref().map(|word| RepliesPolicy::parse(word).ok_or_else(unknown)).transpose()
    }
}

async fn create(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    headers: HeaderMap,
    params: Params<ListParams>,
) -> ApiResult<Json<List>> {
    auth.require("write:lists")?;
    let replies_policy = params.replies_policy()?.unwrap_or_default();
    let ListParams { title, exclusive, .. } = params.value;
    let new = NewList { title: title.unwrap_or_default(), replies_policy, exclusive: exclusive.unwrap_or(false) };
    let by = retriable(&app, &auth, &headers).await?;
    let id = app.commands.create_list(by, auth.account_id, new).await?;
    one(&app, &auth, id).await
}

async fn update(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    Path(id): Path<ListId>,
    params: Params<ListParams>,
) -> ApiResult<Json<List>> {
    auth.require("write:lists")?;
    let replies_policy = params.replies_policy()?;
    let ListParams { title, exclusive, .. } = params.value;
    let change = ChangeList { title, replies_policy, exclusive };
    app.commands.change_list(By::account(auth.account_id), auth.account_id, id, change).await?;
    one(&app, &auth, id).await
}

async fn destroy(State(app): State<Arc<App>>, auth: Authenticated, Path(id): Path<ListId>) -> ApiResult<Json<Value>> {
    auth.require("write:lists")?;
    app.commands.delete_list(By::account(auth.account_id), auth.account_id, id).await?;
    Ok(Json(json!({})))
}

/// The accounts on a list; `limit=0` asks for all of them.
async fn accounts(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    pager: Pager,
    Path(id): Path<ListId>,
    page: Params<PageQuery>,
) -> ApiResult<Response> {
    auth.require("read:lists")?;
    rows::find(&app.reader, auth.account_id, id).await?.ok_or(ApiError::NotFound)?;
    if page.wants_all() {
        let all = Part { limit: limits::LIST_ACCOUNTS_MAX, below: None, above: None, oldest: false };
        let entries = rows::members(&app.reader, id, all).await?;
        return Ok(Json(listed(&app, &entries).await?).into_response());
    }
    let window = page.window(limits::ACCOUNTS_PAGE_DEFAULT);
    let entries = rows::members(&app.reader, id, part(window)).await?;
    Ok(paged(&app, &pager, window, entries).await?.into_response())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Members {
    #[serde(deserialize_with = "lenient::ids")]
    account_ids: Vec<AccountId>,
}

async fn add(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    Path(id): Path<ListId>,
    members: Params<Members>,
) -> ApiResult<Json<Value>> {
    auth.require("write:lists")?;
    app.commands.add_to_list(By::account(auth.account_id), auth.account_id, id, &members.account_ids).await?;
    Ok(Json(json!({})))
}

async fn remove(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    Path(id): Path<ListId>,
    members: Params<Members>,
) -> ApiResult<Json<Value>> {
    auth.require("write:lists")?;
    app.commands.remove_from_list(By::account(auth.account_id), auth.account_id, id, &members.account_ids).await?;
    Ok(Json(json!({})))
}

async fn one(app: &App, auth: &Authenticated, id: ListId) -> ApiResult<Json<List>> {
    let list = rows::find(&app.reader, auth.account_id, id).await?.ok_or(ApiError::NotFound)?;
    Ok(Json(list.into()))
}
