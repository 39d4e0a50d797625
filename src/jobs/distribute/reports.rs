//! Reports of accounts elsewhere that are to be told there. The server's own actor speaks: who reports stays here.

use chronodon_events::AccountId;
use chronodon_events::report::{ReportEvent, ReportFiled};

use super::{Message, actor, to_one};
use crate::app::App;
use crate::federation::outbox::{activities, addresses};

pub(super) async fn messages(app: &App, event: &ReportEvent) -> anyhow::Result<Vec<Message>> {
    let ReportEvent::Filed(report) = event else { return Ok(Vec::new()) };
    let (true, Some(id)) = (report.forward && !report.target_local, &report.uri) else { return Ok(Vec::new()) };
    let Some((target, target_uri)) = actor(app, report.target_id.get()).await? else { return Ok(Vec::new()) };
    let objects = objects(target_uri, report);
    let activity = activities::flag(id, &addresses::instance_actor(app), &objects, &report.comment);
    Ok(vec![Message::new("Flag", activity, AccountId::INSTANCE, to_one(app, &target))])
}

/// The account and the statuses, also those that are gone by now: their server may have kept them.
fn objects(target: String, report: &ReportFiled) -> Vec<String> {
    let statuses = report.statuses.iter().filter_map(|status| status.uri.clone());
    std::iter::once(target).chain(statuses).collect()
}
