//! Translates stored activities, many at a time: in order for each signer and for each thing that they are about.
//!
//! One process does this, whichever holds the lock; another takes over when that one's connection ends. Whatever is done
//! twice then is harmless: a command has the id of its activity.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::mem;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use deadpool_postgres::Object;
use futures::future::{Fuse, FusedFuture as _, FutureExt as _};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::MissedTickBehavior;
use tokio_postgres::Client;

use super::queue::{self, Row};
use super::translate::{self, Outcome, Stop};
use crate::app::App;
use crate::clock;

/// Activities that are translated at a time.
const AT_ONCE_MAX: usize = 32;
/// Activities that are looked at for something to begin with.
const WINDOW_MAX: usize = 1_000;
/// How long one may take; then it is tried again later.
const TIME_MAX: Duration = Duration::from_secs(120);
/// Between two looks at an empty table.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// After a fault, and between two tries to lead.
const REST: Duration = Duration::from_secs(2);
/// How often something is tried again at once that our own log or database could not do; and the first wait.
const AGAIN_MAX: u32 = 3;
const AGAIN_FIRST: Duration = Duration::from_millis(500);

/// Translates without end.
pub(crate) async fn run(app: Arc<App>) {
    loop {
        if let Err(error) = lead(&app).await {
            tracing::warn!(%error, "activities wait");
        }
        tokio::time::sleep(REST).await;
    }
}

/// Returns when another process leads; otherwise it ends in a fault.
async fn lead(app: &Arc<App>) -> anyhow::Result<()> {
    // Not the pool's any more: when it is dropped, its session ends, and with it the lock.
    let client = Object::take(app.server_tables.get().await?);
    if !queue::lead(&client).await? {
        return Ok(());
    }
    Dispatcher::default().work(app, &client).await
}

/// What this process has in hand. While it asks the table for more, and writes down what is done with, it goes on beginning.
#[derive(Default)]
struct Dispatcher {
    waiting: BTreeMap<i64, Row>,
    running: JoinSet<bool>,
    begun: HashMap<Id, Row>,
    finished: Vec<i64>,
    broken: Vec<Row>,
    /// Who was put off over what since the last look began: it may not have seen that.
    put_off: HashSet<(String, Vec<u8>)>,
}

impl Dispatcher {
    async fn work(mut self, app: &Arc<App>, client: &Client) -> anyhow::Result<()> {
        let mut again = tokio::time::interval(LOOK_AGAIN);
        again.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut has_more = true;
        let mut exchange = pin!(Fuse::terminated());
        loop {
            if exchange.is_terminated() {
                let look = self.look().filter(|_| has_more);
                has_more &= look.is_none();
                if look.is_some() || !self.finished.is_empty() {
                    self.put_off.clear();
                    exchange.set(self::exchange(client, mem::take(&mut self.finished), look).fuse());
                }
            }
            self.begin(app);
            tokio::select! {
                Some(ended) = self.running.join_next_with_id() => self.end(ended),
                due = &mut exchange => {
                    let due = due?;
                    has_more |= due.is_full;
                    self.take_up(due.rows);
                }
                () = app.inbox.arrived.notified() => has_more = true,
                _ = again.tick() => has_more = true,
            }
            while let Some(ended) = self.running.try_join_next_with_id() {
                self.end(ended);
            }
            for row in self.broken.drain(..) {
                queue::put_off(client, &row, "it broke off", clock::now()).await?;
            }
        }
    }

    /// What to look for, if there is room for it.
    fn look(&self) -> Option<Look> {
        let room = WINDOW_MAX.saturating_sub(self.waiting.len());
        if room < WINDOW_MAX / 2 {
            return None;
        }
        let begun = self.begun.values().map(|row| &row.id);
        let held = self.waiting.keys().chain(begun).chain(&self.finished).copied().collect();
        Some(Look { held, room })
    }

    fn take_up(&mut self, due: Vec<Row>) {
        for row in due {
            let is_late = |key: &Vec<u8>| self.put_off.contains(&(row.signer.clone(), key.clone()));
            if !row.object_key.as_ref().is_some_and(is_late) {
                self.waiting.insert(row.id, row);
            }
        }
    }

    /// What the same signer says later about the same thing waits in the table until this has been dealt with.
    fn give_back(&mut self, row: Row) {
        let Some(key) = row.object_key else { return };
        self.waiting.retain(|_, later| later.signer != row.signer || later.object_key.as_ref() != Some(&key));
        self.put_off.insert((row.signer, key));
    }

