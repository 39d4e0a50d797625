//! Commands: tell staff of an account, and be done with what was told.

use chronodon_domain::report::{Command, Report, no_rules};
use chronodon_domain::{Refusal, limits};
use chronodon_events::report::{ReportCategory, ReportFiled, ReportedStatus};
use chronodon_events::{AccountId, ReportId, StatusId};
use chronodon_projections::core::accounts::{self, Account};
use chronodon_projections::core::statuses::Status;
use chronodon_projections::core::{reports, rules};

use super::{By, CommandError, Commands};
use crate::{clock, ids};

/// What somebody here reports.
#[derive(Clone, Debug)]
pub struct FileReport {
    /// Whom.
    pub target: AccountId,
    /// Statuses of theirs.
    pub status_ids: Vec<StatusId>,
    /// What is wrong, in plain text.
    pub comment: String,
    /// What it is about; where rules are named, it is about those.
    pub category: ReportCategory,
    /// The rules that were broken.
    pub rule_ids: Vec<i64>,
    /// Tell the other server as well, where the account lives elsewhere.
    pub forward: bool,
}

/// What another server reports.
#[derive(Clone, Debug)]
pub struct ReceiveReport {
    /// Whom: an account of this server.
    pub target: AccountId,
    /// Statuses of theirs, as far as that server may know of them.
    pub status_ids: Vec<StatusId>,
    /// What is wrong, in plain text.
    pub comment: String,
    /// The id of the activity.
    pub uri: Option<String>,
}

impl Commands {
    /// `account` reports another.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when the target is not there, or one of the statuses is not the target's or not there for the
    /// account; [`Refusal::Forbidden`] for oneself; when it is out of bounds.
    pub async fn file_report(&self, by: By, account: AccountId, report: FileReport) -> Result<ReportId, CommandError> {
        let target = self.reportable(report.target).await?;
        self.check_open_reports(account).await?;
        let ids = each_once(&report.status_ids)?;
        let seen = reports::seen(&self.reader, &ids, report.target, account).await?;
        if seen.len() < ids.len() {
            return Err(Refusal::NotFound.into());
        }
        let target_local = target.domain.is_none();
        let forward = report.forward && !target_local;
        let filed = ReportFiled {
            report_id: ReportId(self.ids.next(clock::now())),
            account_id: account,
            account_local: true,
            target_id: report.target,
            target_local,
            statuses: as_they_are(seen),
            comment: report.comment,
            category: if report.rule_ids.is_empty() { report.category } else { ReportCategory::Violation },
            rule_ids: self.existing_rules(report.rule_ids).await?,
            forward,
            // Of the server's own actor: the other server is not told who reports.
            uri: forward.then(|| format!("{}/actor#flags/{}", self.base_url, ids::command_id())),
            created_at: clock::now(),
        };
        self.file(by, filed).await
    }

    /// Another server reports an account of this one. Under the same id again it is the same report.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when the target is not there; when it is out of bounds.
    pub async fn receive_report(&self, by: By, reporter: &Account, report: ReceiveReport) -> Result<(), CommandError> {
        let target = self.reportable(report.target).await?;
        if target.domain.is_some() {
            return Err(Refusal::NotFound.into());
        }
        let account = AccountId(reporter.id);
        self.check_open_reports(account).await?;
        let ids = each_once(&report.status_ids)?;
        let domain = reporter.domain.as_deref().unwrap_or_default();
        let filed = ReportFiled {
            report_id: ReportId(self.ids.next(clock::now())),
            account_id: account,
            account_local: false,
            target_id: report.target,
            target_local: true,
            statuses: as_they_are(reports::seen_at(&self.reader, &ids, report.target, domain).await?),
            comment: report.comment,
            category: ReportCategory::Other,
            rule_ids: Vec::new(),
            forward: false,
            uri: report.uri,
            created_at: clock::now(),
        };
        self.file(by, filed).await.map(|_| ())
    }

    /// Staff is done with a report.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when there is none.
    pub async fn resolve_report(&self, by: By, report: ReportId) -> Result<(), CommandError> {
        self.change_report(by, report, Command::Resolve).await
    }

    /// Staff is not done with a report after all.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when there is none.
    pub async fn reopen_report(&self, by: By, report: ReportId) -> Result<(), CommandError> {
        self.change_report(by, report, Command::Reopen).await
    }

    async fn change_report(&self, by: By, report: ReportId, command: Command) -> Result<(), CommandError> {
        self.execute::<Report>(by, self.names.numbered("report", report.get()), &command).await?;
        Ok(())
    }

    async fn file(&self, by: By, filed: ReportFiled) -> Result<ReportId, CommandError> {
        let report_id = filed.report_id;
        let stream = self.names.numbered("report", report_id.get());
        self.execute_first::<Report>(by, stream, &Command::File(Box::new(filed))).await?;
        Ok(report_id)
    }

    /// Who can be reported: whom one can see.
    async fn reportable(&self, target: AccountId) -> Result<Account, CommandError> {
        let found = accounts::by_ids(&self.reader, &[target.get()]).await?.pop();
        Ok(found.filter(|row| row.approved && !row.suspended).ok_or(Refusal::NotFound)?)
    }

    async fn check_open_reports(&self, account: AccountId) -> Result<(), CommandError> {
        let max = limits::REPORTS_OPEN_PER_ACCOUNT_MAX;
        if reports::open_by(&self.reader, account, max).await? < max {
            return Ok(());
        }
        Err(Refusal::invalid("account", "ERR_LIMIT", format!("Reports cannot be more than {max} at a time")).into())
    }

    /// These rules, when all of them are there.
    async fn existing_rules(&self, mut rule_ids: Vec<i64>) -> Result<Vec<i64>, CommandError> {
        rule_ids.sort_unstable();
        rule_ids.dedup();
        if rule_ids.is_empty() {
            return Ok(rule_ids);
        }
        let rules = rules::all(&self.reader).await?;
        let is_there = |id: &i64| rules.iter().any(|rule| rule.id == *id);
        if rule_ids.iter().all(is_there) { Ok(rule_ids) } else { Err(no_rules().into()) }
    }
}

/// The ids of statuses, not too many.
fn each_once(status_ids: &[StatusId]) -> Result<Vec<i64>, Refusal> {
    let mut ids: Vec<_> = status_ids.iter().map(|id| id.get()).collect();
    ids.sort_unstable();
    ids.dedup();
    let max = limits::REPORT_STATUSES_MAX;
    if ids.len() > max {
        return Err(Refusal::invalid("status_ids", "ERR_TOO_MANY", format!("are too many (maximum is {max})")));
    }
    Ok(ids)
}

fn as_they_are(mut rows: Vec<Status>) -> Vec<ReportedStatus> {
    rows.sort_unstable_by_key(|row| row.id);
    let kept = |text: &str, max: usize| text.chars().take(max).collect();
    let reported = rows.iter().map(|row| ReportedStatus {
        status_id: StatusId(row.id),
        uri: row.uri.clone(),
        created_at: row.created_at,
        spoiler_text: kept(&row.spoiler_text, limits::REPORT_SPOILER_CHARS_MAX),
        text: kept(&row.text, limits::REPORT_TEXT_CHARS_MAX),
    });
    reported.collect()
}
