//! Sends what is due. Every process has one; none waits for another.
//!
//! It claims, hands out to lanes, and begins as many deliveries as may be under way; what came of them is gathered and
//! written down by the batch beside it, so that no turn waits for the database.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chronodon_activitypub::signature::Scheme;
use chronodon_domain::limits::DELIVERIES_MAX;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::{JoinError, JoinSet};
use uuid::Uuid;

use super::host::{Health, Lane, OPEN};
use super::hosts;
use super::queue::{self, Claimed, LEASE, Outcome};
use super::send::{Body, Sent, send};
use crate::app::App;
use crate::clock;

/// Deliveries at a time to hosts that have not taken anything yet, or fail: the others always have turns left.
const UNPROVEN_MAX: usize = DELIVERIES_MAX / 2;
/// Deliveries that are claimed and wait in this process.
const WAITING_MAX: usize = 2_048;
/// Those of one host, after which no more of it are claimed.
const LANE_MAX: usize = queue::PER_HOST_MAX as usize / 2;
/// Between two looks at an empty queue, and after a fault.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// How long before its lease ends a delivery is not begun any more: it may take that long.
const LEASE_LEFT: Duration = Duration::from_secs(40);
/// Outcomes that one transaction writes down.
const SETTLED_MAX: usize = 500;
/// Lanes after which those are forgotten in which nothing happens.
const LANES_KEPT_MAX: usize = 20_000;
/// Bytes of bodies kept in memory.
const BODIES_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// A delivery in its lane.
struct Ready {
    claimed: Claimed,
    body: Arc<Body>,
    at: Instant,
}

/// What is written down beside.
enum Word {
    /// What came of a delivery.
    Settled(Claimed, Outcome),
    /// A host has taken something.
    Good(String, Scheme),
    /// A host has not.
    Bad(String),
    /// A host is left alone until then.
    Hold(String, Timestamp),
}

struct Worker {
    app: Arc<App>,
    lanes: HashMap<String, Lane<Ready>>,
    bodies: moka::sync::Cache<Uuid, Arc<Body>>,
    sending: JoinSet<(Sent, bool)>,
    /// Of those under way, how many go to hosts that have not taken anything yet, or fail.
    unproven: usize,
    words: Sender<Word>,
    waiting: usize,
    /// Lanes in which something waits.
    busy: HashSet<String>,
    /// Hosts that were left out of the last claim.
    full: Vec<String>,
    /// More may be due than was claimed.
    more: bool,
}

/// Sends without end.
pub(crate) async fn run(app: Arc<App>) {
    let (words, heard) = mpsc::channel(DELIVERIES_MAX * 4);
    let mut beside = JoinSet::new();
    beside.spawn(write_down(app.clone(), heard));
    let weight = |_: &Uuid, body: &Arc<Body>| u32::try_from(body.len()).unwrap_or(u32::MAX);
    let mut worker = Worker {
        app: app.clone(),
        lanes: HashMap::new(),
        bodies: moka::sync::Cache::builder().max_capacity(BODIES_BYTES_MAX).weigher(weight).build(),
        sending: JoinSet::new(),
        unproven: 0,
        words,
        waiting: 0,
        busy: HashSet::new(),
        full: Vec::new(),
        more: true,
    };
    let mut clock = tokio::time::interval(LOOK_AGAIN);
    clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        worker.fill().await;
        worker.begin().await;
        tokio::select! {
            Some(ended) = worker.sending.join_next() => {
                worker.ended(ended).await;
                while let Some(ended) = worker.sending.try_join_next() {
                    worker.ended(ended).await;
                }
            }
            () = app.deliveries.due.notified() => worker.more = true,
            _ = clock.tick() => {
                worker.more = true;
                worker.forget();
            }
        }
    }
}

impl Worker {
    /// Claims what is due, as far as there is room.
    async fn fill(&mut self) {
        if !self.more || self.waiting >= WAITING_MAX / 2 {
            return;
        }
        self.more = false;
        match self.claim().await {
            Ok(claimed) => self.more = claimed > 0,
            Err(error) => tracing::warn!(%error, "no deliveries can be claimed"),
        }
    }

