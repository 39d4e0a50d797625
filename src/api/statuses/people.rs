//! `/api/v1/statuses/:id/favourited_by` and `/reblogged_by`: who did something with a status, last first.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use chronodon_domain::limits::ACCOUNTS_PAGE_DEFAULT;
use chronodon_events::StatusId;
use chronodon_projections::core::span::Joined;
use chronodon_projections::core::{favourites, reblogs};

use crate::api::auth::Viewer;
use crate::api::entities::accounts::{self, Account};
use crate::api::error::ApiResult;
use crate::api::page::{Page, PageQuery, Pager, Window};
use crate::api::params::Params;
use crate::api::path::Path;
use crate::app::App;
use crate::clock;

/// Its routes.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/statuses/{id}/favourited_by", get(favourited_by))
        .route("/api/v1/statuses/{id}/reblogged_by", get(reblogged_by))
}

async fn favourited_by(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    Path(id): Path<StatusId>,
    pager: Pager,
    params: Params<PageQuery>,
) -> ApiResult<Page<Account>> {
    viewer.require("read:accounts")?;
    app.commands.may_see_status(viewer.account_id(), id).await?;
    let window = params.window(ACCOUNTS_PAGE_DEFAULT);
    let found = favourites::accounts(&app.reader, id, viewer.account_id(), window.span(), clock::now()).await?;
    page(&app, &pager, window, found).await
}

async fn reblogged_by(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    Path(id): Path<StatusId>,
    pager: Pager,
    params: Params<PageQuery>,
) -> ApiResult<Page<Account>> {
    viewer.require("read:accounts")?;
    app.commands.may_see_status(viewer.account_id(), id).await?;
    let window = params.window(ACCOUNTS_PAGE_DEFAULT);
    let found = reblogs::accounts(&app.reader, id, viewer.account_id(), window.span(), clock::now()).await?;
    page(&app, &pager, window, found).await
}

async fn page(app: &App, pager: &Pager, window: Window, found: Vec<Joined>) -> ApiResult<Page<Account>> {
    let page = pager.list(window.newest_first(found), window.limit, |joined| joined.cursor);
    let ids: Vec<_> = page.items.iter().map(|joined| joined.id).collect();
    Ok(page.with_items(accounts::in_order(app, &ids).await?))
}
