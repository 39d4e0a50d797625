//! `/api/v1/blocks`: whom one blocks. Blocking stands with the relationships.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use chronodon_domain::limits;
use chronodon_projections::core::relationships;

use super::auth::Authenticated;
use super::entities::accounts::Account;
use super::error::ApiResult;
use super::page::{Page, PageQuery, Pager};
use super::params::Params;
use super::relationships::{paged, part};
use crate::app::App;

/// Its routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/v1/blocks", get(index))
}

async fn index(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    pager: Pager,
    page: Params<PageQuery>,
) -> ApiResult<Page<Account>> {
    auth.require("read:blocks")?;
    let window = page.window(limits::ACCOUNTS_PAGE_DEFAULT);
    let entries = relationships::blocked(&app.reader, auth.account_id, part(window)).await?;
    paged(&app, &pager, window, entries).await
}