    async fn claim(&mut self) -> anyhow::Result<usize> {
        let now = Instant::now();
        let full = self.lanes.iter().filter(|(_, lane)| lane.is_full(now, LANE_MAX));
        self.full = full.map(|(host, _)| host.clone()).collect();
        let room = i64::try_from(WAITING_MAX - self.waiting)?;
        let claimed = queue::claim(&self.app.server_tables, clock::now(), &self.full, room).await?;
        if claimed.is_empty() {
            return Ok(0);
        }
        self.open_lanes(&claimed).await?;
        self.load_bodies(&claimed).await?;
        let count = claimed.len();
        for claimed in claimed {
            let Some(body) = self.bodies.get(&claimed.body_id) else {
                let error = "there is no activity to send".to_owned();
                self.say(Word::Settled(claimed, Outcome::Failed { error, uncertain: false })).await;
                continue;
            };
            if let Some(lane) = self.lanes.get_mut(&claimed.to.host) {
                self.busy.insert(claimed.to.host.clone());
                lane.push(Ready { claimed, body, at: now });
                self.waiting += 1;
            }
        }
        Ok(count)
    }

    async fn open_lanes(&mut self, claimed: &[Claimed]) -> anyhow::Result<()> {
        let new = claimed.iter().map(|claimed| &claimed.to.host).filter(|host| !self.lanes.contains_key(*host));
        let new: BTreeSet<_> = new.cloned().collect();
        if new.is_empty() {
            return Ok(());
        }
        let new: Vec<_> = new.into_iter().collect();
        let schemes: HashMap<_, _> = hosts::schemes(&self.app.server_tables, &new).await?.into_iter().collect();
        self.lanes.extend(new.into_iter().map(|host| {
            let scheme = schemes.get(&host).copied();
            (host, Lane::new(scheme))
        }));
        Ok(())
    }

    async fn load_bodies(&mut self, claimed: &[Claimed]) -> anyhow::Result<()> {
        let mut missing: Vec<_> = claimed.iter().map(|claimed| claimed.body_id).collect();
        missing.sort_unstable();
        missing.dedup();
        missing.retain(|id| !self.bodies.contains_key(id));
        if missing.is_empty() {
            return Ok(());
        }
        for stored in queue::bodies(&self.app.server_tables, &missing).await? {
            let id = stored.id;
            if let Some(body) = Body::of(stored) {
                self.bodies.insert(id, Arc::new(body));
            }
        }
        Ok(())
    }

    /// Begins what may begin.
    async fn begin(&mut self) {
        let now = Instant::now();
        let mut stale = Vec::new();
        let Self { app, lanes, sending, unproven, waiting, busy, .. } = self;
        busy.retain(|host| {
            let Some(lane) = lanes.get_mut(host) else { return false };
            while sending.len() < DELIVERIES_MAX {
                let proven = lane.is_proven();
                let Some(ready) = lane.begin(now, *unproven < UNPROVEN_MAX) else { break };
                *waiting -= 1;
                if now.duration_since(ready.at) + LEASE_LEFT > LEASE {
                    lane.ended(Health::Unknown, now);
                    stale.push(ready.claimed);
                    continue;
                }
                *unproven += usize::from(!proven);
                let (app, scheme) = (app.clone(), lane.scheme);
                sending.spawn(async move { (send(&app, ready.claimed, &ready.body, scheme).await, !proven) });
            }
            lane.waits()
        });
        for claimed in stale {
            self.say(Word::Settled(claimed, Outcome::Returned { run_at: clock::now() })).await;
        }
    }

