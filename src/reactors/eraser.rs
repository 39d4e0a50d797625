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
        Event::Account(AccountEvent::Deleted(e)) => {
            let erase = Reaction::at_once(Job::EraseAccount { account_id: e.account_id });
            vec![erase, forget(vec![e.account_id.get()])]
        }
        Event::Account(AccountEvent::Refreshed(e)) => {
            vec![Reaction::at_once(Job::ForgetOldPictures { account_id: e.account_id })]
        }
        Event::Status(StatusEvent::Deleted(e)) => {
            let owners = e.media_ids.iter().map(|id| id.get()).chain([e.status_id.get()]);
            vec![Reaction::at_once(Job::EraseStatus { status_id: e.status_id }), forget(owners.collect())]
        }
        Event::Media(MediaEvent::Removed(e)) => vec![Reaction::at_once(Job::EraseMedia { media_id: e.media_id })],
        _ => Vec::new(),
    }
}

/// What other servers' files there may be of these.
fn forget(owner_ids: Vec<i64>) -> Reaction {
    Reaction::at_once(Job::ForgetRemoteFiles { owner_ids })
}
