//! The task that fills this process's index from the log, commits it, rebuilds it, and rids it of what was deleted.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chronodon_event_log::{LogReader, Recorded};
use chronodon_events::Position;
use futures::future::join_all;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{interval, sleep, timeout};

use super::Shared;
use super::error::SearchError;
use super::generation::{CHANGES_MAX, Generation};
use super::place::{self, Place};

/// Between commits, while nobody waits for one.
const COMMIT_EVERY: Duration = Duration::from_secs(1);
/// Events that are read at once.
const BATCH_MAX: usize = 1_000;
/// Events that change nothing are not committed before there are this many.
const EMPTY_COMMIT_EVERY: u64 = 10_000;
/// Deleted documents may stay in segments this long, and longer where rewriting them takes long.
const PURGE_EVERY: Duration = Duration::from_secs(60);
/// A purge takes at most this share of the time.
const PURGE_SHARE: u32 = 20;
/// Purges after one another until nothing deleted is left, when somebody asks for that.
const PURGES_MAX: usize = 8;
/// Between two tries when the disk or the log is away.
const RETRY: Duration = Duration::from_secs(1);

/// What somebody waits for.
pub(super) enum Order {
    /// Everything anew from the log.
    Rebuild(oneshot::Sender<Result<(), SearchError>>),
    /// No segment holds what was deleted.
    Purge(oneshot::Sender<Result<(), SearchError>>),
}

pub(super) struct Indexer {
    pub(super) log: LogReader,
    pub(super) root: PathBuf,
    pub(super) shared: Arc<Shared>,
    pub(super) orders: tokio::sync::mpsc::Receiver<Order>,
}

/// One run over one open place.
struct Run<'a> {
    indexer: &'a mut Indexer,
    place: Place,
    live: Arc<Mutex<Generation>>,
    position: Position,
    committed: Position,
    rebuilding: Option<Rebuilding>,
    purged: Instant,
    purge_after: Duration,
}

struct Rebuilding {
    task: JoinHandle<Result<Generation, SearchError>>,
    done: Option<oneshot::Sender<Result<(), SearchError>>>,
}

impl Indexer {
    /// Runs until it is told to stop. Faults of the world are retried without end.
    pub(super) async fn run(mut self) {
        while !self.shared.closing.is_cancelled() {
            if let Err(error) = self.follow().await {
                tracing::warn!(%error, "the search index starts over");
                let _ = timeout(RETRY, self.shared.closing.cancelled()).await;
            }
        }
    }

    async fn follow(&mut self) -> Result<(), SearchError> {
        let root = self.root.clone();
        let (place, live) = blocking(move || {
            let place = Place::take(&root)?;
            let live = Generation::open(&place.half_in_service())?;
            place::remove(&place.idle_half(live.directory()))?;
            Ok((place, live))
        })
        .await?;
        let position = live.mark().position;
        self.shared.serve(&live);
        let live = Arc::new(Mutex::new(live));
        let (purged, purge_after) = (Instant::now(), PURGE_EVERY);
        let mut run =
            Run { indexer: self, place, live, position, committed: position, rebuilding: None, purged, purge_after };
        let done = run.follow().await;
        if let Some(rebuilding) = run.rebuilding.take() {
            rebuilding.task.abort();
        }
        done
    }
}

