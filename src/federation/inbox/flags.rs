//! What other servers report: accounts of ours, and statuses of theirs.

use std::collections::BTreeMap;

use chronodon_activitypub::activity::Activity;
use chronodon_activitypub::uri::Uri;
use chronodon_domain::{Refusal, limits};
use chronodon_events::{AccountId, StatusId};
use chronodon_projections::core::accounts::{self, Account};
use chronodon_projections::core::statuses;

use crate::app::App;
use crate::commands::{By, CommandError, ReceiveReport};
use crate::federation::own::{self, Own};
use crate::ids;

/// Files what `account` reports: one report for each account of ours that the activity names, or whose statuses it names.
/// What is not ours, or not there, is left out. The same activity again changes nothing.
///
/// # Errors
/// [`Refusal::Forbidden`] when policy refuses reports from there; when the log or the database cannot be reached.
pub async fn received(app: &App, by: By, account: &Account, activity: &Activity) -> Result<(), CommandError> {
    if is_rejected(app, account, &activity.actor) {
        return Err(Refusal::Forbidden("reports from there are refused").into());
    }
    let first = by.request.unwrap_or_else(ids::command_id);
    for (target, status_ids) in targets(app, activity).await? {
        let report = ReceiveReport {
            target: AccountId(target),
            status_ids,
            comment: activity.content.clone().unwrap_or_default(),
            uri: activity.id.as_ref().map(Uri::to_string),
        };
        // Made of the target, not of its place: somebody before it may be gone when the activity is looked at again.
        let by = by.retried_as(ids::command_id_of(&[&first.to_string(), "report", &target.to_string()]));
        match app.commands.receive_report(by, account, report).await {
            Ok(()) | Err(CommandError::Refused(Refusal::NotFound)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Policies are for domains; of a server on a port of its own both names count.
fn is_rejected(app: &App, account: &Account, actor: &Uri) -> bool {
    let domain = account.domain.as_deref().unwrap_or_default().to_lowercase();
    [&*domain, actor.authority(), actor.host()].iter().any(|name| app.policies.of(name).reject_reports)
}

/// Accounts of ours, with statuses of theirs, by what the activity names: at most so many of either.
async fn targets(app: &App, activity: &Activity) -> Result<BTreeMap<i64, Vec<StatusId>>, CommandError> {
    let (mut names, mut ids) = (Vec::new(), Vec::new());
    for uri in activity.objects.iter().filter_map(|object| object.id()) {
        match own::read(app, uri) {
            Some(Own::Account(name)) => names.push(name.to_lowercase()),
            Some(Own::Status(id)) => ids.push(id.get()),
            Some(Own::Other) | None => {}
        }
    }
    let mut targets: BTreeMap<i64, Vec<StatusId>> = BTreeMap::new();
    for account in accounts::by_local_usernames(&app.reader, &names).await? {
        targets.entry(account.id).or_default();
    }
    let found = statuses::by_ids(&app.reader, &ids).await?;
    for status in found.iter().filter(|row| row.local && row.reblog_of_id.is_none()) {
        let of_author = targets.entry(status.account_id).or_default();
        if of_author.len() < limits::REPORT_STATUSES_MAX {
            of_author.push(StatusId(status.id));
        }
    }
    Ok(targets.into_iter().take(limits::REMOTE_REPORT_TARGETS_MAX).collect())
}
