//! Proof that the tables are what the log says: a scratch fold, compared row by row at one position.

use chronodon_event_log::Log;
use chronodon_events::Position;
use deadpool_postgres::Transaction;
use tokio_postgres::IsolationLevel;

use crate::group::Group;
use crate::rebuild::{Filling, PAGE, empty};
use crate::slot::lock_checkpoint;
use crate::{ProjectionError, Slots};

/// Differences listed before a verdict stops listing.
const DIFFERENCES_MAX: usize = 20;
/// Rounds in which a difference must persist: an erasure in between is no fault.
const ROUNDS: usize = 3;

/// A row that stands in one of the two only, or differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The table.
    pub table: &'static str,
    /// The row in service, if any.
    pub live: Option<String>,
    /// The row as the log says, if any.
    pub replayed: Option<String>,
}

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every row is what the log says.
    Equal {
        /// Where both stood.
        position: Position,
        /// How many rows were compared.
        rows: u64,
    },
    /// These rows are not.
    Different(Vec<Difference>),
    /// Streams are parked, so the tables lack their events.
    NotComparable {
        /// The parked streams.
        parked: Vec<String>,
    },
}

/// Compares the slot in service with a fold from the beginning.
///
/// # Errors
/// When an event cannot be folded, or the database or the log is away.
pub async fn verify<G: Group>(
    log: &Log,
    slots: &Slots<G>,
    progress: impl Fn(Position, Position),
) -> Result<Verdict, ProjectionError> {
    let mut verdict = Verdict::Different(Vec::new());
    for _ in 0..ROUNDS {
        verdict = verify_once::<G>(log, slots, &progress).await?;
        if !matches!(verdict, Verdict::Different(_)) {
            break;
        }
    }
    Ok(verdict)
}

async fn verify_once<G: Group>(
    log: &Log,
    slots: &Slots<G>,
    progress: &impl Fn(Position, Position),
) -> Result<Verdict, ProjectionError> {
    let parked = slots.standing().await?.parked;
    if !parked.is_empty() {
        return Ok(Verdict::NotComparable { parked });
    }
    let scratch = slots.beside("verify");
    let active = slots.active();
    empty::<G>(&scratch).await?;
    let mut hold_client = active.pool().get().await?;
    let near = checkpoint(&hold_client, active.name()).await?;
    let filling = Filling { log, slot: &scratch, batch: PAGE, progress };
    filling.up_to::<G>(near).await?;

    // The slot in service stands still while the scratch fold takes its last steps and a snapshot of both is taken.
    let hold = hold_client.transaction().await?;
    let (position, _) = lock_checkpoint(&hold, active.name()).await?;
    filling.up_to::<G>(position).await?;
    let mut client = scratch.pool().get().await?;
    let both =
        client.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true).start().await?;
    both.batch_execute("SET LOCAL statement_timeout = 0").await?;
    let parked = parked_streams(&both, active.name()).await?;
    hold.rollback().await?;

    if !parked.is_empty() {
        return Ok(Verdict::NotComparable { parked });
    }
    let mut rows = 0;
    let mut differences = Vec::new();
    for (table, key) in G::TABLES {
        rows += count(&both, scratch.name(), table).await?;
        differences.extend(compare(&both, active.name(), scratch.name(), table, key).await?);
    }
    Ok(if differences.is_empty() { Verdict::Equal { position, rows } } else { Verdict::Different(differences) })
}

async fn checkpoint(client: &tokio_postgres::Client, slot: &str) -> Result<Position, ProjectionError> {
    let row = client.query_one("SELECT position FROM projections.checkpoints WHERE slot = $1", &[&slot]).await?;
    Ok(Position(row.get::<_, i64>(0).cast_unsigned()))
}

async fn parked_streams(tx: &Transaction<'_>, slot: &str) -> Result<Vec<String>, ProjectionError> {
    let rows = tx.query(&format!("SELECT stream FROM {slot}.parked_streams ORDER BY stream"), &[]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

async fn count(tx: &Transaction<'_>, slot: &str, table: &str) -> Result<u64, ProjectionError> {
    Ok(tx.query_one(&format!("SELECT count(*) FROM {slot}.{table}"), &[]).await?.get::<_, i64>(0).cast_unsigned())
}

/// The rows of a table that are not the same in both slots.
async fn compare(
    tx: &Transaction<'_>,
    live: &str,
    replayed: &str,
    table: &'static str,
    key: &[(&str, &str)],
) -> Result<Vec<Difference>, ProjectionError> {
    let same_key: Vec<_> = key.iter().map(|(name, _)| format!("live.{name} = replayed.{name}")).collect();
    let sql = format!(
        "SELECT to_jsonb(live)::text, to_jsonb(replayed)::text
         FROM {live}.{table} AS live FULL JOIN {replayed}.{table} AS replayed ON {}
         WHERE to_jsonb(live) IS DISTINCT FROM to_jsonb(replayed) LIMIT {DIFFERENCES_MAX}",
        same_key.join(" AND ")
    );
    let rows = tx.query(&sql, &[]).await?;
    Ok(rows.iter().map(|row| Difference { table, live: row.get(0), replayed: row.get(1) }).collect())
}