impl Run<'_> {
    async fn follow(&mut self) -> Result<(), SearchError> {
        let mut house = interval(COMMIT_EVERY);
        loop {
            let mut subscription = self.indexer.log.subscribe(self.position);
            let events = tokio::select! {
                () = self.indexer.shared.closing.cancelled() => return self.commit().await,
                events = subscription.next_batch(BATCH_MAX) => events?,
                _ = house.tick() => {
                    self.keep_house().await?;
                    continue;
                }
                Some(order) = self.indexer.orders.recv() => {
                    self.obey(order).await?;
                    continue;
                }
            };
            let near_the_end = events.len() < BATCH_MAX;
            let changes = self.fold(events).await?;
            if near_the_end {
                if changes > 0 {
                    self.gather().await?;
                }
                self.catch_up().await?;
                self.arrive().await?;
            } else if changes >= CHANGES_MAX || self.position.0 - self.committed.0 >= EMPTY_COMMIT_EVERY {
                self.commit().await?;
            }
        }
    }

    /// Lets more come before it is committed, unless somebody waits.
    async fn gather(&self) -> Result<(), SearchError> {
        let shared = &self.indexer.shared;
        tokio::select! {
            () = sleep(COMMIT_EVERY) => {}
            () = shared.hurry.notified() => {}
            () = shared.closing.cancelled() => {}
        }
        Ok(())
    }

    /// Folds what is in the log by now.
    async fn catch_up(&mut self) -> Result<(), SearchError> {
        loop {
            let events = self.indexer.log.read_all(self.position, BATCH_MAX).await?;
            let last = events.len() < BATCH_MAX;
            if self.fold(events).await? >= CHANGES_MAX {
                self.commit().await?;
            }
            if last {
                return Ok(());
            }
        }
    }

    /// At the log's end: what was folded becomes findable.
    async fn arrive(&mut self) -> Result<(), SearchError> {
        let (changes, complete) = self.look(|live| (live.changes(), live.mark().complete));
        self.look(Generation::complete);
        if changes > 0 || !complete || self.position.0 - self.committed.0 >= EMPTY_COMMIT_EVERY {
            self.commit().await
        } else {
            // Nothing to be found came with these events.
            self.indexer.shared.reach(self.position);
            Ok(())
        }
    }

    async fn fold(&mut self, events: Vec<Recorded>) -> Result<usize, SearchError> {
        let Some(end) = events.last().map(|event| event.position) else { return Ok(self.look(|live| live.changes())) };
        let changes = self
            .work(move |live| {
                live.fold(&events)?;
                Ok(live.changes())
            })
            .await?;
        self.position = end;
        Ok(changes)
    }

    async fn commit(&mut self) -> Result<(), SearchError> {
        self.work(Generation::commit).await?;
        self.committed = self.position;
        self.indexer.shared.reach(self.position);
        Ok(())
    }

    async fn keep_house(&mut self) -> Result<(), SearchError> {
        if self.rebuilding.as_ref().is_some_and(|rebuilding| rebuilding.task.is_finished()) {
            self.finish_rebuild().await?;
        }
        if self.rebuilding.is_none() && self.place.wishes() {
            self.start_rebuild(None);
        }
        if self.purged.elapsed() >= self.purge_after {
            self.purged = Instant::now();
            if self.look(|live| live.holds_deleted())? {
                self.purge_in_background()?;
            }
        }
        Ok(())
    }

    async fn obey(&mut self, order: Order) -> Result<(), SearchError> {
        match order {
            Order::Rebuild(done) if self.rebuilding.is_none() => self.start_rebuild(Some(done)),
            Order::Rebuild(done) => drop(done),
            Order::Purge(done) => {
                let purged = self.purge().await;
                let _ = done.send(purged);
            }
        }
        Ok(())
    }

    /// Until no segment holds what was deleted. Waits for it.
    async fn purge(&mut self) -> Result<(), SearchError> {
        self.catch_up().await?;
        self.commit().await?;
        for _ in 0..PURGES_MAX {
            let merges = self.look(Generation::purge)?;
            if merges.is_empty() {
                break;
            }
            join_all(merges).await;
            self.work(|live| live.tidy()).await?;
        }
        self.work(|live| live.tidy()).await
    }

    /// Merges run on tantivy's own thread; commits go on meanwhile.
    fn purge_in_background(&mut self) -> Result<(), SearchError> {
        let merges = self.look(Generation::purge)?;
        let live = self.live.clone();
        let began = Instant::now();
        tokio::spawn(async move {
            // A segment that is being merged already is left for the next time.
            join_all(merges).await;
            tracing::debug!(milliseconds = began.elapsed().as_millis(), "deleted documents left the search index");
            let _ = blocking(move || lock(&live).tidy()).await;
        });
        // Unknown until it ends; a segment of a million documents takes some seconds.
        let documents = self.look(|live| live.view().reader.searcher().num_docs());
        self.purge_after = PURGE_EVERY.max(Duration::from_micros(documents * 10) * PURGE_SHARE);
        Ok(())
    }

    fn start_rebuild(&mut self, done: Option<oneshot::Sender<Result<(), SearchError>>>) {
        let directory = self.place.idle_half(self.look(|live| live.directory().to_owned()).as_path());
        let (log, shared) = (self.indexer.log.clone(), self.indexer.shared.clone());
        self.rebuilding = Some(Rebuilding { task: tokio::spawn(build(log, directory, shared)), done });
    }

    /// The rebuilt half catches up with the one in service, and takes over.
    async fn finish_rebuild(&mut self) -> Result<(), SearchError> {
        let Some(Rebuilding { task, done }) = self.rebuilding.take() else { return Ok(()) };
        let rebuilt = task.await.map_err(|_| SearchError::CutShort).and_then(|built| built);
        let outcome = match rebuilt {
            Ok(rebuilt) => self.take_over(rebuilt).await,
            Err(error) => Err(error),
        };
        if let Err(error) = &outcome {
            tracing::error!(%error, "the search index could not be rebuilt; the old one serves on");
        }
        self.place.granted();
        if let Some(done) = done {
            let _ = done.send(outcome);
        }
        Ok(())
    }

    async fn take_over(&mut self, mut rebuilt: Generation) -> Result<(), SearchError> {
        while rebuilt.mark().position < self.position {
            let events = self.indexer.log.read_all(rebuilt.mark().position, BATCH_MAX).await?;
            if events.is_empty() {
                break;
            }
            rebuilt = blocking(move || {
                rebuilt.fold(&events)?;
                Ok(rebuilt)
            })
            .await?;
        }
        rebuilt.complete();
        let rebuilt = blocking(move || {
            rebuilt.commit()?;
            Ok(rebuilt)
        })
        .await?;
        self.position = rebuilt.mark().position;
        self.committed = self.position;
        self.indexer.shared.serve(&rebuilt);
        let old = std::mem::replace(&mut self.live, Arc::new(Mutex::new(rebuilt)));
        blocking(move || {
            let directory = lock(&old).directory().to_owned();
            drop(old);
            place::remove(&directory)
        })
        .await
    }

    fn look<T>(&self, look: impl FnOnce(&mut Generation) -> T) -> T {
        look(&mut lock(&self.live))
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Generation) -> Result<T, SearchError> + Send + 'static,
    ) -> Result<T, SearchError> {
        let live = self.live.clone();
        blocking(move || work(&mut lock(&live))).await
    }
}

/// Fills an empty index up to the log's end, and tells how far it is.
async fn build(log: LogReader, directory: PathBuf, shared: Arc<Shared>) -> Result<Generation, SearchError> {
    let head = log.head().await?;
    let empty = directory.clone();
    let mut generation = blocking(move || make_empty(&empty)).await?;
    loop {
        let position = generation.mark().position;
        shared.building.send_replace((position, head));
        let events = log.read_all(position, BATCH_MAX).await?;
        let last = events.len() < BATCH_MAX || position >= head;
        generation = blocking(move || {
            generation.fold(&events)?;
            if generation.changes() >= CHANGES_MAX {
                generation.commit()?;
            }
            Ok(generation)
        })
        .await?;
        if last {
            return Ok(generation);
        }
    }
}

fn make_empty(directory: &Path) -> Result<Generation, SearchError> {
    place::remove(directory)?;
    Generation::open(directory)
}

fn lock(generation: &Mutex<Generation>) -> std::sync::MutexGuard<'_, Generation> {
    generation.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Work that waits for the disk.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SearchError> + Send + 'static,
) -> Result<T, SearchError> {
    spawn_blocking(work).await.map_err(|_| SearchError::CutShort)?
}
