//! Statuses that their authors show on top of their profiles.

use chronodon_event_log::Recorded;
use chronodon_events::status::StatusEvent;
use chronodon_events::{AccountId, Event, StatusId};

use super::{Core, column};
use crate::{ProjectionError, Reader};

row! {
    /// A pin. Pages run by `position`.
    pub struct Pin in "pins" {
        key { account_id: i64, status_id: i64 }
        position: i64,
    }
}

pub(super) fn want(_: &mut Core, _: &Recorded, _: &Event) {}

pub(super) fn apply(core: &mut Core, at: &Recorded, event: &Event) {
    match event {
        Event::Status(StatusEvent::Pinned(e)) => {
            core.pins.put(Pin { account_id: e.account_id.get(), status_id: e.status_id.get(), position: column(at) });
        }
        Event::Status(StatusEvent::Unpinned(e)) => {
            core.pins.remove((e.account_id.get(), e.status_id.get()));
        }
        Event::Status(StatusEvent::Deleted(e)) => core.pins.remove_where("status_id", e.status_id.get()),
        _ => {}
    }
}

/// How many statuses an account has pinned beside this one.
///
/// # Errors
/// When the database cannot be read.
pub async fn count_beside(reader: &Reader, account: AccountId, status: StatusId) -> Result<usize, ProjectionError> {
    let sql = "SELECT count(*) FROM pins WHERE account_id = $1 AND status_id <> $2";
    let row = reader.query_opt(sql, &[&account.get(), &status.get()]).await?;
    Ok(row.map_or(0, |row| usize::try_from(row.get::<_, i64>(0)).unwrap_or(usize::MAX)))
}
