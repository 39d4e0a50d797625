//! Keeps a group's tables and memory up with the log, and tells waiters how far they are.
//!
//! Each process has a runner. The checkpoint's row lock lets one of them at a time fold a batch; the others then find it
//! folded and only bring their memory forward.

use std::sync::Arc;
use std::time::Duration;

use chronodon_event_log::{Body, Log, LogSubscription, Recorded};
use chronodon_events::{Event, Position};
use tokio::sync::{Notify, watch};

use crate::changes::Changes;
use crate::fold::{Folded, OnPoison, SESSION, fold};
use crate::group::Group;
use crate::slot::{Locked, lock, version};
use crate::{ProjectionError, Slots};

/// Events that one transaction folds.
const BATCH_MAX: usize = 1_000;
/// Between two tries when the database or the log is away.
const RETRY_MS: u64 = 200;
/// A process that stands still gives up its lock.
const STANDSTILL: &str = "SET LOCAL idle_in_transaction_session_timeout = '2s'";

/// What follows a group's tables in memory: graph, rings, streams.
#[async_trait::async_trait]
pub trait Observer: Send + Sync {
    /// Loads the state that the tables have in this transaction's snapshot.
    async fn load(&self, tx: &deadpool_postgres::Transaction<'_>) -> Result<(), ProjectionError>;
    /// The tables now hold these events; they come in order, each once, from the loaded state on.
    fn applied(&self, events: &[Arc<Recorded>]);
    /// These rows have changed. Comes before anybody is told that the tables have come further.
    fn changed(&self, _changes: &Changes) {}
}

/// Tells how far a group is.
#[derive(Clone)]
pub struct Waiter {
    reached: watch::Receiver<Position>,
    doubt: Arc<Notify>,
}

impl Waiter {
    /// How far this process knows the group to be.
    #[must_use]
    pub fn position(&self) -> Position {
        *self.reached.borrow()
    }

    /// Tells the runner that the tables were seen behind [`Self::position`]: the database has crashed and lost its last
    /// folds, which were not synced because the log has them.
    pub fn doubt(&self) {
        self.doubt.notify_one();
    }

    /// Waits until the group has reached `position`.
    ///
    /// # Errors
    /// [`ProjectionError::Behind`] when it has not after `wait`.
    pub async fn wait_for(&self, position: Position, wait: Duration) -> Result<(), ProjectionError> {
        let mut receiver = self.reached.clone();
        let reached = receiver.wait_for(|now| *now >= position);
        match tokio::time::timeout(wait, reached).await {
            Ok(Ok(_)) => Ok(()),
            _ => Err(ProjectionError::Behind(position)),
        }
    }
}

/// Folds the log into a group, live.
pub struct Runner<G: Group> {
    log: Arc<Log>,
    slots: Arc<Slots<G>>,
    observers: Vec<Arc<dyn Observer>>,
    reached: watch::Sender<Position>,
    doubt: Arc<Notify>,
    observed: Position,
}

impl<G: Group> Runner<G> {
    /// A runner that has not begun.
    #[must_use]
    pub fn new(log: Arc<Log>, slots: Arc<Slots<G>>, observers: Vec<Arc<dyn Observer>>) -> Self {
        let (reached, doubt) = (watch::Sender::new(Position::START), Arc::default());
        Self { log, slots, observers, reached, doubt, observed: Position::START }
    }

    /// To wait for positions.
    #[must_use]
    pub fn waiter(&self) -> Waiter {
        Waiter { reached: self.reached.subscribe(), doubt: self.doubt.clone() }
    }

    /// Folds until the task is dropped. Faults of the world are retried without end.
    pub async fn run(mut self) {
        loop {
            match self.follow().await {
                Ok(()) => {}
                Err(error) => {
                    tracing::warn!(group = G::NAME, %error, "the projection runner starts over");
                    // Until the tables have been looked at again, nobody knows how far they are.
                    self.reached.send_replace(Position::START);
                    tokio::time::sleep(Duration::from_millis(RETRY_MS)).await;
                }
            }
        }
    }

    async fn follow(&mut self) -> Result<(), ProjectionError> {
        // What is kept of rows may be of tables that a crash has taken back.
        self.tell(&Changes::unknown());
        if self.observed == Position::START {
            self.load_observers().await?;
        }
        self.refold().await?;
        let mut subscription = self.log.subscribe(self.observed);
        let doubt = self.doubt.clone();
        loop {
            tokio::select! {
                events = next_batch(&mut subscription) => self.advance(&events?).await?,
                () = doubt.notified() => {
                    return Err(ProjectionError::Log("the tables were seen behind what was folded".to_owned()));
                }
            }
        }
    }

    /// Folds what the tables have lost of what memory has seen: a crash of the database takes its last folds.
    async fn refold(&mut self) -> Result<(), ProjectionError> {
        loop {
            let checkpoint = self.slots.standing().await?.position;
            let page = self.log.read_all(checkpoint, BATCH_MAX).await.map_err(log_error)?;
            let lost: Vec<_> = page.into_iter().filter(|event| event.position <= self.observed).map(Arc::new).collect();
            if lost.is_empty() {
                self.reached.send_replace(self.observed);
                return Ok(());
            }
            let folded = self.fold(&lost).await?;
            self.tell(&folded.changes);
        }
    }

