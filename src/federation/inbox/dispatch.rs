//! Translates stored activities, many at a time: in order for each signer and for each thing that they are about.
//!
//! One process does this, whichever holds the lock; another takes over when that one's connection ends. Whatever is done
//! twice then is harmless: a command has the id of its activity.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use deadpool_postgres::Object;
use tokio::task::{Id, JoinError, JoinSet};
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
/// Between two looks at an empty table, and between two tries to lead.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// After a fault.
const REST: Duration = Duration::from_secs(2);
/// How often something is tried again at once that our own log or database could not do; and the first wait.
const AGAIN_MAX: u32 = 3;
const AGAIN_FIRST: Duration = Duration::from_millis(500);

/// Translates without end.
pub(crate) async fn run(app: Arc<App>) {
    loop {
        let rest = match lead(&app).await {
            Ok(()) => LOOK_AGAIN,
            Err(error) => {
                tracing::warn!(%error, "activities wait");
                REST
            }
        };
        tokio::time::sleep(rest).await;
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

/// What this process has in hand.
#[derive(Default)]
struct Dispatcher {
    waiting: BTreeMap<i64, Row>,
    running: JoinSet<bool>,
    begun: HashMap<Id, Row>,
    finished: Vec<i64>,
    broken: Vec<Row>,
}

impl Dispatcher {
    async fn work(mut self, app: &Arc<App>, client: &Client) -> anyhow::Result<()> {
        loop {
            self.look(client).await?;
            self.begin(app);
            tokio::select! {
                Some(ended) = self.running.join_next_with_id() => self.end(ended),
                () = app.inbox.arrived.notified() => {}
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            }
            while let Some(ended) = self.running.try_join_next_with_id() {
                self.end(ended);
            }
            if !self.finished.is_empty() {
                queue::finish(client, &self.finished).await?;
                self.finished.clear();
            }
            for row in self.broken.drain(..) {
                queue::put_off(client, &row, "it broke off", clock::now()).await?;
            }
        }
    }

    /// Takes up what is due.
    async fn look(&mut self, client: &Client) -> anyhow::Result<()> {
        let free = WINDOW_MAX.saturating_sub(self.waiting.len());
        if free < WINDOW_MAX / 2 {
            return Ok(());
        }
        let held: Vec<_> = self.waiting.keys().copied().chain(self.begun.values().map(|row| row.id)).collect();
        let free = i64::try_from(free).unwrap_or(i64::MAX);
        let due = queue::due(client, &held, clock::now(), free).await?;
        self.waiting.extend(due.into_iter().map(|row| (row.id, row)));
        Ok(())
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
            Ok((id, is_settled)) => {
                let row = self.begun.remove(&id).filter(|_| is_settled);
                self.finished.extend(row.map(|row| row.id));
            }
            Err(error) => {
                tracing::error!(%error, "translating an activity broke off");
                self.broken.extend(self.begun.remove(&error.id()));
            }
        }
    }
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
