//! Rebuilding: the idle slot is filled from the log while the other serves, then takes over.

use chronodon_event_log::Log;
use chronodon_events::Position;

use crate::fold::{OnPoison, SESSION, fold};
use crate::group::Group;
use crate::runner::log_error;
use crate::slot::{activate, create, lock_checkpoint};
use crate::{ProjectionError, Slot, Slots};

/// Events that one transaction folds.
pub(crate) const PAGE: usize = 2_000;

/// Fills the idle slot and puts it into service. Wakes neither streams nor waiters, and causes no effects.
///
/// # Errors
/// When an event cannot be folded, or the database or the log is away: the slot in service is untouched.
pub async fn rebuild<G: Group>(
    log: &Log,
    slots: &Slots<G>,
    progress: impl Fn(Position, Position),
) -> Result<(), ProjectionError> {
    rebuild_in_batches_of(log, slots, PAGE, progress).await
}

/// The same, with a batch's size: the result does not depend on it.
///
/// # Errors
/// As [`rebuild`].
pub async fn rebuild_in_batches_of<G: Group>(
    log: &Log,
    slots: &Slots<G>,
    batch: usize,
    progress: impl Fn(Position, Position),
) -> Result<(), ProjectionError> {
    let idle = slots.beside(slots.idle_suffix());
    empty::<G>(&idle).await?;
    let filling = Filling { log, slot: &idle, batch, progress: &progress };
    filling.up_to::<G>(log.head().await.map_err(log_error)?).await?;
    take_over::<G>(slots, &filling).await
}

/// Makes the slot's tables, empty.
pub(crate) async fn empty<G: Group>(slot: &Slot) -> Result<(), ProjectionError> {
    let mut client = slot.pool().get().await?;
    let tx = client.transaction().await?;
    create::<G>(&tx, slot.name()).await?;
    tx.commit().await?;
    Ok(())
}

/// A slot that is being filled from the log.
pub(crate) struct Filling<'a, P> {
    pub(crate) log: &'a Log,
    pub(crate) slot: &'a Slot,
    pub(crate) batch: usize,
    pub(crate) progress: &'a P,
}

impl<P: Fn(Position, Position)> Filling<'_, P> {
    /// Folds the log into the slot up to exactly `to`.
    pub(crate) async fn up_to<G: Group>(&self, to: Position) -> Result<(), ProjectionError> {
        loop {
            let mut client = self.slot.pool().get().await?;
            let tx = client.transaction().await?;
            tx.batch_execute(SESSION).await?;
            let (checkpoint, _) = lock_checkpoint(&tx, self.slot.name()).await?;
            (self.progress)(checkpoint, to);
            let page = self.log.read_all(checkpoint, self.batch).await.map_err(log_error)?;
            let events: Vec<_> = page.iter().take_while(|event| event.position <= to).collect();
            if events.is_empty() {
                return Ok(());
            }
            fold::<G>(&tx, (self.slot.name(), checkpoint), &events, OnPoison::Stop).await?;
            tx.commit().await?;
        }
    }
}

/// Holds the slot in service still for the last few events, then switches.
async fn take_over<G: Group>(
    slots: &Slots<G>,
    filling: &Filling<'_, impl Fn(Position, Position)>,
) -> Result<(), ProjectionError> {
    filling.up_to::<G>(filling.log.head().await.map_err(log_error)?).await?;
    let active = slots.active();
    let mut client = active.pool().get().await?;
    let tx = client.transaction().await?;
    let (live, _) = lock_checkpoint(&tx, active.name()).await?;
    filling.up_to::<G>(live).await?;
    activate::<G>(&tx, filling.slot.name()).await?;
    tx.commit().await?;
    slots.switch(filling.slot.name());
    Ok(())
}