    /// Memory begins from the tables of one snapshot, and tails from its checkpoint.
    async fn load_observers(&mut self) -> Result<(), ProjectionError> {
        let slot = self.slots.active();
        let mut client = slot.pool().get().await?;
        let tx = client
            .build_transaction()
            .isolation_level(tokio_postgres::IsolationLevel::RepeatableRead)
            .read_only(true)
            .start()
            .await?;
        let row = tx.query_one("SELECT position FROM projections.checkpoints WHERE slot = $1", &[&slot.name()]).await?;
        for observer in &self.observers {
            observer.load(&tx).await?;
        }
        tx.commit().await?;
        self.observe(Position(row.get::<_, i64>(0).cast_unsigned()), &[]);
        Ok(())
    }

    /// Brings tables and memory past `events`, whoever folds them.
    async fn advance(&mut self, events: &[Arc<Recorded>]) -> Result<(), ProjectionError> {
        let Folded { changes, parked } = self.fold(events).await?;
        self.tell(&changes);
        let end = events.last().map_or(self.observed, |event| event.position);
        if parked.is_empty() {
            self.observe(end, events);
        } else {
            // Memory knows what the tables know.
            let folded = events.iter().filter(|event| !parked.contains(event.stream.as_str()));
            self.observe(end, &folded.cloned().collect::<Vec<_>>());
        }
        Ok(())
    }

    /// Brings the tables past `events`. A runner that stands still must not hold the others up.
    async fn fold(&mut self, events: &[Arc<Recorded>]) -> Result<Folded, ProjectionError> {
        let slot = self.slots.active();
        let mut client = slot.pool().get().await?;
        let tx = client.transaction().await?;
        let settings = format!("{SESSION}; {STANDSTILL}");
        let Locked { checkpoint, version: tables, active, parked } = lock::<G>(&tx, slot.name(), &settings).await?;
        if let Some(active) = active.filter(|active| active != slot.name()) {
            drop(tx);
            self.slots.switch(&active);
            return Ok(Folded { changes: Changes::unknown(), ..Box::pin(self.fold(events)).await? });
        }
        if tables != version::<G>() {
            return Err(ProjectionError::Log(format!("tables of {} have another version; rebuild them", slot.name())));
        }
        let gap = self.gap_before(checkpoint, events).await?;
        let new: Vec<&Recorded> =
            gap.iter().chain(events.iter().map(AsRef::as_ref)).filter(|event| event.position > checkpoint).collect();
        stop_at_unknown(&new)?;
        let others_folded = events.first().is_some_and(|event| event.position <= checkpoint);
        let mut folded = if new.is_empty() {
            Folded { parked, ..Folded::default() }
        } else {
            fold::<G>(&tx, (slot.name(), checkpoint), &new, OnPoison::Park(parked)).await?
        };
        tx.commit().await?;
        if others_folded {
            folded.changes = Changes::unknown();
        }
        Ok(folded)
    }

    /// Events between the checkpoint and `events`: the tables lost their last batches when the database crashed.
    async fn gap_before(
        &self,
        checkpoint: Position,
        events: &[Arc<Recorded>],
    ) -> Result<Vec<Recorded>, ProjectionError> {
        let mut gap: Vec<Recorded> = Vec::new();
        let Some(first) = events.first().filter(|_| checkpoint < self.observed) else { return Ok(gap) };
        loop {
            let after = gap.last().map_or(checkpoint, |event| event.position);
            let page = self.log.read_all(after, BATCH_MAX).await.map_err(log_error)?;
            let read = page.len();
            gap.extend(page.into_iter().filter(|event| event.position < first.position));
            let end = gap.last().map_or(checkpoint, |event| event.position);
            if read < BATCH_MAX || end == after {
                return Ok(gap);
            }
        }
    }

    fn tell(&self, changes: &Changes) {
        self.observers.iter().for_each(|observer| observer.changed(changes));
    }

    fn observe(&mut self, end: Position, events: &[Arc<Recorded>]) {
        for observer in &self.observers {
            observer.applied(events);
        }
        self.observed = end;
        self.reached.send_replace(end);
    }
}

async fn next_batch(subscription: &mut LogSubscription) -> Result<Vec<Arc<Recorded>>, ProjectionError> {
    let events = subscription.next_batch(BATCH_MAX).await.map_err(log_error)?;
    Ok(events.into_iter().map(Arc::new).collect())
}

/// A type that this binary does not know is never skipped: a newer one wrote it.
fn stop_at_unknown(events: &[&Recorded]) -> Result<(), ProjectionError> {
    let known = |name: &str| Event::types().any(|known| known.name == name);
    let unknown =
        events.iter().find(|event| matches!(&event.body, Body::Unreadable { event_type, .. } if !known(event_type)));
    unknown.map_or(Ok(()), |event| {
        Err(ProjectionError::Poison { position: event.position, reason: "unknown event type".to_owned() })
    })
}

pub(crate) fn log_error(error: impl std::fmt::Display) -> ProjectionError {
    ProjectionError::Log(error.to_string())
}
