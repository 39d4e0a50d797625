//! Makes sure that what the log says is gone is gone, also when the server crashed right after saying so.

use chronodon_event_log::Recorded;
use chronodon_events::Event;
use chronodon_events::account::AccountEvent;
use chronodon_events::media::MediaEvent;
use chronodon_events::status::StatusEvent;

use super::{Begin, Reaction, Reactor};
use crate::jobs::Job;

pub(super) const REACTOR: Reactor = Reactor { name: "eraser", begins: Begin::Start, outward: false, react };

fn react(_: &Recorded, event: &Event) -> Vec<Reaction> {
    match event {
        Event::Account(AccountEvent::Rejected(e)) => {
            vec![Reaction::at_once(Job::EraseAccount { account_id: e.account_id })]
        }
        Event::Status(StatusEvent::Deleted(e)) => vec![Reaction::at_once(Job::EraseStatus { status_id: e.status_id })],
        Event::Media(MediaEvent::Removed(e)) => vec![Reaction::at_once(Job::EraseMedia { media_id: e.media_id })],
        _ => Vec::new(),
    }
}
