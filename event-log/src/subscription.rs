//! Following the log: catch up, then live, without a gap.
//!
//! There is one way to get events, reading; a wake-up only says when to read again. So nothing is lost between the
//! last page of the past and the first live event.

use std::sync::Arc;

use chronodon_events::Position;
use tokio::sync::watch;

use crate::{EventLog, ReadError, SealedEvent};

/// A reader of the log that waits at its end.
pub struct Subscription {
    log: Arc<dyn EventLog>,
    after: Position,
    head: watch::Receiver<Position>,
}

impl Subscription {
    /// A subscription for an engine to hand out. `head` must change whenever there may be something new to read.
    pub fn new(log: Arc<dyn EventLog>, after: Position, head: watch::Receiver<Position>) -> Self {
        Self { log, after, head }
    }

    /// The last position that was handed out.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.after
    }

    /// The next events, at most `max` of them; waits while there are none. May be dropped at any time and called
    /// again, also after an error: nothing is skipped.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn next_batch(&mut self, max: usize) -> Result<Vec<SealedEvent>, ReadError> {
        loop {
            self.head.borrow_and_update();
            let events = self.log.read_all(self.after, max).await?;
            if let Some(last) = events.last() {
                self.after = last.position;
                return Ok(events);
            }
            if self.head.changed().await.is_err() {
                return Err(ReadError::Unavailable("the log was shut down".to_owned()));
            }
        }
    }
}
