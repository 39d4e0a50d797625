//! Reblogs: rows among the statuses, counted on the status they show.

use chronodon_event_log::Recorded;
use chronodon_events::Event;
use chronodon_events::reblog::{ReblogCreated, ReblogEvent};
use serde_json::Value;

use super::statuses::{self, Status};
use super::{Core, column};

pub(super) fn want(core: &mut Core, _: &Recorded, event: &Event) {
    let Event::Reblog(event) = event else { return };
    let (reblog, status, account) = match event {
        ReblogEvent::Created(e) => (e.reblog_id, e.status.status_id, e.account_id),
        ReblogEvent::Removed(e) => (e.reblog_id, e.status_id, e.account_id),
    };
    core.statuses.want((reblog.get(),));
    core.statuses.want((status.get(),));
    core.accounts.want((account.get(),));
}

pub(super) fn apply(core: &mut Core, at: &Recorded, event: &Event) {
    match event {
        Event::Reblog(ReblogEvent::Created(e)) => {
            statuses::add(core, row(e, column(at)));
            core.statuses.update((e.status.status_id.get(),), |status| status.reblogs_count += 1);
        }
        Event::Reblog(ReblogEvent::Removed(e)) if core.statuses.get((e.reblog_id.get(),)).is_some() => {
            statuses::remove(core, e.reblog_id.get());
            core.statuses.update((e.status_id.get(),), |status| status.reblogs_count -= 1);
        }
        _ => {}
    }
}

fn row(e: &ReblogCreated, version: i64) -> Status {
    Status {
        id: e.reblog_id.get(),
        account_id: e.account_id.get(),
        reblog_of_id: Some(e.status.status_id.get()),
        in_reply_to_id: None,
        in_reply_to_account_id: None,
        conversation_id: e.status.conversation_id.get(),
        local: true,
        visibility: e.visibility.as_str().to_owned(),
        created_at: e.created_at,
        edited_at: None,
        text: String::new(),
        spoiler_text: String::new(),
        sensitive: false,
        language: None,
        mentions: Value::Array(Vec::new()),
        hashtags: Value::Array(Vec::new()),
        media_ids: Value::Array(Vec::new()),
        application: None,
        has_poll: false,
        replies_count: 0,
        reblogs_count: 0,
        favourites_count: 0,
        version,
    }
}
