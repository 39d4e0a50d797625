//! One batch of events, folded over the rows it touches and written in the transaction that moves the checkpoint.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use chronodon_event_log::{Body, Recorded};
use chronodon_events::Position;
use deadpool_postgres::Transaction;
use futures::future::try_join_all;
use futures::try_join;

use crate::ProjectionError;
use crate::changes::Changes;
use crate::group::Group;
use crate::slot::move_checkpoint;

/// Set in the transaction of a fold. The log has what is folded, so a crash may take it. Rows are found by their keys: what
/// is planned while the tables are empty must not read all of them once they are not.
pub(crate) const SESSION: &str = "SET LOCAL synchronous_commit = off; SET LOCAL plan_cache_mode = force_generic_plan;
    SET LOCAL enable_seqscan = off";
/// Loads that a batch may need: rows named by events, rows named by those rows.
const LOADS_MAX: usize = 3;

/// What becomes of events that cannot be folded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OnPoison {
    /// Live: set the event's stream aside, go on with the rest. These are aside already.
    Park(BTreeSet<String>),
    /// Rebuild and verify: stop.
    Stop,
}

/// What a fold has done.
#[derive(Debug, Default)]
pub(crate) struct Folded {
    /// Rows that it wrote or removed.
    pub(crate) changes: Changes,
    /// Streams that are set aside, those that were before among them.
    pub(crate) parked: BTreeSet<String>,
}

/// Folds `events` into the tables of a slot, moves its checkpoint on from `from`, and tells which rows changed. The
/// transaction holds the checkpoint's lock.
pub(crate) async fn fold<G: Group>(
    tx: &Transaction<'_>,
    (slot, from): (&str, Position),
    events: &[&Recorded],
    on_poison: OnPoison,
) -> Result<Folded, ProjectionError> {
    let (mut parked, park_more) = match on_poison {
        OnPoison::Park(parked) => (parked, true),
        OnPoison::Stop => (BTreeSet::new(), false),
    };
    let mut state = loop {
        let mut state = G::default();
        load(tx, &mut state, events).await?;
        match fold_in_memory(&mut state, events, &parked) {
            Ok(()) => break state,
            Err((event, reason)) if park_more => {
                tracing::error!(position = %event.position, %reason, "parking a stream that cannot be folded");
                park(tx, event, &reason).await?;
                parked.insert(event.stream.to_string());
            }
            Err((event, reason)) => return Err(ProjectionError::Poison { position: event.position, reason }),
        }
    };
    let flushes = state.tables().into_iter().map(|table| async move { Ok((table.name(), table.flush(tx).await?)) });
    let (flushed, moved) = try_join!(try_join_all(flushes), move_checkpoint(tx, slot, from, end_of(events, from)))?;
    if !moved {
        return Err(ProjectionError::Log("another runner moved the checkpoint".to_owned()));
    }
    let mut changes = Changes::default();
    flushed.into_iter().for_each(|(table, rows)| changes.add(table, rows));
    Ok(Folded { changes, parked })
}

async fn load<G: Group>(tx: &Transaction<'_>, state: &mut G, events: &[&Recorded]) -> Result<(), ProjectionError> {
    for _ in 0..LOADS_MAX {
        for event in events {
            // An event whose wants panic is found by the fold, which parks its stream.
            let _ = catch_unwind(AssertUnwindSafe(|| state.want(event)));
        }
        let loaded = try_join_all(state.tables().into_iter().map(|table| table.load(tx))).await?;
        if !loaded.contains(&true) {
            break;
        }
    }
    Ok(())
}

/// The first event that cannot be folded, and why.
fn fold_in_memory<'a, G: Group>(
    state: &mut G,
    events: &[&'a Recorded],
    parked: &BTreeSet<String>,
) -> Result<(), (&'a Recorded, String)> {
    for event in events.iter().filter(|event| !parked.contains(&*event.stream.to_string())) {
        if let Body::Unreadable { reason, .. } = &event.body {
            return Err((event, reason.to_string()));
        }
        if catch_unwind(AssertUnwindSafe(|| state.apply(event))).is_err() {
            return Err((event, "a projection panicked".to_owned()));
        }
    }
    Ok(())
}

async fn park(tx: &Transaction<'_>, event: &Recorded, reason: &str) -> Result<(), ProjectionError> {
    tx.execute(
        "INSERT INTO parked_streams (stream, position, reason) VALUES ($1, $2, $3) ON CONFLICT (stream) DO NOTHING",
        &[&event.stream.to_string(), &event.position.0.cast_signed(), &reason],
    )
    .await?;
    Ok(())
}

/// The position of the last event, or `from` when there is none.
fn end_of(events: &[&Recorded], from: Position) -> Position {
    events.last().map_or(from, |event| event.position)
}
