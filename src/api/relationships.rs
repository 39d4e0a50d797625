//! `/api/v1/accounts/:id/…` and what else says how two accounts stand to each other: follow, block, mute, note, and the
//! lists of followers and followed.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use chronodon_domain::limits;
use chronodon_domain::relationship::Action;
use chronodon_events::AccountId;
use chronodon_projections::core::relationships::{self as rows, Entry, Part};
use serde::Deserialize;

use super::auth::{Authenticated, Viewer};
use super::entities::accounts::Account;
use super::entities::relationships::{self, FamiliarFollowers, Relationship};
use super::error::{ApiError, ApiResult};
use super::page::{End, Page, PageQuery, Pager, Window};
use super::params::{Params, lenient};
use super::path::Path;
use crate::app::App;
use crate::clock;
use crate::commands::{By, FollowAccount};

/// Its routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/accounts/familiar_followers", get(familiar_followers))
        .route("/api/v1/accounts/relationships", get(relationships))
        .route("/api/v1/accounts/{id}/block", post(block))
        .route("/api/v1/accounts/{id}/follow", post(follow))
        .route("/api/v1/accounts/{id}/followers", get(followers))
        .route("/api/v1/accounts/{id}/following", get(following))
        .route("/api/v1/accounts/{id}/mute", post(mute))
        .route("/api/v1/accounts/{id}/note", post(note))
        .route("/api/v1/accounts/{id}/remove_from_followers", post(remove_from_followers))
        .route("/api/v1/accounts/{id}/unblock", post(unblock))
        .route("/api/v1/accounts/{id}/unfollow", post(unfollow))
        .route("/api/v1/accounts/{id}/unmute", post(unmute))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Ids {
    #[serde(deserialize_with = "lenient::ids")]
    id: Vec<AccountId>,
    #[serde(deserialize_with = "lenient::boolean")]
    with_suspended: Option<bool>,
}

async fn relationships(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    params: Params<Ids>,
) -> ApiResult<Json<Vec<Relationship>>> {
    auth.require("read:follows")?;
    let ids: Vec<_> = params.id.iter().map(|id| id.get()).collect();
    let with_suspended = params.with_suspended.unwrap_or(false);
    relationships::in_order(&app, auth.account_id, &ids, with_suspended).await.map(Json)
}

