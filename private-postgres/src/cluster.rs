//! One cluster as a process of ours sees it: opened, shared with other processes, supervised, stopped.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Config, NoTls};

use crate::error::{Error, at};
use crate::lock::LockFile;
use crate::place::Place;
use crate::postmaster::{self, Postmaster};
use crate::settings::Options;
use crate::{ROLE, binaries};

/// How often a wait for the server process looks again.
const POLL: Duration = Duration::from_millis(20);
/// How often the supervisor looks whether the server process lives.
const SUPERVISE: Duration = Duration::from_millis(200);
/// The pause after a restart that failed.
const RESTART_PAUSE: Duration = Duration::from_secs(2);
/// How often a server process that ends while starting is started again: after a crash of the postmaster alone its
/// orphans hold the shared memory for a moment.
const SPAWN_ATTEMPTS_MAX: u32 = 5;
/// How long an immediate shutdown may take.
const KILL_TIMEOUT: Duration = Duration::from_secs(10);

/// A running PostgreSQL cluster. Clones share it. Dropping every clone leaves PostgreSQL running, as a crash would:
/// call [`Cluster::stop`].
#[derive(Clone, Debug)]
pub struct Cluster {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    place: Place,
    options: Options,
    socket_directory: PathBuf,
    start_lock: PathBuf,
    users: LockFile,
    postmaster: Mutex<Postmaster>,
    stopping: AtomicBool,
}

impl Cluster {
    /// Opens the cluster of a data directory: makes it where there is none, adopts a server process that runs already,
    /// starts one otherwise, and returns once it accepts connections.
    pub async fn open(data_directory: &Path, options: Options) -> Result<Self, Error> {
        // Others may pass, as the database's user must, but not look around.
        let made = DirBuilder::new().recursive(true).mode(0o711).create(data_directory);
        made.map_err(at(data_directory))?;
        let data_directory = fs::canonicalize(data_directory).map_err(at(data_directory))?;
        let start_lock = data_directory.join("postgres.lock");
        let held = LockFile::exclusive(&start_lock, options.start_timeout).await?;
        let place = Place::settle(&data_directory, &options)?;
        let users = LockFile::open(&place.users_lock())?;
        let (postmaster, socket_directory) = bring_up(&place, &options, None).await?;
        if !users.try_shared()? {
            return Err(Error::Busy { path: place.users_lock(), seconds: 0 });
        }
        drop(held);
        let (postmaster, stopping) = (Mutex::new(postmaster), AtomicBool::new(false));
        let inner = Inner { place, options, socket_directory, start_lock, users, postmaster, stopping };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Whether a data directory has a cluster already, running or not.
    #[must_use]
    pub fn exists(data_directory: &Path) -> bool {
        data_directory.join("postgres/cluster/PG_VERSION").exists()
    }

    /// How to connect to one of its databases.
    #[must_use]
    pub fn config(&self, database: &str) -> Config {
        config(&self.inner.socket_directory, database)
    }

    /// The same as a URL, for other programs.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        let directory = self.inner.socket_directory.to_string_lossy();
        format!("postgresql://{ROLE}@{}/{}", percent_encode(&directory), percent_encode(database))
    }

