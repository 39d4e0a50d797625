//! Has quotes looked at again that came without their authors' leave. One's own statuses are answered instead.

use chronodon_event_log::Recorded;
use chronodon_events::Event;
use chronodon_events::remote::QuoteState;
use chronodon_events::status::StatusEvent;

use super::{Begin, Reaction, Reactor};
use crate::jobs::Job;
use crate::jobs::refresh_quote::FIRST_AFTER;

pub(super) const REACTOR: Reactor = Reactor { name: "quotes", begins: Begin::Head, outward: true, react };

fn react(_: &Recorded, event: &Event) -> Vec<Reaction> {
    let Event::Status(StatusEvent::Posted(e)) = event else { return Vec::new() };
    let quote = e.quote.as_ref().filter(|quote| !e.local && quote.state == QuoteState::Pending);
    // Leave to quote a status of ours is given here.
    let Some(_) = quote.filter(|quote| !quote.status.as_ref().is_some_and(|quoted| quoted.account_local)) else {
        return Vec::new();
    };
    let job = Job::RefreshQuote { status_id: e.status_id, part: 0 };
    vec![Reaction { job, after: FIRST_AFTER, name: None }]
}
