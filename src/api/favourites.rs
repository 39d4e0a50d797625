//! `/api/v1/favourites`: the statuses that a person likes, last first. Pages run by the join row (client trap 4).

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use chronodon_domain::limits::STATUSES_PAGE_DEFAULT;
use chronodon_projections::core::favourites;

use super::auth::Authenticated;
use super::entities::statuses::{self, Status};
use super::error::ApiResult;
use super::page::{Page, PageQuery, Pager};
use super::params::Params;
use crate::app::App;

/// Its route.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/v1/favourites", get(index))
}

async fn index(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    pager: Pager,
    params: Params<PageQuery>,
) -> ApiResult<Page<Status>> {
    auth.require("read:favourites")?;
    let window = params.window(STATUSES_PAGE_DEFAULT);
    let found = favourites::statuses(&app.reader, auth.account_id, window.span()).await?;
    let page = pager.kept(window.newest_first(found), window.limit, |joined| joined.cursor);
    let ids: Vec<_> = page.items.iter().map(|joined| joined.id).collect();
    Ok(page.with_items(statuses::in_order(&app, Some(auth.account_id), &ids).await?))
}
