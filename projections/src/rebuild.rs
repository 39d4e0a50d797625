//! Rebuilding: the idle slot is filled from the log while the other serves, then takes over.

use chronodon_event_log::Log;
use chronodon_events::Position;

use crate::fold::{OnPoison, end_of, fold};
use crate::group::Group;
use crate::runner::log_error;
use crate::slot::{activate, create, lock_checkpoint, move_checkpoint};
use crate::{ProjectionError, Slot, Slots};

/// Events that one transaction folds.
const PAGE: usize = 2_000;

/// Fills the idle slot and puts it into service. Wakes neither streams nor waiters, and causes no effects.
///
/// # Errors
/// When an event cannot be folded, or the database or the log is away: the slot in service is untouched.
pub async fn rebuild<G: Group>(
    log: &Log,
    slots: &Slots<G>,
    progress: impl Fn(Position, Position),
) -> Result<(), ProjectionError> {
    let idle = slots.beside(slots.idle_suffix());
    empty::<G>(&idle).await?;
    let head = log.head().await.map_err(log_error)?;
    fill::<G>(log, &idle, head, &progress).await?;
    take_over::<G>(log, slots, &idle, &progress).await
}

/// Makes the slot's tables, empty.
pub(crate) async fn empty<G: Group>(slot: &Slot) -> Result<(), ProjectionError> {
    let mut client = slot.pool().get().await?;
    let tx = client.transaction().await?;
    create::<G>(&tx, slot.name()).await?;
    tx.commit().await?;
    Ok(())
}

/// Folds the log into the slot up to exactly `to`.
pub(crate) async fn fill<G: Group>(
    log: &Log,
    slot: &Slot,
    to: Position,
    progress: &impl Fn(Position, Position),
) -> Result<(), ProjectionError> {
    loop {
        let mut client = slot.pool().get().await?;
        let tx = client.transaction().await?;
        tx.batch_execute("SET LOCAL synchronous_commit = off").await?;
        let (checkpoint, _) = lock_checkpoint(&tx, slot.name()).await?;
        progress(checkpoint, to);
        let page = log.read_all(checkpoint, PAGE).await.map_err(log_error)?;
        let events: Vec<_> = page.iter().take_while(|event| event.position <= to).collect();
        if events.is_empty() {
            return Ok(());
        }
        fold::<G>(&tx, &events, OnPoison::Stop).await?;
        move_checkpoint(&tx, slot.name(), checkpoint, end_of(&events, checkpoint)).await?;
        tx.commit().await?;
    }
}

/// Holds the slot in service still for the last few events, then switches.
async fn take_over<G: Group>(
    log: &Log,
    slots: &Slots<G>,
    idle: &Slot,
    progress: &impl Fn(Position, Position),
) -> Result<(), ProjectionError> {
    let head = log.head().await.map_err(log_error)?;
    fill::<G>(log, idle, head, progress).await?;
    let active = slots.active();
    let mut client = active.pool().get().await?;
    let tx = client.transaction().await?;
    let (live, _) = lock_checkpoint(&tx, active.name()).await?;
    fill::<G>(log, idle, live, progress).await?;
    activate::<G>(&tx, idle.name()).await?;
    tx.commit().await?;
    slots.switch(idle.name());
    Ok(())
}
