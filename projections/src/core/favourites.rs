//! Statuses that accounts like.

use chronodon_event_log::Recorded;
use chronodon_events::Event;
use chronodon_events::favourite::FavouriteEvent;
use chronodon_events::status::StatusEvent;

use super::{Core, column};

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
