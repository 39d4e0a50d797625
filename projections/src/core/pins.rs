//! Statuses that their authors show on top of their profiles.

use chronodon_event_log::Recorded;
use chronodon_events::Event;
use chronodon_events::status::StatusEvent;

use super::{Core, column};

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