    /// The server process of this moment.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.postmaster().pid
    }

    /// Where PostgreSQL keeps its files (`PGDATA`).
    #[must_use]
    pub fn directory(&self) -> PathBuf {
        self.inner.place.cluster()
    }

    /// Makes a database unless it is there.
    pub async fn create_database(&self, name: &str) -> Result<(), Error> {
        let (client, connection) = self.config("postgres").connect(NoTls).await?;
        let driver = tokio::spawn(connection);
        let there = client.query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&name]).await?;
        if there.is_none() {
            let made = client.batch_execute(&format!("CREATE DATABASE {}", quote_identifier(name))).await;
            // Another process may have made it between the two statements.
            if made.as_ref().err().and_then(|error| error.code()) != Some(&SqlState::DUPLICATE_DATABASE) {
                made?;
            }
        }
        drop(client);
        let _ = driver.await;
        Ok(())
    }

    /// Restarts the server process whenever it is found dead, until [`Cluster::stop`] is called.
    pub fn supervise(&self) -> JoinHandle<()> {
        let cluster = self.clone();
        tokio::spawn(async move {
            while !cluster.is_stopping() {
                tokio::time::sleep(SUPERVISE).await;
                if cluster.is_stopping() || cluster.postmaster().is_alive() {
                    continue;
                }
                tracing::error!(pid = cluster.pid(), "PostgreSQL died; starting it again");
                match cluster.restart().await {
                    Ok(()) => tracing::info!(pid = cluster.pid(), "PostgreSQL runs again"),
                    Err(error) => {
                        tracing::error!(%error, "PostgreSQL could not be started");
                        tokio::time::sleep(RESTART_PAUSE).await;
                    }
                }
            }
        })
    }

    /// Stops the server process by a fast shutdown, unless another process of ours still uses it.
    pub async fn stop(&self) -> Result<(), Error> {
        if self.inner.stopping.swap(true, Ordering::SeqCst) {
            return Ok(());
        }
        let _held = LockFile::exclusive(&self.inner.start_lock, self.inner.options.start_timeout).await?;
        self.inner.users.unlock()?;
        if !self.inner.users.try_exclusive()? {
            return Ok(());
        }
        let stopped = self.end().await;
        // Empty once the server has ended, and made anew at the next start. Where it is not empty, it stays.
        let _ = fs::remove_dir(&self.inner.socket_directory);
        self.inner.users.unlock()?;
        stopped
    }

    /// Ends the server process as a loss of power would. For fault tests: the supervisor starts it again.
    pub fn kill_immediately(&self) {
        self.postmaster().stop_immediately();
    }

    /// Whether this handle started the server process, instead of adopting one.
    pub(crate) fn started_here(&self) -> bool {
        self.postmaster().is_child()
    }

    /// The locks of starting and of using, for the watchdog of the test cluster.
    pub(crate) fn locks(&self) -> [PathBuf; 2] {
        [self.inner.start_lock.clone(), self.inner.place.users_lock()]
    }

    async fn end(&self) -> Result<(), Error> {
        self.look_again();
        self.postmaster().stop_fast();
        if self.ends_within(self.inner.options.stop_timeout).await {
            return Ok(());
        }
        tracing::warn!(pid = self.pid(), "PostgreSQL takes too long to stop; stopping it at once");
        self.postmaster().stop_immediately();
        if self.ends_within(KILL_TIMEOUT).await { Ok(()) } else { Err(Error::NotStopped { pid: self.pid() }) }
    }

    /// Another process may have restarted PostgreSQL since we last looked.
    fn look_again(&self) {
        let mut postmaster = self.postmaster();
        if !postmaster.is_alive()
            && let Some((successor, _)) = Postmaster::adopt(&self.directory())
        {
            *postmaster = successor;
        }
    }

    async fn ends_within(&self, timeout: Duration) -> bool {
        let deadline = Instant::now() + timeout;
        while self.postmaster().is_alive() {
            if Instant::now() > deadline {
                return false;
            }
            tokio::time::sleep(POLL).await;
        }
        true
    }

    async fn restart(&self) -> Result<(), Error> {
        let _held = LockFile::exclusive(&self.inner.start_lock, self.inner.options.start_timeout).await?;
        if self.is_stopping() {
            return Ok(());
        }
        let socket_directory = Some(self.inner.socket_directory.clone());
        let (successor, _) = bring_up(&self.inner.place, &self.inner.options, socket_directory).await?;
        *self.postmaster() = successor;
        Ok(())
    }

    fn is_stopping(&self) -> bool {
        self.inner.stopping.load(Ordering::SeqCst)
    }

    /// Every critical section leaves the value whole, so a panic in one does not matter to the next.
    fn postmaster(&self) -> MutexGuard<'_, Postmaster> {
        self.inner.postmaster.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Adopts or starts the server process and waits until it is ready. The caller holds the start lock.
async fn bring_up(
    place: &Place,
    options: &Options,
    socket_directory: Option<PathBuf>,
) -> Result<(Postmaster, PathBuf), Error> {
    let deadline = Instant::now() + options.start_timeout;
    let binaries = binaries::find(&place.cluster())?;
    if !place.cluster().exists() {
        tracing::info!(directory = %place.cluster().display(), major = binaries.major, "making a PostgreSQL cluster");
        let (binaries, place, durability) = (binaries.clone(), place.clone(), options.durability);
        let made = tokio::task::spawn_blocking(move || postmaster::initialise(&binaries, &place, durability));
        made.await.expect("initialise does not panic, and nobody cancels it")?;
    }
    for _ in 0..SPAWN_ATTEMPTS_MAX {
        let (mut postmaster, socket_directory) = match Postmaster::adopt(&place.cluster()) {
            Some(adopted) => adopted,
            None => {
                let directory = socket_directory.clone().map_or_else(|| place.make_socket_directory(), Ok)?;
                (Postmaster::spawn(&binaries, place, &directory, options)?, directory)
            }
        };
        if ready(&mut postmaster, &socket_directory, deadline, options).await? {
            return Ok((postmaster, socket_directory));
        }
        tokio::time::sleep(SUPERVISE).await;
    }
    Err(Error::Start { log: postmaster::log_tail(&place.log()) })
}

/// Waits until a connection succeeds; false when the process ended instead.
async fn ready(
    postmaster: &mut Postmaster,
    socket_directory: &Path,
    deadline: Instant,
    options: &Options,
) -> Result<bool, Error> {
    let config = config(socket_directory, "postgres");
    loop {
        let refused = match config.connect(NoTls).await {
            Ok(_) => return Ok(true),
            // Full is up: whoever comes later may find a place.
            Err(error) if error.code() == Some(&SqlState::TOO_MANY_CONNECTIONS) => return Ok(true),
            Err(error) => error,
        };
        if !postmaster.is_alive() {
            return Ok(false);
        }
        if Instant::now() > deadline {
            let seconds = options.start_timeout.as_secs();
            return Err(Error::NotReady { seconds, reason: refused.to_string() });
        }
        tokio::time::sleep(POLL).await;
    }
}

fn config(socket_directory: &Path, database: &str) -> Config {
    let mut config = Config::new();
    config.host_path(socket_directory).user(ROLE).dbname(database).application_name("chronodon");
    config.connect_timeout(Duration::from_secs(5));
    config
}

/// Quotes a name for SQL text.
pub(crate) fn quote_identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Encodes what a URL's host or path may not hold as it is.
pub(crate) fn percent_encode(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}