    async fn ended(&mut self, ended: Result<(Sent, bool), JoinError>) {
        let (sent, unproven) = match ended {
            Ok(ended) => ended,
            // Its lane has a turn less until the process ends; its delivery comes again.
            Err(error) => return tracing::error!(%error, "a delivery broke off"),
        };
        self.unproven -= usize::from(unproven);
        let (host, now) = (sent.claimed.to.host.clone(), Instant::now());
        let mut words = vec![Word::Settled(sent.claimed, sent.outcome)];
        if let Some(lane) = self.lanes.get_mut(&host) {
            let back = lane.ended(sent.health, now);
            self.waiting -= back.len();
            if lane.is_open(now) {
                let until = after(if let Health::Busy(time) = sent.health { time } else { OPEN });
                let returned = |ready: Ready| Word::Settled(ready.claimed, Outcome::Returned { run_at: until });
                words.extend(back.into_iter().map(returned));
                words.push(Word::Hold(host.clone(), until));
            }
            self.more |= !lane.is_full(now, LANE_MAX) && self.full.contains(&host);
            match (sent.scheme, sent.health) {
                (Some(scheme), _) if lane.says(lane.scheme != Some(scheme), now) => {
                    lane.scheme = Some(scheme);
                    words.push(Word::Good(host, scheme));
                }
                (_, Health::Bad) if lane.complains(now) => words.push(Word::Bad(host)),
                _ => {}
            }
        }
        for word in words {
            self.say(word).await;
        }
    }

    /// Keeps no more lanes than are worth it.
    fn forget(&mut self) {
        let now = Instant::now();
        if self.lanes.len() > LANES_KEPT_MAX {
            self.lanes.retain(|_, lane| !lane.is_idle(now));
        }
    }

    async fn say(&self, word: Word) {
        // Nobody listens when the process ends; then nothing is written down.
        let _ = self.words.send(word).await;
    }
}

fn after(time: Duration) -> Timestamp {
    let now = clock::now();
    SignedDuration::try_from(time).ok().and_then(|time| now.checked_add(time).ok()).unwrap_or(now)
}

/// Writes down what came of deliveries, as many as there are at a time.
async fn write_down(app: Arc<App>, mut heard: Receiver<Word>) {
    let mut words = Vec::new();
    while heard.recv_many(&mut words, SETTLED_MAX).await > 0 {
        let (mut settled, mut holds, mut heard_of) = (Vec::new(), Vec::new(), HostsHeardOf::default());
        for word in words.drain(..) {
            match word {
                Word::Settled(claimed, outcome) => settled.push((claimed, outcome)),
                Word::Good(host, scheme) => heard_of.good(host, scheme),
                Word::Bad(host) => heard_of.bad(host),
                Word::Hold(host, until) => holds.push((host, until)),
            }
        }
        if let Err(error) = heard_of.write_down(&app).await {
            tracing::warn!(%error, "what was learned about hosts could not be written down");
        }
        let mut written = queue::settle(&app.server_tables, &settled, clock::now()).await;
        for (host, until) in holds {
            written = written.and(queue::hold(&app.server_tables, &host, until).await);
        }
        match written {
            // What waited for one of these may be due now.
            Ok(()) => app.deliveries.wake(),
            Err(error) => tracing::warn!(%error, "deliveries could not be written down; they are done again"),
        }
    }
}

/// What one batch of words says of hosts. A failure counts from the last success before it.
#[derive(Default)]
struct HostsHeardOf {
    good: HashMap<String, Scheme>,
    bad: HashSet<String>,
}

impl HostsHeardOf {
    fn good(&mut self, host: String, scheme: Scheme) {
        self.bad.remove(&host);
        self.good.insert(host, scheme);
    }

    fn bad(&mut self, host: String) {
        self.bad.insert(host);
    }

    async fn write_down(self, app: &App) -> anyhow::Result<()> {
        let (good, bad): (Vec<_>, Vec<_>) = (self.good.into_iter().collect(), self.bad.into_iter().collect());
        hosts::succeeded(&app.server_tables, &good, clock::now()).await?;
        hosts::failed(&app.server_tables, &bad, clock::now()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_about_a_host_counts() {
        let mut heard = HostsHeardOf::default();
        heard.bad("up.example".to_owned());
        heard.good("up.example".to_owned(), Scheme::Cavage);
        heard.good("down.example".to_owned(), Scheme::Cavage);
        heard.bad("down.example".to_owned());
        assert_eq!(heard.bad, HashSet::from(["down.example".to_owned()]));
        assert_eq!(heard.good.len(), 2, "that one took something first ends what failed before");
    }
}
