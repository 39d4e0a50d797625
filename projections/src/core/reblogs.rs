//! Reblogs: rows among the statuses, counted on the status they show.

use chronodon_event_log::Recorded;
use chronodon_events::reblog::{ReblogCreated, ReblogEvent};
use chronodon_events::remote::QuotePolicy;
use chronodon_events::{AccountId, Event, StatusId};
use jiff::Timestamp;
use serde_json::Value;

use super::span::{Joined, Span};
use super::statuses::{self, Status};
use super::visible::{visible, welcome};
use super::{Core, column, conversations};
use crate::{ProjectionError, Reader};

pub(super) fn want(core: &mut Core, _: &Recorded, event: &Event) {
    let Event::Reblog(event) = event else { return };
    let (reblog, status, account) = match event {
        ReblogEvent::Created(e) => (e.reblog_id, e.status.status_id, e.account_id),
        ReblogEvent::Removed(e) => (e.reblog_id, e.status_id, e.account_id),
    };
    core.statuses.want((reblog.get(),));
    core.statuses.want((status.get(),));
    if let ReblogEvent::Created(e) = event {
        core.statuses.want((e.status.conversation_id.get(),));
    }
    core.accounts.want((account.get(),));
}

pub(super) fn apply(core: &mut Core, at: &Recorded, event: &Event) {
    match event {
        Event::Reblog(ReblogEvent::Created(e)) => {
            let reblog = row(core, e, column(at));
            statuses::add(core, reblog);
            core.statuses.update((e.status.status_id.get(),), |status| status.reblogs_count += 1);
        }
        Event::Reblog(ReblogEvent::Removed(e)) if core.statuses.get((e.reblog_id.get(),)).is_some() => {
            statuses::remove(core, e.reblog_id.get());
            core.statuses.update((e.status_id.get(),), |status| status.reblogs_count -= 1);
        }
        _ => {}
    }
}

fn row(core: &Core, e: &ReblogCreated, version: i64) -> Status {
    Status {
        id: e.reblog_id.get(),
        account_id: e.account_id.get(),
        reblog_of_id: Some(e.status.status_id.get()),
        in_reply_to_id: None,
        in_reply_to_account_id: None,
        in_reply_to_uri: None,
        conversation_id: conversations::of(core, e.status.conversation_id.get()),
        begun_in_id: e.status.conversation_id.get(),
        local: e.account_local,
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
        uri: e.uri.clone().filter(|_| !e.account_local),
        url: None,
        remote: None,
        quotes: false,
        quote_policy: QuotePolicy::Nobody.as_str().to_owned(),
        has_poll: false,
        replies_count: 0,
        reblogs_count: 0,
        favourites_count: 0,
        quotes_count: 0,
        version,
    }
}

/// The reblog by which an account shows a status.
///
/// # Errors
/// When the database cannot be read.
pub async fn of(reader: &Reader, account: AccountId, status: StatusId) -> Result<Option<StatusId>, ProjectionError> {
    let sql = "SELECT id FROM statuses WHERE account_id = $1 AND reblog_of_id = $2";
    let row = reader.query_opt(sql, &[&account.get(), &status.get()]).await?;
    Ok(row.map(|row| StatusId(row.get("id"))))
}

/// The accounts that reblog a status, by the id of the reblog, as far as the viewer may see that. Those that the viewer
/// blocks or mutes at `now` are left out.
///
/// # Errors
/// When the database cannot be read.
pub async fn accounts(
    reader: &Reader,
    status: StatusId,
    viewer: Option<AccountId>,
    span: Span,
    now: Timestamp,
) -> Result<Vec<Joined>, ProjectionError> {
    let sql = format!(
        "SELECT r.id, r.account_id FROM statuses r
        WHERE r.reblog_of_id = $1 AND r.id < $2 AND r.id > $3 AND {} AND {}
        ORDER BY r.id {} LIMIT $4",
        visible("r", "$5"),
        welcome("r", "$5", "$6"),
        span.order(),
    );
    let (below, above, limit) = span.params();
    let viewer = viewer.map(AccountId::get);
    let rows = reader.query(&sql, &[&status.get(), &below, &above, &limit, &viewer, &now]).await?;
    Ok(rows.iter().map(Joined::read).collect())
}
