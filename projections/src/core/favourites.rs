//! Statuses that accounts like.

use chronodon_event_log::Recorded;
use chronodon_events::favourite::FavouriteEvent;
use chronodon_events::status::StatusEvent;
use chronodon_events::{AccountId, Event, StatusId};
use jiff::Timestamp;

use super::span::{Joined, Span};
use super::visible::{shown, visible, welcome};
use super::{Core, column};
use crate::{ProjectionError, Reader};

row! {
    /// A favourite. Pages run by `position`.
    pub struct Favourite in "favourites" {
        key { account_id: i64, status_id: i64 }
        position: i64,
    }
}

pub(super) fn want(core: &mut Core, _: &Recorded, event: &Event) {
    let Event::Favourite(event) = event else { return };
    let (account, status) = match event {
        FavouriteEvent::Added(e) => (e.account_id.get(), e.status.status_id.get()),
        FavouriteEvent::Removed(e) => (e.account_id.get(), e.status_id.get()),
    };
    core.favourites.want((account, status));
    core.statuses.want((status,));
}

pub(super) fn apply(core: &mut Core, at: &Recorded, event: &Event) {
    match event {
        Event::Favourite(FavouriteEvent::Added(e)) => {
            let (account_id, status_id) = (e.account_id.get(), e.status.status_id.get());
            if core.favourites.get((account_id, status_id)).is_none() {
                core.favourites.put(Favourite { account_id, status_id, position: column(at) });
                core.statuses.update((status_id,), |status| status.favourites_count += 1);
            }
        }
        Event::Favourite(FavouriteEvent::Removed(e)) => {
            let status_id = e.status_id.get();
            if core.favourites.remove((e.account_id.get(), status_id)).is_some() {
                core.statuses.update((status_id,), |status| status.favourites_count -= 1);
            }
        }
        Event::Status(StatusEvent::Deleted(e)) => core.favourites.remove_where("status_id", e.status_id.get()),
        _ => {}
    }
}

/// The statuses that an account likes, by the position of the favourite. What it may no longer see is left out.
///
/// # Errors
/// When the database cannot be read.
pub async fn statuses(reader: &Reader, account: AccountId, span: Span) -> Result<Vec<Joined>, ProjectionError> {
    let sql = format!(
        "SELECT j.position, j.status_id FROM favourites j JOIN statuses s ON s.id = j.status_id
        WHERE j.account_id = $1 AND j.position < $2 AND j.position > $3 AND {}
        ORDER BY j.position {} LIMIT $4",
        visible("s", "$1"),
        span.order(),
    );
    let (below, above, limit) = span.params();
    let rows = reader.query(&sql, &[&account.get(), &below, &above, &limit]).await?;
    Ok(rows.iter().map(Joined::read).collect())
}

/// The accounts that like a status, by the position of the favourite. Those that the viewer blocks or mutes at `now` are
/// left out.
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
        "SELECT j.position, j.account_id FROM favourites j
        JOIN accounts a ON a.id = j.account_id AND {}
        WHERE j.status_id = $1 AND j.position < $2 AND j.position > $3 AND {}
        ORDER BY j.position {} LIMIT $4",
        shown("a"),
        welcome("j", "$5", "$6"),
        span.order(),
    );
    let (below, above, limit) = span.params();
    let viewer = viewer.map(AccountId::get);
    let rows = reader.query(&sql, &[&status.get(), &below, &above, &limit, &viewer, &now]).await?;
    Ok(rows.iter().map(Joined::read).collect())
}
