//! `/api/v1/statuses/:id/quotes`: who quotes a status, and no more; and who may, `/interaction_policy`.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use chronodon_domain::limits::STATUSES_PAGE_DEFAULT;
use chronodon_events::StatusId;
use chronodon_projections::core::quotes;
use serde::Deserialize;

use super::params::quote_policy;
use crate::api::auth::Authenticated;
use crate::api::entities::statuses::{self, Status};
use crate::api::error::{ApiError, ApiResult};
use crate::api::page::{Page, PageQuery, Pager};
use crate::api::params::{Params, lenient};
use crate::api::path::Path;
use crate::app::App;
use crate::clock;
use crate::commands::By;

/// Its routes.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/statuses/{id}/interaction_policy", put(set_policy).patch(set_policy))
        .route("/api/v1/statuses/{id}/quotes", get(index))
        .route("/api/v1/statuses/{id}/quotes/{quoting}/revoke", post(revoke))
}

async fn index(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    Path(id): Path<StatusId>,
    pager: Pager,
    params: Params<PageQuery>,
) -> ApiResult<Page<Status>> {
    auth.require("read:statuses")?;
    app.commands.may_see_status(Some(auth.account_id), id).await?;
    let window = params.window(STATUSES_PAGE_DEFAULT);
    let found = quotes::of(&app.reader, id, auth.account_id, window.span(), clock::now()).await?;
    let page = pager.list(window.newest_first(found), window.limit, |joined| joined.cursor);
    let ids: Vec<_> = page.items.iter().map(|joined| joined.id).collect();
    Ok(page.with_items(statuses::in_order(&app, Some(auth.account_id), &ids).await?))
}

/// Answers the status that quoted.
async fn revoke(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    Path((id, quoting)): Path<(StatusId, StatusId)>,
) -> ApiResult<Json<Status>> {
    auth.require("write:statuses")?;
    app.commands.revoke_quote(By::account(auth.account_id), auth.account_id, id, quoting).await?;
    statuses::one(&app, Some(auth.account_id), quoting.get()).await.map(Json)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Policy {
    #[serde(deserialize_with = "lenient::filled")]
    quote_approval_policy: Option<String>,
}

async fn set_policy(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    Path(id): Path<StatusId>,
    params: Params<Policy>,
) -> ApiResult<Json<Status>> {
    auth.require("write:statuses")?;
    let word = params.value.quote_approval_policy.ok_or_else(|| ApiError::missing("quote_approval_policy"))?;
    let by = By::account(auth.account_id);
    app.commands.set_quote_policy(by, auth.account_id, id, quote_policy(&word)?).await?;
    statuses::one(&app, Some(auth.account_id), id.get()).await.map(Json)
}
