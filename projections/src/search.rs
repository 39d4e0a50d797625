//! The search group: an index of accounts, statuses and hashtags, one per process that serves.
//!
//! The index is folded from the log like every read model; its checkpoint is kept with each commit. It commits about
//! once a second while there is something new. Who searches right after posting waits for a commit of the post:
//! [`Search`] watches the core group's events for that, and knows whose writes are not findable yet.
//!
//! The index gives candidates. Whether a hit may be shown (visibility, the author's consent, blocks, suspensions) is
//! asked of the core group's tables, for a few more hits than are wanted, in a bounded number of rounds.
//!
//! What is deleted leaves its segment when that is merged; segments are rewritten for it within minutes.
//!
//! To make something findable: a field in `schema`, filled there from a document, which `fold` makes of events.

mod document;
mod eligible;
mod error;
mod find;
mod fold;
mod generation;
mod indexer;
mod newest;
mod own_writes;
mod place;
mod questions;
mod schema;
mod syntax;
mod words;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use chronodon_event_log::{LogReader, Recorded};
use chronodon_events::{AccountId, Position};
use tokio::sync::{Notify, Semaphore, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use error::SearchError;
pub use questions::{AccountsAsked, StatusesAsked};

use crate::{Observer, ProjectionError, Standing};
use generation::{Generation, View};
use indexer::{Indexer, Order};
use own_writes::OwnWrites;

/// The group's name.
pub const NAME: &str = "search";

/// Searches that run at the same time.
const SEARCHES_AT_ONCE: usize = 4;
/// How long a search waits for the searcher's own writes.
const OWN_WRITES_WAIT: Duration = Duration::from_secs(2);
/// An index that lags this far is being made; nobody waits for it.
const LAG_MAX: u64 = 10_000;
/// How long the last commit may take at the end.
const CLOSE_WAIT: Duration = Duration::from_secs(10);
/// Between two looks at a rebuild by another process.
const WISH_LOOK: Duration = Duration::from_millis(300);

/// The search group of this process. It finds nothing before it is started.
pub struct Search {
    log: LogReader,
    root: PathBuf,
    shared: Arc<Shared>,
    permits: Semaphore,
    running: Mutex<Option<Running>>,
}

struct Running {
    orders: mpsc::Sender<Order>,
    task: JoinHandle<()>,
}

/// What the indexer tells those who search.
struct Shared {
    view: ArcSwapOption<View>,
    /// All events up to here can be found.
    findable: watch::Sender<Position>,
    /// How far a rebuild is, and how far it must go.
    building: watch::Sender<(Position, Position)>,
    own_writes: OwnWrites,
    /// Somebody waits for a commit.
    hurry: Notify,
    closing: CancellationToken,
}

impl Shared {
    fn serve(&self, generation: &Generation) {
        self.view.store(Some(Arc::new(generation.view())));
        self.reach(generation.mark().position);
    }

    fn reach(&self, position: Position) {
        self.own_writes.findable(position);
        self.findable.send_replace(position);
    }
}

impl Search {
    /// A search over the index that lives in a directory. It does nothing until [`Self::start`].
    #[must_use]
    pub fn new(log: LogReader, directory: PathBuf) -> Self {
        let shared = Shared {
            view: ArcSwapOption::empty(),
            findable: watch::Sender::default(),
            building: watch::Sender::default(),
            own_writes: OwnWrites::default(),
            hurry: Notify::new(),
            closing: CancellationToken::new(),
        };
        let permits = Semaphore::new(SEARCHES_AT_ONCE);
        Self { log, root: directory, shared: Arc::new(shared), permits, running: Mutex::new(None) }
    }

    /// Takes a place for an index of this process and fills it, in the background. Once is enough.
    pub fn start(&self) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.is_none() {
            let (orders, received) = mpsc::channel(1);
            let indexer = Indexer {
                log: self.log.clone(),
                root: self.root.clone(),
                shared: self.shared.clone(),
                orders: received,
            };
            self.shared.own_writes.watch();
            *running = Some(Running { orders, task: tokio::spawn(indexer.run()) });
        }
    }

    /// Commits, and lets the place go.
    pub async fn close(&self) {
        self.shared.closing.cancel();
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(running) = running
            && tokio::time::timeout(CLOSE_WAIT, running.task).await.is_err()
        {
            tracing::warn!("the search index did not close in time; it goes on from its last commit");
        }
    }

    /// How far the indexes in this directory are: one per process that serves.
    #[must_use]
    pub fn standings(&self) -> Vec<Standing> {
        let standing = |(slot, mark): (String, generation::Mark)| Standing {
            group: NAME,
            slot: format!("{NAME}/{slot}"),
            position: mark.position,
            parked: mark.parked,
        };
        place::all(&self.root).into_iter().map(standing).collect()
    }

    /// Makes every index in this directory anew from the log while the old ones serve: its own, or those of the
    /// processes that serve, or, when nobody does, one for the next process.
    ///
    /// # Errors
    /// When the log or the disk fails.
    pub async fn rebuild(&self, progress: impl Fn(Position, Position)) -> Result<(), SearchError> {
        if self.orders().is_some() {
            return self.order(Order::Rebuild, progress).await;
        }
        let wishes = place::ask_for_rebuild(&self.root)?;
        if wishes.is_empty() {
            self.start();
            self.order(Order::Rebuild, progress).await?;
            self.close().await;
            return Ok(());
        }
        while wishes.iter().any(|wish| wish.exists()) {
            tokio::time::sleep(WISH_LOOK).await;
        }
        Ok(())
    }

    /// Commits, and rewrites segments until none holds what was deleted.
    ///
    /// # Errors
    /// When the index is not running, or the log or the disk fails.
    pub async fn purge(&self) -> Result<(), SearchError> {
        self.order(Order::Purge, |_, _| ()).await
    }

    async fn order(
        &self,
        order: impl FnOnce(oneshot::Sender<Result<(), SearchError>>) -> Order,
        progress: impl Fn(Position, Position),
    ) -> Result<(), SearchError> {
        let (done, mut outcome) = oneshot::channel();
        let orders = self.orders().ok_or(SearchError::CutShort)?;
        orders.send(order(done)).await.map_err(|_| SearchError::CutShort)?;
        let mut building = self.shared.building.subscribe();
        loop {
            tokio::select! {
                outcome = &mut outcome => return outcome.map_err(|_| SearchError::CutShort)?,
                Ok(()) = building.changed() => {
                    let (at, head) = *building.borrow_and_update();
                    progress(at, head);
                }
            }
        }
    }

    fn orders(&self) -> Option<mpsc::Sender<Order>> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.as_ref().map(|running| running.orders.clone())
    }

    /// What this process can find at this time; nothing while it is not started.
    fn view(&self) -> Option<Arc<View>> {
        self.shared.view.load_full()
    }

    /// Waits until what the searcher wrote can be found, but not long.
    async fn own_writes_of(&self, searcher: AccountId) {
        if let Some(written) = self.shared.own_writes.last_of(searcher) {
            self.findable(written).await;
        }
    }

    /// Waits until all up to a position can be found, but not long.
    async fn findable(&self, written: Position) {
        let mut findable = self.shared.findable.subscribe();
        let lag = written.0.saturating_sub(findable.borrow().0);
        if lag == 0 || lag > LAG_MAX {
            return;
        }
        self.shared.hurry.notify_one();
        let _ = tokio::time::timeout(OWN_WRITES_WAIT, findable.wait_for(|findable| *findable >= written)).await;
    }
}

#[async_trait::async_trait]
impl Observer for Search {
    async fn load(&self, _: &deadpool_postgres::Transaction<'_>) -> Result<(), ProjectionError> {
        Ok(())
    }

    fn applied(&self, events: &[Arc<Recorded>]) {
        self.shared.own_writes.applied(events, *self.shared.findable.borrow());
    }
}
