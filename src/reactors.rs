//! What follows from events in the outside world: reactors turn them into jobs, schedules do what a clock asks for.
//!
//! A reactor is a pure function from an event to jobs; it has a checkpoint of its own and is never replayed, so a rebuild
//! causes nothing. A schedule looks at read models and issues idempotent commands. Neither answers a request, and both
//! work in `serve` only. To add one: a file here, and a sorted line in [`REACTORS`] or [`schedule::SCHEDULES`].

mod deliveries;
mod departures;
mod distributor;
mod eraser;
mod incoming;
pub mod loose_media;
mod poll_closer;
mod processor;
mod quotes;
pub mod remote_retention;
mod schedule;
mod severer;
mod tail;

use std::sync::Arc;

use chronodon_event_log::Recorded;
use chronodon_events::Event;
use jiff::SignedDuration;
use tokio::task::JoinSet;

use crate::app::App;
use crate::federation::delivery;
use crate::jobs::{Job, worker};

/// One reactor.
struct Reactor {
    /// Its checkpoint's name; never changed.
    name: &'static str,
    /// Where it begins in a log that it has never followed.
    begins: Begin,
    /// What follows concerns other servers alone: nothing does while none is known.
    outward: bool,
    /// What follows from an event.
    react: fn(&Recorded, &Event) -> Vec<Reaction>,
}

/// Where a new reactor begins in a log that is there already.
enum Begin {
    /// At the first event: what it makes sure of holds for all of the past.
    Start,
    /// At the end: the past has been answered otherwise.
    Head,
}

/// What follows from an event.
struct Reaction {
    job: Job,
    /// Counted from when the event was recorded.
    after: SignedDuration,
    /// Reactions to several events with one name are one. Without a name: one of its own.
    name: Option<String>,
}

impl Reaction {
    const fn at_once(job: Job) -> Self {
        Self { job, after: SignedDuration::ZERO, name: None }
    }
}

/// Every reactor, by name.
const REACTORS: &[Reactor] =
    &[distributor::REACTOR, eraser::REACTOR, processor::REACTOR, quotes::REACTOR, severer::REACTOR];

/// The work that goes on beside requests. It stops when this is dropped.
pub struct Work(JoinSet<()>);

impl Work {
    /// Begins to react, to do jobs and to keep schedules.
    #[must_use]
    pub fn start(app: &Arc<App>) -> Self {
        let mut tasks = JoinSet::new();
        tasks.spawn(tail::run(app.clone()));
        tasks.spawn(schedule::run(app.clone()));
        tasks.spawn(worker::run(app.clone()));
        if app.config.federation.enabled {
            tasks.spawn(delivery::worker::run(app.clone()));
            tasks.spawn(crate::federation::inbox::run(app.clone()));
        }
        Self(tasks)
    }

    /// Stops. What is cut short is taken up by the next start.
    pub async fn stop(mut self) {
        self.0.shutdown().await;
    }
}
