//! `/api/v1/instance/domain_blocks`: which servers this one limits; `/api/v1/domain_blocks`: which a person hides.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use chronodon_domain::limits;
use chronodon_projections::core::{account_domain_blocks, domain_policies};
use serde::Deserialize;
use serde_json::{Value, json};

use super::auth::Authenticated;
use super::entities::domain_blocks::{DomainBlock, public};
use super::error::{ApiError, ApiResult};
use super::page::{Page, PageQuery, Pager};
use super::params::Params;
use crate::app::App;
use crate::commands::By;

/// Its routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/domain_blocks", get(index).post(create).delete(remove))
        .route("/api/v1/instance/domain_blocks", get(published))
}

async fn published(State(app): State<Arc<App>>) -> ApiResult<Json<Vec<DomainBlock>>> {
    let rows = domain_policies::published(&app.reader, limits::DOMAIN_POLICIES_MAX).await?;
    Ok(Json(rows.iter().map(public).collect()))
}

async fn index(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    pager: Pager,
    params: Params<PageQuery>,
) -> ApiResult<Page<String>> {
    auth.require("read:blocks")?;
    let (default, max) = (limits::ACCOUNT_DOMAIN_BLOCKS_PAGE_DEFAULT, limits::ACCOUNT_DOMAIN_BLOCKS_PAGE_MAX);
    let window = params.window_of_at_most(default, max);
    let rows = account_domain_blocks::of(&app.reader, auth.account_id, window.span()).await?;
    let page = pager.list(window.newest_first(rows), window.limit, |row| row.position);
    Ok(page.map(|row| row.domain))
}

#[derive(Deserialize)]
struct Named {
    domain: Option<String>,
}

impl Named {
    fn domain(&self) -> ApiResult<&str> {
        self.domain.as_deref().ok_or_else(|| ApiError::missing("domain"))
    }
}

async fn create(State(app): State<Arc<App>>, auth: Authenticated, params: Params<Named>) -> ApiResult<Json<Value>> {
    auth.require("write:blocks")?;
    app.commands.hide_domain(By::account(auth.account_id), auth.account_id, params.domain()?).await?;
    Ok(Json(json!({})))
}

async fn remove(State(app): State<Arc<App>>, auth: Authenticated, params: Params<Named>) -> ApiResult<Json<Value>> {
    auth.require("write:blocks")?;
    app.commands.show_domain(By::account(auth.account_id), auth.account_id, params.domain()?).await?;
    Ok(Json(json!({})))
}
