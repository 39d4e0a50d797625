//! `/api/v1/reports`: tell staff of an account, here and, where asked for, at the server that it lives on.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use chronodon_events::report::ReportCategory;
use chronodon_events::{AccountId, StatusId};
use chronodon_projections::core::reports as rows;
use serde::Deserialize;

use super::auth::Authenticated;
use super::entities::reports::{self, Report};
use super::error::{ApiError, ApiResult};
use super::params::{Params, lenient};
use crate::app::App;
use crate::commands::{By, FileReport};

/// Its route.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/v1/reports", post(create))
}

/// Collections are not known here: `collection_ids` is not looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ReportParams {
    #[serde(deserialize_with = "lenient::id")]
    account_id: Option<AccountId>,
    #[serde(deserialize_with = "lenient::ids")]
    status_ids: Vec<StatusId>,
    #[serde(deserialize_with = "lenient::text")]
    comment: Option<String>,
    #[serde(deserialize_with = "lenient::filled")]
    category: Option<String>,
    #[serde(deserialize_with = "lenient::texts")]
    rule_ids: Vec<String>,
    #[serde(deserialize_with = "lenient::boolean")]
    forward: Option<bool>,
}

impl ReportParams {
    fn into_report(self) -> ApiResult<FileReport> {
        // What is no number is the id of no rule.
        let rule_ids = self.rule_ids.iter().map(|id| id.parse().unwrap_or(-1)).collect::<Vec<i64>>();
        let category = match self.category.as_deref() {
            Some(word) if rule_ids.is_empty() => {
                let unknown = || ApiError::unprocessable(format!("'{word}' is not a valid category"));
                ReportCategory::parse(word).ok_or_else(unknown)?
            }
            _ => ReportCategory::default(),
        };
        Ok(FileReport {
            target: self.account_id.ok_or(ApiError::NotFound)?,
            status_ids: self.status_ids,
            comment: self.comment.unwrap_or_default(),
            category,
            rule_ids,
            forward: self.forward.unwrap_or(false),
        })
    }
}

async fn create(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    params: Params<ReportParams>,
) -> ApiResult<Json<Report>> {
    auth.require("write:reports")?;
    let report = params.value.into_report()?;
    let id = app.commands.file_report(By::account(auth.account_id), auth.account_id, report).await?;
    let row = rows::find(&app.reader, id).await?.ok_or(ApiError::NotFound)?;
    reports::one(&app, row).await.map(Json)
}
