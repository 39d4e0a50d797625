//! `/api/v1/mutes`: whom one mutes, and until when. Muting stands with the relationships.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use chronodon_domain::limits;
use chronodon_projections::core::relationships;

use super::auth::Authenticated;
use super::entities::relationships::{MutedAccount, muted};
use super::error::ApiResult;
use super::page::{Page, PageQuery, Pager};
use super::params::Params;
use super::relationships::part;
use crate::app::App;
use crate::clock;

/// Its routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/v1/mutes", get(index))
}

async fn index(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    pager: Pager,
    page: Params<PageQuery>,
) -> ApiResult<Page<MutedAccount>> {
    auth.require("read:mutes")?;
    let window = page.window(limits::ACCOUNTS_PAGE_DEFAULT);
    let entries = relationships::muted(&app.reader, auth.account_id, clock::now(), part(window)).await?;
    let entries = window.newest_first(entries);
    let accounts = muted(&app, &entries).await?;
    Ok(pager.list(entries, window.limit, |entry| entry.position).with_items(accounts))
}
