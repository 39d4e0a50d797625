//! Reports, for staff, and for whoever filed one.

use chronodon_event_log::Recorded;
use chronodon_events::report::{ReportEvent, ReportedStatus};
use chronodon_events::{AccountId, Event, ReportId};
use jiff::Timestamp;
use serde_json::Value;

use super::statuses::Status;
use super::visible::{shown, visible};
use super::{Core, json};
use crate::{ProjectionError, Reader, Row};

row! {
    /// A report. `statuses` and `rule_ids` have the JSON form of the event's values of these names. Open until it is resolved.
    pub struct Report in "reports" {
        key { id: i64 }
        account_id: i64,
        target_id: i64,
        target_local: bool,
        statuses: Value,
        comment: String,
        category: String,
        rule_ids: Value,
        forwarded: bool,
        uri: Option<String>,
        created_at: Timestamp,
        resolved_at: Option<Timestamp>,
    }
}

impl Report {
    /// The statuses, as they were.
    #[must_use]
    pub fn statuses(&self) -> Vec<ReportedStatus> {
        serde_json::from_value(self.statuses.clone()).unwrap_or_default()
    }

    /// The rules that were broken.
    #[must_use]
    pub fn rule_ids(&self) -> Vec<i64> {
        serde_json::from_value(self.rule_ids.clone()).unwrap_or_default()
    }
}

pub(super) fn want(core: &mut Core, _: &Recorded, event: &Event) {
    match event {
        Event::Report(ReportEvent::Reopened(e)) => core.reports.want((e.report_id.get(),)),
        Event::Report(ReportEvent::Resolved(e)) => core.reports.want((e.report_id.get(),)),
        _ => {}
    }
}

pub(super) fn apply(core: &mut Core, at: &Recorded, event: &Event) {
    let Event::Report(event) = event else { return };
    match event {
        ReportEvent::Filed(e) => core.reports.put(Report {
            id: e.report_id.get(),
            account_id: e.account_id.get(),
            target_id: e.target_id.get(),
            target_local: e.target_local,
            statuses: json(&e.statuses),
            comment: e.comment.clone(),
            category: e.category.as_str().to_owned(),
            rule_ids: json(&e.rule_ids),
            forwarded: e.forward,
            uri: e.uri.clone(),
            created_at: e.created_at,
            resolved_at: None,
        }),
        ReportEvent::Reopened(e) => core.reports.update((e.report_id.get(),), |report| report.resolved_at = None),
        ReportEvent::Resolved(e) => {
            core.reports.update((e.report_id.get(),), |report| report.resolved_at = Some(at.recorded_at));
        }
    }
}

/// A report.
///
/// # Errors
/// When the database cannot be read.
pub async fn find(reader: &Reader, id: ReportId) -> Result<Option<Report>, ProjectionError> {
    let row = reader.query_opt("SELECT * FROM reports WHERE id = $1", &[&id.get()]).await?;
    Ok(row.as_ref().map(Report::read))
}

/// The open reports, oldest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn open(reader: &Reader, limit: usize) -> Result<Vec<Report>, ProjectionError> {
    let sql = "SELECT * FROM reports WHERE resolved_at IS NULL ORDER BY id LIMIT $1";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    Ok(reader.query(sql, &[&limit]).await?.iter().map(Report::read).collect())
}

/// All reports of an account, open or not, newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn by_target(reader: &Reader, target: AccountId, limit: usize) -> Result<Vec<Report>, ProjectionError> {
    let sql = "SELECT * FROM reports WHERE target_id = $1 ORDER BY id DESC LIMIT $2";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    Ok(reader.query(sql, &[&target.get(), &limit]).await?.iter().map(Report::read).collect())
}

/// How many reports by an account are open, counted up to `limit`.
///
/// # Errors
/// When the database cannot be read.
pub async fn open_by(reader: &Reader, account: AccountId, limit: usize) -> Result<usize, ProjectionError> {
    let sql = "SELECT count(*) FROM (
        SELECT FROM reports WHERE account_id = $1 AND resolved_at IS NULL LIMIT $2) AS counted";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let row = reader.query_opt(sql, &[&account.get(), &limit]).await?;
    Ok(row.and_then(|row| usize::try_from(row.get::<_, i64>(0)).ok()).unwrap_or_default())
}

/// Those of these statuses that `target` has posted and `viewer` may see, in no order; no reblogs.
///
/// # Errors
/// When the database cannot be read.
pub async fn seen(
    reader: &Reader,
    ids: &[i64],
    target: AccountId,
    viewer: AccountId,
) -> Result<Vec<Status>, ProjectionError> {
    let sql = format!(
        "SELECT s.* FROM statuses s
        WHERE s.id = ANY($1) AND s.account_id = $2 AND s.reblog_of_id IS NULL AND {}",
        visible("s", "$3")
    );
    let rows = reader.query(&sql, &[&ids, &target.get(), &viewer.get()]).await?;
    Ok(rows.iter().map(Status::read).collect())
}

/// Those of these statuses that `target` has posted and somebody at `domain` may see, in no order; no reblogs. Another
/// server does not say which of its accounts reports.
///
/// # Errors
/// When the database cannot be read.
pub async fn seen_at(
    reader: &Reader,
    ids: &[i64],
    target: AccountId,
    domain: &str,
) -> Result<Vec<Status>, ProjectionError> {
    let sql = format!(
        "SELECT s.* FROM statuses s JOIN accounts author ON author.id = s.account_id
        WHERE s.id = ANY($1) AND s.account_id = $2 AND s.reblog_of_id IS NULL AND {}
        AND (s.visibility IN ('public', 'unlisted')
            OR (s.visibility = 'private' AND EXISTS (
                SELECT FROM follows f JOIN accounts there ON there.id = f.account_id
                WHERE f.target_id = s.account_id AND there.domain = $3))
            OR EXISTS (SELECT FROM status_mentions named JOIN accounts there ON there.id = named.account_id
                WHERE named.status_id = s.id AND there.domain = $3))",
        shown("author")
    );
    let rows = reader.query(&sql, &[&ids, &target.get(), &domain]).await?;
    Ok(rows.iter().map(Status::read).collect())
}
