//! Statuses that accounts keep for later.

use chronodon_event_log::Recorded;
use chronodon_events::bookmark::BookmarkEvent;
use chronodon_events::status::StatusEvent;
use chronodon_events::{AccountId, Event};

use super::span::{Joined, Span};
use super::visible::visible;
use super::{Core, column};
use crate::{ProjectionError, Reader};

row! {
    /// A bookmark. Pages run by `position`.
    pub struct Bookmark in "bookmarks" {
        key { account_id: i64, status_id: i64 }
        position: i64,
    }
}

pub(super) fn want(core: &mut Core, _: &Recorded, event: &Event) {
    let Event::Bookmark(event) = event else { return };
    let (account, status) = match event {
        BookmarkEvent::Added(e) => (e.account_id.get(), e.status.status_id.get()),
        BookmarkEvent::Removed(e) => (e.account_id.get(), e.status_id.get()),
    };
    core.bookmarks.want((account, status));
}

pub(super) fn apply(core: &mut Core, at: &Recorded, event: &Event) {
    match event {
        Event::Bookmark(BookmarkEvent::Added(e)) => {
            let (account_id, status_id) = (e.account_id.get(), e.status.status_id.get());
            if core.bookmarks.get((account_id, status_id)).is_none() {
                core.bookmarks.put(Bookmark { account_id, status_id, position: column(at) });
            }
        }
        Event::Bookmark(BookmarkEvent::Removed(e)) => {
            core.bookmarks.remove((e.account_id.get(), e.status_id.get()));
        }
        Event::Status(StatusEvent::Deleted(e)) => core.bookmarks.remove_where("status_id", e.status_id.get()),
        _ => {}
    }
}

/// The statuses that an account keeps, by the position of the bookmark. What it may no longer see is left out.
///
/// # Errors
/// When the database cannot be read.
pub async fn statuses(reader: &Reader, account: AccountId, span: Span) -> Result<Vec<Joined>, ProjectionError> {
    let sql = format!(
        "SELECT j.position, j.status_id FROM bookmarks j JOIN statuses s ON s.id = j.status_id
        WHERE j.account_id = $1 AND j.position < $2 AND j.position > $3 AND {}
        ORDER BY j.position {} LIMIT $4",
        visible("s", "$1"),
        span.order(),
    );
    let (below, above, limit) = span.params();
    let rows = reader.query(&sql, &[&account.get(), &below, &above, &limit]).await?;
    Ok(rows.iter().map(Joined::read).collect())
}