    /// Begins with the oldest of those that need not wait for another.
    fn begin(&mut self, app: &Arc<App>) {
        let mut ready = Vec::new();
        let mut signers: HashSet<&str> = self.begun.values().map(|row| &*row.signer).collect();
        let mut objects: HashSet<&[u8]> = self.begun.values().filter_map(|row| row.object_key.as_deref()).collect();
        for (id, row) in &self.waiting {
            if self.begun.len() + ready.len() >= AT_ONCE_MAX {
                break;
            }
            let first_of_signer = signers.insert(&row.signer);
            let first_of_object = row.object_key.as_deref().is_none_or(|key| objects.insert(key));
            if first_of_signer && first_of_object {
                ready.push(*id);
            }
        }
        for id in ready {
            let Some(row) = self.waiting.remove(&id) else { continue };
            let task = self.running.spawn(deal_with(app.clone(), row.clone()));
            self.begun.insert(task.id(), row);
        }
    }

    fn end(&mut self, ended: Result<(Id, bool), JoinError>) {
        match ended {
            Ok((id, is_settled)) => match self.begun.remove(&id) {
                Some(row) if is_settled => self.finished.push(row.id),
                Some(row) => self.give_back(row),
                None => {}
            },
            Err(error) => {
                tracing::error!(%error, "translating an activity broke off");
                if let Some(row) = self.begun.remove(&error.id()) {
                    self.broken.push(row.clone());
                    self.give_back(row);
                }
            }
        }
    }
}

/// What to look for.
struct Look {
    /// All but these.
    held: Vec<i64>,
    /// As many.
    room: usize,
}

/// What is due.
#[derive(Default)]
struct Due {
    rows: Vec<Row>,
    /// There may be more.
    is_full: bool,
}

/// Writes down what is done with, and looks for more.
async fn exchange(client: &Client, finished: Vec<i64>, look: Option<Look>) -> anyhow::Result<Due> {
    if !finished.is_empty() {
        queue::finish(client, &finished).await?;
    }
    let Some(Look { held, room }) = look else { return Ok(Due::default()) };
    let rows = queue::due(client, &held, clock::now(), i64::try_from(room).unwrap_or(i64::MAX)).await?;
    Ok(Due { is_full: rows.len() == room, rows })
}

/// Whether the activity has been dealt with for good. If not, it was put off.
async fn deal_with(app: Arc<App>, row: Row) -> bool {
    let counts = &app.inbox.counts;
    let (count, why) = match persevere(&app, &row).await {
        Ok(Outcome::Done) => (&counts.done, None),
        Ok(Outcome::Irrelevant) => (&counts.irrelevant, None),
        Ok(Outcome::Unsupported) => (&counts.unsupported, None),
        Err(Stop::Refused(why)) => {
            tracing::debug!(signer = row.signer, why, "an activity is refused");
            (&counts.refused, None)
        }
        Err(Stop::Theirs(why) | Stop::Ours(why)) => (&counts.failed, Some(why)),
    };
    count.fetch_add(1, Ordering::Relaxed);
    let Some(why) = why else { return true };
    tracing::debug!(signer = row.signer, attempts = row.attempts, why, "an activity is put off");
    if let Err(error) = put_off(&app, &row, &why).await {
        tracing::warn!(%error, "an activity could not be put off; it is tried again at once");
        tokio::time::sleep(REST).await;
    }
    false
}

async fn put_off(app: &App, row: &Row, why: &str) -> anyhow::Result<()> {
    let client = app.server_tables.get().await?;
    if queue::put_off(&client, row, why, clock::now()).await? {
        tracing::warn!(signer = row.signer, why, "an activity is given up");
    }
    Ok(())
}

/// What our own log or database could not do is tried again a few times before others of the signer get their turn.
async fn persevere(app: &App, row: &Row) -> Result<Outcome, Stop> {
    let mut wait = AGAIN_FIRST;
    for _ in 0..AGAIN_MAX {
        match in_time(app, row).await {
            Err(Stop::Ours(why)) => tracing::debug!(why, "an activity is tried again"),
            settled => return settled,
        }
        tokio::time::sleep(wait).await;
        wait *= 2;
    }
    in_time(app, row).await
}

async fn in_time(app: &App, row: &Row) -> Result<Outcome, Stop> {
    let translated = tokio::time::timeout(TIME_MAX, translate::translate(app, row)).await;
    translated.unwrap_or_else(|_| Err(Stop::Theirs("it took too long".to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: i64, signer: &str, object: &str) -> Row {
        let object_key = Some(object.as_bytes().to_vec());
        Row { id, dedup: vec![], signer: signer.to_owned(), object_key, body: vec![], attempts: 0 }
    }

    #[test]
    fn nothing_overtakes_what_was_put_off() {
        let mut dispatcher = Dispatcher::default();
        dispatcher.take_up(vec![row(2, "bob", "a"), row(3, "bob", "b"), row(4, "eve", "a")]);
        dispatcher.give_back(row(1, "bob", "a"));
        assert_eq!(dispatcher.waiting.keys().collect::<Vec<_>>(), [&3, &4]);
        // A look that began before it was put off.
        dispatcher.take_up(vec![row(5, "bob", "a"), row(6, "eve", "b")]);
        assert_eq!(dispatcher.waiting.keys().collect::<Vec<_>>(), [&3, &4, &6]);
    }
}
