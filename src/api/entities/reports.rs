//! Report, as whoever filed it sees it.

use chronodon_projections::core::reports::Report as Row;
use jiff::Timestamp;
use serde::Serialize;

use super::accounts::{self, Account};
use crate::api::error::ApiResult;
use crate::api::time::{iso, iso_or_null};
use crate::app::App;

/// The entity Report.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "fields are those of the entity")]
pub struct Report {
    pub id: String,
    pub action_taken: bool,
    #[serde(serialize_with = "iso_or_null")]
    pub action_taken_at: Option<Timestamp>,
    pub category: String,
    pub comment: String,
    pub forwarded: bool,
    #[serde(serialize_with = "iso")]
    pub created_at: Timestamp,
    pub status_ids: Vec<String>,
    pub rule_ids: Option<Vec<String>>,
    pub collection_ids: Vec<String>,
    pub target_account: Account,
}

/// A report.
///
/// # Errors
/// [`crate::api::ApiError::NotFound`] when its target is not there.
pub async fn one(app: &App, row: Row) -> ApiResult<Report> {
    let rule_ids = row.rule_ids();
    Ok(Report {
        id: row.id.to_string(),
        action_taken: row.resolved_at.is_some(),
        action_taken_at: row.resolved_at,
        status_ids: row.statuses().iter().map(|status| status.status_id.to_string()).collect(),
        rule_ids: (!rule_ids.is_empty()).then(|| rule_ids.iter().map(ToString::to_string).collect()),
        collection_ids: Vec::new(),
        target_account: accounts::one(app, row.target_id).await?,
        category: row.category,
        comment: row.comment,
        forwarded: row.forwarded,
        created_at: row.created_at,
    })
}
