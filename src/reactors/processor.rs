//! Sees to it that every upload is processed. The request that brings one does so at once; this comes after.

use chronodon_event_log::Recorded;
use chronodon_events::Event;
use chronodon_events::media::MediaEvent;
use jiff::SignedDuration;

use super::{Begin, Reaction, Reactor};
use crate::jobs::Job;

/// Longer than a request usually takes, so that the job finds the work done.
const GRACE: SignedDuration = SignedDuration::from_secs(15);

pub(super) const REACTOR: Reactor = Reactor { name: "processor", begins: Begin::Start, outward: false, react };

fn react(_: &Recorded, event: &Event) -> Vec<Reaction> {
    match event {
        Event::Media(MediaEvent::Uploaded(e)) => {
            vec![Reaction { job: Job::ProcessMedia { media_id: e.media_id }, after: GRACE, name: None }]
        }
        _ => Vec::new(),
    }
}
