//! What a status was before each of its edits, and what it is since the last.

use chronodon_domain::limits;
use chronodon_event_log::Recorded;
use chronodon_events::status::StatusEvent;
use chronodon_events::{Event, StatusId};
use jiff::Timestamp;
use serde_json::Value;

use super::{Core, column, json};
use crate::{ProjectionError, Reader, Row};

row! {
    /// A version of an edited status. The first stands under position 0; statuses without edits have none.
    pub struct StatusEdit in "status_edits" {
        key { status_id: i64, position: i64 }
        account_id: i64,
        created_at: Timestamp,
        text: String,
        spoiler_text: String,
        sensitive: bool,
        mentions: Value,
        media_ids: Value,
        poll_options: Option<Value>,
    }
}

pub(super) fn want(core: &mut Core, _: &Recorded, event: &Event) {
    if let Event::Status(StatusEvent::Edited(e)) = event {
        core.statuses.want((e.status_id.get(),));
        core.polls.want((e.status_id.get(),));
        core.status_edits.want((e.status_id.get(), 0));
    }
}

pub(super) fn apply(core: &mut Core, at: &Recorded, event: &Event) {
    match event {
        Event::Status(StatusEvent::Edited(e)) => {
            keep_first(core, e.status_id.get());
            core.status_edits.put(StatusEdit {
                status_id: e.status_id.get(),
                position: column(at),
                account_id: e.account_id.get(),
                created_at: e.edited_at,
                text: e.text.clone(),
                spoiler_text: e.spoiler_text.clone(),
                sensitive: e.sensitive,
                mentions: json(&e.mentions),
                media_ids: json(&e.media_ids),
                poll_options: e.poll.as_ref().map(|poll| json(&poll.options)),
            });
        }
        Event::Status(StatusEvent::Deleted(e)) => core.status_edits.remove_where("status_id", e.status_id.get()),
        _ => {}
    }
}

/// Folds before the status itself changes.
fn keep_first(core: &mut Core, status_id: i64) {
    if core.status_edits.get((status_id, 0)).is_some() {
        return;
    }
    let poll_options = core.polls.get((status_id,)).map(|poll| poll.options.clone());
    let Some(status) = core.statuses.get((status_id,)).cloned() else { return };
    core.status_edits.put(StatusEdit {
        status_id,
        position: 0,
        account_id: status.account_id,
        created_at: status.created_at,
        text: status.text,
        spoiler_text: status.spoiler_text,
        sensitive: status.sensitive,
        mentions: status.mentions,
        media_ids: status.media_ids,
        poll_options,
    });
}

/// The versions of a status, oldest first; none when it was never edited.
///
/// # Errors
/// When the database cannot be read.
pub async fn of(reader: &Reader, status: StatusId) -> Result<Vec<StatusEdit>, ProjectionError> {
    let sql = "SELECT * FROM status_edits WHERE status_id = $1 ORDER BY position LIMIT $2";
    let limit = i64::try_from(limits::STATUS_EDITS_MAX).unwrap_or(i64::MAX);
    Ok(reader.query(sql, &[&status.get(), &limit]).await?.iter().map(StatusEdit::read).collect())
}