async fn familiar_followers(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    params: Params<Ids>,
) -> ApiResult<Json<Vec<FamiliarFollowers>>> {
    auth.require("read:follows")?;
    let ids: Vec<_> = params.id.iter().map(|id| id.get()).take(limits::IDS_PER_REQUEST_MAX).collect();
    relationships::familiar(&app, auth.account_id, &ids, limits::ACCOUNTS_PAGE_MAX).await.map(Json)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct FollowParams {
    #[serde(deserialize_with = "lenient::boolean")]
    reblogs: Option<bool>,
    #[serde(deserialize_with = "lenient::boolean")]
    notify: Option<bool>,
    #[serde(deserialize_with = "lenient::texts_if_given")]
    languages: Option<Vec<String>>,
}

async fn follow(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    Path(target): Path<AccountId>,
    params: Params<FollowParams>,
) -> ApiResult<Json<Relationship>> {
    auth.require("write:follows")?;
    let FollowParams { reblogs, notify, languages } = params.value;
    let shown = FollowAccount { reblogs, notify, languages };
    app.commands.follow_account(By::account(auth.account_id), auth.account_id, target, shown, None).await?;
    relationships::one(&app, auth.account_id, target).await.map(Json)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct MuteParams {
    #[serde(deserialize_with = "lenient::boolean")]
    notifications: Option<bool>,
    #[serde(deserialize_with = "lenient::integer")]
    duration: Option<i64>,
}

async fn mute(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    Path(target): Path<AccountId>,
    params: Params<MuteParams>,
) -> ApiResult<Json<Relationship>> {
    auth.require("write:mutes")?;
    let (by, notifications) = (By::account(auth.account_id), params.notifications.unwrap_or(true));
    app.commands.mute_account(by, auth.account_id, target, notifications, params.duration).await?;
    relationships::one(&app, auth.account_id, target).await.map(Json)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NoteParams {
    #[serde(deserialize_with = "lenient::text")]
    comment: Option<String>,
}

async fn note(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    target: Path<AccountId>,
    params: Params<NoteParams>,
) -> ApiResult<Json<Relationship>> {
    let comment = params.value.comment.unwrap_or_default();
    change(&app, &auth, "write:accounts", target, Action::SetNote { comment }).await
}

async fn unfollow(app: State<Arc<App>>, auth: Authenticated, target: Path<AccountId>) -> ApiResult<Json<Relationship>> {
    change(&app, &auth, "write:follows", target, Action::Unfollow).await
}

async fn remove_from_followers(
    app: State<Arc<App>>,
    auth: Authenticated,
    target: Path<AccountId>,
) -> ApiResult<Json<Relationship>> {
    change(&app, &auth, "write:follows", target, Action::RemoveFollower).await
}

async fn block(app: State<Arc<App>>, auth: Authenticated, target: Path<AccountId>) -> ApiResult<Json<Relationship>> {
    change(&app, &auth, "write:blocks", target, Action::Block).await
}

async fn unblock(app: State<Arc<App>>, auth: Authenticated, target: Path<AccountId>) -> ApiResult<Json<Relationship>> {
    change(&app, &auth, "write:blocks", target, Action::Unblock).await
}

async fn unmute(app: State<Arc<App>>, auth: Authenticated, target: Path<AccountId>) -> ApiResult<Json<Relationship>> {
    change(&app, &auth, "write:mutes", target, Action::Unmute).await
}

/// Does something about an account, and answers how things stand then.
pub(super) async fn change(
    app: &App,
    auth: &Authenticated,
    scope: &str,
    Path(target): Path<AccountId>,
    action: Action,
) -> ApiResult<Json<Relationship>> {
    auth.require(scope)?;
    app.commands.change_relationship(By::account(auth.account_id), auth.account_id, target, action).await?;
    relationships::one(app, auth.account_id, target).await.map(Json)
}

async fn followers(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    pager: Pager,
    Path(account): Path<AccountId>,
    page: Params<PageQuery>,
) -> ApiResult<Page<Account>> {
    viewer.require("read:accounts")?;
    let window = page.window(limits::ACCOUNTS_PAGE_DEFAULT);
    let shown = rows::shows_collections(&app.reader, account, viewer.account_id()).await?;
    let entries = if shown.ok_or(ApiError::NotFound)? {
        rows::followers(&app.reader, account, viewer.account_id(), clock::now(), part(window)).await?
    } else {
        Vec::new()
    };
    paged(&app, &pager, window, entries).await
}

async fn following(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    pager: Pager,
    Path(account): Path<AccountId>,
    page: Params<PageQuery>,
) -> ApiResult<Page<Account>> {
    viewer.require("read:accounts")?;
    let window = page.window(limits::ACCOUNTS_PAGE_DEFAULT);
    let shown = rows::shows_collections(&app.reader, account, viewer.account_id()).await?;
    let entries = if shown.ok_or(ApiError::NotFound)? {
        rows::following(&app.reader, account, viewer.account_id(), clock::now(), part(window)).await?
    } else {
        Vec::new()
    };
    paged(&app, &pager, window, entries).await
}

/// The part of a list that a window names.
pub(super) fn part(window: Window) -> Part {
    let Window { limit, below, above, end } = window;
    Part { limit, below, above, oldest: end == End::Oldest }
}

/// The accounts of a page of entries, and the way on.
pub(super) async fn paged(app: &App, pager: &Pager, window: Window, entries: Vec<Entry>) -> ApiResult<Page<Account>> {
    let entries = window.newest_first(entries);
    let accounts = relationships::listed(app, &entries).await?;
    Ok(pager.list(entries, window.limit, |entry| entry.position).with_items(accounts))
}
