//! What other servers report: accounts of ours, and statuses of theirs.

use std::collections::BTreeMap;

use chronodon_activitypub::activity::Activity;
use chronodon_activitypub::uri::Uri;
use chronodon_domain::{Refusal, limits};
use chronodon_events::{AccountId, StatusId};
use chronodon_projections::core::{accounts, statuses};

use super::translate::{Outcome, Received, Stop, Translated};
use crate::app::App;
use crate::commands::{CommandError, ReceiveReport};
use crate::federation::own::{self, Own};
use crate::ids;

/// Files one report for each account of ours that the activity names, or whose statuses it names. What is not ours, or not
/// there, is left out. The same activity again changes nothing.
pub(super) async fn flag(received: &Received<'_>) -> Translated {
    let Received { app, signer, activity, by } = received;
    if is_rejected(received) {
        return Err(Stop::refused("reports from there are refused"));
    }
    let first = by.request.unwrap_or_default();
    let mut outcome = Outcome::Irrelevant;
    for (target, status_ids) in targets(app, activity).await? {
        let report = ReceiveReport {
            target: AccountId(target),
            status_ids,
            comment: activity.content.clone().unwrap_or_default(),
            uri: activity.id.as_ref().map(Uri::to_string),
        };
        // Made of the target, not of its place: somebody before it may be gone when the activity is looked at again.
        let by = by.retried_as(ids::command_id_of(&[&first.to_string(), "report", &target.to_string()]));
        match app.commands.receive_report(by, signer, report).await {
            Ok(()) => outcome = Outcome::Done,
            Err(CommandError::Refused(Refusal::NotFound)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(outcome)
}

/// Policies are for domains; of a server on a port of its own both names count.
fn is_rejected(received: &Received<'_>) -> bool {
    let domain = received.signer.domain.as_deref().unwrap_or_default().to_lowercase();
    let actor = &received.activity.actor;
    [&*domain, actor.authority(), actor.host()].iter().any(|name| received.app.policies.of(name).reject_reports)
}

/// Accounts of ours, with statuses of theirs, by what the activity names: at most so many of either.
async fn targets(app: &App, activity: &Activity) -> Result<BTreeMap<i64, Vec<StatusId>>, Stop> {
    let (mut names, mut ids) = (Vec::new(), Vec::new());
    for uri in activity.objects.iter().filter_map(|object| object.id()) {
        match own::read(app, uri) {
            Some(Own::Account(name)) => names.push(name.to_lowercase()),
            Some(Own::Status(id)) => ids.push(id.get()),
            Some(Own::Other | Own::QuoteRequest(_)) | None => {}
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
