//! The engine on PostgreSQL: group commit, dense positions.
//!
//! Each process has one appender, which owns a connection and takes whatever appends wait as one batch: one call, one
//! commit, one fsync. The row lock on `log.head` puts the batches of all processes in order, so the order of positions
//! is the order of commits and a reader needs nothing but `position > $1 ORDER BY position`.

mod appender;
mod batch;
mod connection;
mod migrations;
mod reader;
mod vault;
mod watcher;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chronodon_events::{Position, Version};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio_postgres::Config;

use self::appender::{Appender, Waiting};
use self::connection::Shared;
use crate::{Append, AppendError, Appended, EventLog, OpenError, ReadError, SealedEvent, StreamName, Subscription};

pub use self::migrations::migrate;
pub use self::vault::PostgresVault;

/// The bounds of a [`PostgresLog`]. The defaults are right except in tests.
#[derive(Clone, Debug)]
pub struct PostgresOptions {
    /// Appends that may wait; one more is [`AppendError::Busy`].
    pub queue_max: usize,
    /// The payloads of all appends that wait, in bytes; more is [`AppendError::Busy`].
    pub queue_bytes_max: usize,
    /// Appends that are committed together.
    pub batch_appends_max: usize,
    /// Their payloads together, in bytes.
    pub batch_bytes_max: usize,
    /// How long PostgreSQL waits for the lock on the head, and how long a batch may take in it.
    pub statement_timeout: Duration,
    /// How long an append is tried before it is answered with [`AppendError::Unavailable`].
    pub append_timeout: Duration,
    /// How often the head is looked at for what other processes appended, while somebody follows the log.
    pub poll_interval: Duration,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            queue_max: 4096,
            queue_bytes_max: 64 << 20,
            batch_appends_max: 512,
            batch_bytes_max: 8 << 20,
            statement_timeout: Duration::from_secs(2),
            append_timeout: Duration::from_secs(10),
            poll_interval: Duration::from_millis(50),
        }
    }
}

/// A log in PostgreSQL. Clones are the same log with the same appender.
#[derive(Clone)]
pub struct PostgresLog {
    shared: Arc<Inner>,
}

struct Inner {
    queue: mpsc::Sender<Waiting>,
    queue_bytes: Arc<Semaphore>,
    append_timeout: Duration,
    pages: Shared,
    streams: Shared,
    head: watch::Sender<Position>,
    tasks: Mutex<Option<Tasks>>,
}

struct Tasks {
    stop: oneshot::Sender<()>,
    appender: JoinHandle<()>,
    watcher: JoinHandle<()>,
}

impl PostgresLog {
    /// Opens the log of a database whose migrations were run, and starts its appender.
    ///
    /// # Errors
    /// When the database cannot be reached or holds no log.
    pub async fn open(config: Config, options: PostgresOptions) -> Result<Self, OpenError> {
        let pages = Shared::new(config.clone());
        let head = watch::Sender::new(reader::check_migrated(&pages).await?);
        let (queue, waiting) = mpsc::channel(options.queue_max);
        let (stop, stopped) = oneshot::channel();
        let append_timeout = options.append_timeout;
        let queue_bytes = Arc::new(Semaphore::new(options.queue_bytes_max));
        let watcher = tokio::spawn(watcher::watch(config.clone(), options.poll_interval, head.clone()));
        let streams = Shared::new(config.clone());
        let appender = tokio::spawn(Appender::new(config, options, waiting, head.clone()).run(stopped));
        let tasks = Mutex::new(Some(Tasks { stop, appender, watcher }));
        Ok(Self { shared: Arc::new(Inner { queue, queue_bytes, append_timeout, pages, streams, head, tasks }) })
    }
}

#[async_trait]
impl EventLog for PostgresLog {
    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        append.check()?;
        let bytes = u32::try_from(append.payload_bytes()).expect("checked above");
        let room = Arc::clone(&self.shared.queue_bytes).try_acquire_many_owned(bytes).map_err(|_| AppendError::Busy)?;
        let (reply, answer) = oneshot::channel();
        let deadline = Instant::now() + self.shared.append_timeout;
        let closed = || AppendError::Unavailable("the log is shutting down".to_owned());
        self.shared.queue.try_send(Waiting::new(append, reply, deadline, room)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => AppendError::Busy,
            mpsc::error::TrySendError::Closed(_) => closed(),
        })?;
        answer.await.map_err(|_| closed())?
    }

    async fn read_stream(
        &self,
        stream: &StreamName,
        after: Version,
        max: usize,
    ) -> Result<Vec<SealedEvent>, ReadError> {
        reader::read_stream(&self.shared.streams, stream, after, max).await
    }

    async fn read_all(&self, after: Position, max: usize) -> Result<Vec<SealedEvent>, ReadError> {
        reader::read_all(&self.shared.pages, after, max).await
    }

    async fn head(&self) -> Result<Position, ReadError> {
        reader::head(&self.shared.streams).await
    }

    fn subscribe(&self, after: Position) -> Subscription {
        Subscription::new(Arc::new(self.clone()), after, self.shared.head.subscribe())
    }

    async fn shutdown(&self) {
        let tasks = self.shared.tasks.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Tasks { stop, appender, watcher }) = tasks {
            let _ = stop.send(());
            watcher.abort();
            if let Err(error) = appender.await {
                tracing::error!(%error, "the appender ended badly");
            }
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(tasks) = self.tasks.lock().unwrap_or_else(PoisonError::into_inner).take() {
            tasks.watcher.abort();
        }
    }
}

/// Tells the followers of the log that it has grown.
fn advance(head: &watch::Sender<Position>, to: Position) {
    head.send_if_modified(|head| {
        let later = to > *head;
        *head = to.max(*head);
        later
    });
}
