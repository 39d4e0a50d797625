//! `/api/v1/follow_requests`: who asks to follow, let through or refused.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use chronodon_domain::limits;
use chronodon_domain::relationship::Action;
use chronodon_events::AccountId;
use chronodon_projections::core::relationships;

use super::auth::Authenticated;
use super::entities::accounts::Account;
use super::entities::relationships::Relationship;
use super::error::ApiResult;
use super::page::{Page, PageQuery, Pager};
use super::params::Params;
use super::path::Path;
use super::relationships::{change, paged, part};
use crate::app::App;

/// Its routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/follow_requests", get(index))
        .route("/api/v1/follow_requests/{id}/authorize", post(authorize))
        .route("/api/v1/follow_requests/{id}/reject", post(reject))
}

async fn index(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    pager: Pager,
    page: Params<PageQuery>,
) -> ApiResult<Page<Account>> {
    auth.require("read:follows")?;
    let window = page.window(limits::ACCOUNTS_PAGE_DEFAULT);
    let entries = relationships::follow_requests(&app.reader, auth.account_id, part(window)).await?;
    paged(&app, &pager, window, entries).await
}

/// Asked again, or after the request was withdrawn, it changes nothing and answers how things stand.
async fn authorize(
    app: State<Arc<App>>,
    auth: Authenticated,
    asking: Path<AccountId>,
) -> ApiResult<Json<Relationship>> {
    change(&app, &auth, "write:follows", asking, Action::AcceptRequest).await
}

async fn reject(app: State<Arc<App>>, auth: Authenticated, asking: Path<AccountId>) -> ApiResult<Json<Relationship>> {
    change(&app, &auth, "write:follows", asking, Action::RejectRequest).await
}
