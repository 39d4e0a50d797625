//! Follows the log for all reactors, behind the core group, and writes their jobs and checkpoints in one transaction.
//!
//! Every process follows; the lock on the checkpoints lets one at a time react, and the next finds it done.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chronodon_event_log::{Body, Recorded};
use chronodon_events::{Event, Position};
use chronodon_projections::core::inboxes;
use deadpool_postgres::Transaction;

use super::{Begin, REACTORS};
use crate::app::App;
use crate::ids;
use crate::jobs::queue::{self, NewJob};

/// Events that one transaction reacts to.
const BATCH_MAX: usize = 500;
/// After something new came: what comes right behind it goes into the same transaction.
const GATHER: Duration = Duration::from_millis(50);
/// Between two looks when nothing seems to come, and after a fault.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// Reacts without end.
pub(super) async fn run(app: Arc<App>) {
    let mut federates = false;
    loop {
        match step(&app, &mut federates).await {
            Ok(Step { reached, more: false }) => {
                let next = Position(reached.0.saturating_add(1));
                if app.waiter.wait_for(next, LOOK_AGAIN).await.is_ok() {
                    tokio::time::sleep(GATHER).await;
                }
            }
            Ok(Step { more: true, .. }) => {}
            Err(error) => {
                tracing::warn!(%error, "reactors wait and look again");
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        }
    }
}

struct Step {
    /// Where the last of the reactors stands.
    reached: Position,
    /// There is more than one transaction takes.
    more: bool,
}

/// Reacts to the next events that the core group has folded.
/// `federates`: whether any other server is known; once one is, that is not asked again.
async fn step(app: &App, federates: &mut bool) -> anyhow::Result<Step> {
    let folded = app.waiter.position();
    let mut client = app.server_tables.get().await?;
    let tx = client.transaction().await?;
    // Jobs and checkpoints are lost together or not at all.
    tx.batch_execute("SET LOCAL synchronous_commit = off; SET LOCAL idle_in_transaction_session_timeout = '30s'")
        .await?;
    let checkpoints = lock_checkpoints(&tx, app.opened_at).await?;
    let first = checkpoints.values().copied().min().unwrap_or(folded);
    if first >= folded {
        return Ok(Step { reached: first, more: false });
    }
    let page = app.history(first, BATCH_MAX).await?;
    let more = page.len() == BATCH_MAX;
    let events: Vec<_> = page.into_iter().take_while(|event| event.position <= folded).collect();
    let known = events.iter().take_while(|event| is_known(event)).count();
    if app.config.federation.enabled && !*federates {
        *federates = inboxes::any(&app.reader.apart()).await?;
    }
    let outward = *federates;
    let jobs: Vec<_> = events[..known].iter().flat_map(|event| reactions(event, &checkpoints, outward)).collect();
    queue::insert(&tx, &jobs).await?;
    let reached = events[..known].last().map_or(first, |event| event.position);
    move_checkpoints(&tx, reached).await?;
    tx.commit().await?;
    if !jobs.is_empty() {
        app.jobs_due.notify_one();
    }
    if known < events.len() {
        anyhow::bail!("the event at {} is of a type that a newer server wrote", events[known].position);
    }
    Ok(Step { reached, more })
}

/// Reactors that begin at the end begin where the log ended before this process took its first request.
async fn lock_checkpoints(tx: &Transaction<'_>, head: Position) -> anyhow::Result<HashMap<String, Position>> {
    let names: Vec<_> = REACTORS.iter().map(|reactor| reactor.name).collect();
    let begins = REACTORS.iter().map(|reactor| match reactor.begins {
        Begin::Start => 0,
        Begin::Head => head.0.cast_signed(),
    });
    let begins: Vec<_> = begins.collect();
    let sql = "INSERT INTO server.reactors (name, position) SELECT name, position FROM unnest($1::text[], $2::int8[]) AS new (name, position)
               ON CONFLICT DO NOTHING";
    tx.execute(sql, &[&names, &begins]).await?;
    let sql = "SELECT name, position FROM server.reactors WHERE name = ANY($1) ORDER BY name FOR UPDATE";
    let rows = tx.query(sql, &[&names]).await?;
    Ok(rows.iter().map(|row| (row.get(0), Position(row.get::<_, i64>(1).cast_unsigned()))).collect())
}

async fn move_checkpoints(tx: &Transaction<'_>, reached: Position) -> anyhow::Result<()> {
    let names: Vec<_> = REACTORS.iter().map(|reactor| reactor.name).collect();
    let sql = "UPDATE server.reactors SET position = greatest(position, $2) WHERE name = ANY($1)";
    tx.execute(sql, &[&names, &reached.0.cast_signed()]).await?;
    Ok(())
}

/// A type that this binary does not know is never skipped: a newer one wrote it.
fn is_known(event: &Recorded) -> bool {
    match &event.body {
        Body::Unreadable { event_type, .. } => Event::types().any(|known| known.name == *event_type),
        Body::Event(_) | Body::Erased(_) => true,
    }
}

/// What follows from an event, for the reactors that have not seen it.
fn reactions(at: &Recorded, checkpoints: &HashMap<String, Position>, outward: bool) -> Vec<NewJob> {
    let Body::Event(event) = &at.body else { return Vec::new() };
    let behind = REACTORS.iter().filter(|reactor| checkpoints.get(reactor.name).is_none_or(|at_| *at_ < at.position));
    let following = behind.filter(|reactor| outward || !reactor.outward).flat_map(|reactor| {
        let reactions = (reactor.react)(at, event).into_iter().enumerate();
        reactions.map(|(index, reaction)| NewJob {
            id: match &reaction.name {
                Some(name) => ids::command_id_of(&[reactor.name, name]),
                None => ids::command_id_of(&[&at.id.to_string(), reactor.name, &index.to_string()]),
            },
            job: reaction.job,
            cause: Some(at.id),
            run_at: at.recorded_at.saturating_add(reaction.after).unwrap_or(at.recorded_at),
        })
    });
    following.collect()
}
