//! The composition root: the only file that names an engine. Opens what the server is made of, and closes it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use chronodon_event_log::{
    KeyRing, Log, MasterKey, PostgresLog, PostgresOptions, PostgresVault, ReadError, Recorded, StreamName, StreamNames,
};
use chronodon_events::{Position, Version};
use chronodon_projections::core::Core;
use chronodon_projections::memory::graph::Graph;
use chronodon_projections::memory::home::Homes;
use chronodon_projections::memory::policies::Policies;
use chronodon_projections::search::{self, Search};
use chronodon_projections::{Observer, ProjectionError, Reader, Runner, Slots, Standing, Verdict, Waiter};
use deadpool_postgres::Pool;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::api::entities::kept::KeptEntities;
use crate::auth::credentials::Credentials;
use crate::commands::{By, CommandError, Commands, OwnNames};
use crate::config::Config;
use crate::database::Database;
use crate::federation::delivery::Deliveries;
use crate::federation::egress::Egress;
use crate::federation::inbox::Inbox;
use crate::federation::keys::Keys;
use crate::federation::media_proxy::MediaProxy;
use crate::federation::resolve::Documents;
use crate::media::Library;
use crate::media::proxy::ProxyAddresses;
use crate::server_tables;
use crate::streaming::Streaming;

/// Connections for tables that are no read models.
const SERVER_POOL: usize = 8;
/// How long a start waits for the read models to reach the log's end before it says so again.
const CATCH_UP_WORD: Duration = Duration::from_secs(1);

/// Everything that a request, a job or the command line works with.
pub struct App {
    /// What the operator chose.
    pub config: Arc<Config>,
    /// The only way to change anything.
    pub commands: Commands,
    /// Reads the core group's tables.
    pub reader: Reader,
    /// Waits for the core group.
    pub waiter: Waiter,
    /// Tables that are no read models: apps, tokens, jobs, markers; the vault's credentials.
    pub server_tables: Pool,
    /// Who signs in with what.
    pub credentials: Credentials,
    /// Finds accounts, statuses and hashtags.
    pub search: Arc<Search>,
    /// In handles, such as `social.example`.
    pub domain: String,
    /// In addresses, without a trailing slash, such as `https://social.example`.
    pub base_url: String,
    /// Pictures and other files.
    pub media: Library,
    /// Copies of other servers' files.
    pub media_proxy: MediaProxy,
    /// Where files of other servers are shown.
    pub proxied: ProxyAddresses,
    /// What entities are made of, kept until it changes.
    pub kept: Arc<KeptEntities>,
    /// Documents of other servers that are being fetched, or were a moment ago.
    pub documents: Documents,
    /// What other servers send.
    pub inbox: Inbox,
    /// Calls other servers; nothing else does.
    pub egress: Egress,
    /// What is sent to them.
    pub deliveries: Deliveries,
    /// Told when this process has put in jobs.
    pub jobs_due: Notify,
    /// What the actors of this server sign with.
    pub keys: Keys,
    /// Keys derived from the master key, by label.
    pub master: MasterKey,
    /// Who follows, blocks and mutes whom.
    pub graph: Arc<Graph>,
    /// What this server thinks of others.
    pub policies: Arc<Policies>,
    /// The heads of the home timelines of those who were here lately.
    pub homes: Arc<Homes>,
    /// Everyone who listens to live updates.
    pub streaming: Arc<Streaming>,
    /// Where the log ended when this process opened it.
    pub opened_at: Position,
    log: Arc<Log>,
    core: Arc<Slots<Core>>,
    runner: JoinHandle<()>,
}

impl App {
    /// Opens the log and the read models in `database`, and waits until the read models have reached the log's end.
    ///
    /// # Errors
    /// When the database refuses, or the master key is missing or another one.
    pub async fn open(config: Config, database: &Database) -> anyhow::Result<Arc<Self>> {
        Self::open_slowly(config, database, |_, _| ()).await
    }

    /// The same; meanwhile `progress` is told how far the read models are, and where the log ends.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn open_slowly(
        config: Config,
        database: &Database,
        progress: impl Fn(Position, Position),
    ) -> anyhow::Result<Arc<Self>> {
        let (log, master) = open_log(&config, database).await?;
        let core = Arc::new(Slots::<Core>::open(database.config(), config.database.pool_size).await?);
        if core.outdated().await? {
            tracing::info!("the read models have a new shape; rebuilding them from the log");
            chronodon_projections::rebuild::<Core>(&log, &core, |at, head| {
                tracing::info!(%at, %head, "rebuilding");
                progress(at, head);
            })
            .await?;
        }
        let reader = core.reader();
        let (graph, streaming) = (Arc::<Graph>::default(), Arc::<Streaming>::default());
        let homes = Arc::new(Homes::new(graph.clone()));
        let policies = Arc::<Policies>::default();
        let search = Arc::new(Search::new(log.reader(), config.server.data_dir.join("search")));
        let kept = Arc::<KeptEntities>::default();
        let observers: Vec<Arc<dyn Observer>> =
            vec![kept.clone(), graph.clone(), homes.clone(), policies.clone(), search.clone(), streaming.clone()];
        let runner = Runner::new(log.clone(), core.clone(), observers);
        let waiter = runner.waiter();
        let runner = tokio::spawn(runner.run());
        let opened_at = catch_up(&log, &waiter, progress).await?;

        let media = Library::open(&config.media.directory(&config.server)).context("the media store")?;
        let media_proxy =
            MediaProxy::open(&media.store, config.federation.media_cache_bytes).context("the media store")?;
        let own = OwnNames { domain: config.server.domain(), base_url: config.server.base_url() };
        let server_tables = database.pool(SERVER_POOL, "server")?;
        let (limited, names) = (config.rate_limits.enabled, StreamNames::new(&master));
        let app = Arc::new(Self {
            credentials: Credentials::new(server_tables.clone(), reader.clone(), &master, limited),
            commands: Commands::new(log.clone(), names, reader.clone(), waiter.clone(), own.clone()),
            proxied: ProxyAddresses::new(&master, &own.base_url),
            reader,
            waiter,
            search,
            domain: own.domain,
            base_url: own.base_url,
            media,
            deliveries: Deliveries::default(),
            documents: Documents::default(),
            inbox: Inbox::open(server_tables.clone(), &master),
            media_proxy,
            egress: Egress::open(&config)?,
            jobs_due: Notify::new(),
            keys: Keys::new(server_tables.clone(), &master),
            config: Arc::new(config),
            server_tables,
            kept,
            master,
            graph,
            homes,
            policies,
            streaming,
            opened_at,
            log,
            core,
            runner,
        });
        app.streaming.start(&app);
        Ok(app)
    }

    /// Makes the rules in the configuration the server's rules. For those who serve: a subcommand may have been given
    /// another configuration.
    ///
    /// # Errors
    /// When the log cannot take it.
    pub async fn adopt_rules(&self) -> Result<(), CommandError> {
        self.commands.set_rules(By::operator(), self.config.instance.rules.clone()).await
    }

    /// Begins to fill this process's search index. For those who serve.
    pub fn start_search(&self) {
        self.search.start();
    }

    /// Ends all streams, takes no more appends, and stops folding.
    pub async fn close(&self) {
        self.streaming.close();
        self.search.close().await;
        self.log.shutdown().await;
        self.runner.abort();
    }

    /// An address of our own: `path` begins with a slash.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    /// The address of a file in the media store.
    #[must_use]
    pub fn media_url(&self, path: &str) -> String {
        format!("{}/media/{path}", self.base_url)
    }

    /// Events after a position, oldest first.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn history(&self, after: Position, max: usize) -> Result<Vec<Recorded>, ReadError> {
        self.log.read_all(after, max).await
    }

    /// The events of one stream, oldest first.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn stream_history(&self, stream: &StreamName, max: usize) -> Result<Vec<Recorded>, ReadError> {
        self.log.read_stream(stream, Version(0), max).await
    }

    /// The log's end.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn head(&self) -> Result<Position, ReadError> {
        self.log.head().await
    }

    /// How far each group of read models is.
    ///
    /// # Errors
    /// When the database refuses or cannot be reached.
    pub async fn standings(&self) -> Result<Vec<Standing>, ProjectionError> {
        let mut standings = vec![self.core.standing().await?];
        standings.extend(self.search.standings());
        Ok(standings)
    }

    /// Folds a group anew from the log while the old one serves, and switches.
    ///
    /// # Errors
    /// When there is no such group; else see [`chronodon_projections::rebuild`].
    pub async fn rebuild(&self, group: &str, progress: impl Fn(Position, Position)) -> anyhow::Result<()> {
        match group {
            "core" => Ok(chronodon_projections::rebuild(&self.log, &self.core, progress).await?),
            search::NAME => Ok(self.search.rebuild(progress).await?),
            other => Err(no_group(other)),
        }
    }

    /// Compares a group with a replay of the log; without a name, all that can be compared.
    ///
    /// # Errors
    /// When there is no such group; else see [`chronodon_projections::verify`].
    pub async fn verify(&self, group: Option<&str>, progress: impl Fn(Position, Position)) -> anyhow::Result<Verdict> {
        match group {
            None | Some("core") => Ok(chronodon_projections::verify(&self.log, &self.core, progress).await?),
            Some(other) => Err(no_group(other)),
        }
    }
}

fn no_group(name: &str) -> anyhow::Error {
    anyhow::anyhow!("there is no group {name:?}; `chronodon projections list` shows them")
}

/// The log, and the key that it is sealed with.
async fn open_log(config: &Config, database: &Database) -> anyhow::Result<(Arc<Log>, MasterKey)> {
    let pg = database.config();
    migrate(&pg).await?;
    let engine = Arc::new(PostgresLog::open(pg.clone(), PostgresOptions::default()).await?);
    let master = master_key(config, chronodon_event_log::EventLog::head(&*engine).await?)?;
    let keys = KeyRing::open(&master, Arc::new(PostgresVault::new(pg))).await?;
    Ok((Arc::new(Log::new(engine, Arc::new(keys))), master))
}

async fn migrate(pg: &tokio_postgres::Config) -> anyhow::Result<()> {
    let (mut client, connection) = pg.connect(tokio_postgres::NoTls).await?;
    let connection = tokio::spawn(connection);
    chronodon_event_log::migrate(&mut client).await?;
    drop(client);
    connection.await??;
    server_tables::migrate(pg).await?;
    Ok(())
}

/// The master key: made beside an empty log, never beside one that another key has sealed.
fn master_key(config: &Config, head: Position) -> anyhow::Result<MasterKey> {
    let path = config.server.master_key_file();
    if path.exists() {
        return MasterKey::load(&path).map_err(Into::into);
    }
    if head != Position::START {
        anyhow::bail!(
            "the master key {} is missing, and nothing in the log can be read without it; put it back from your backup",
            path.display()
        );
    }
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory).with_context(|| format!("cannot make {}", directory.display()))?;
    }
    MasterKey::create_new(&path).map_err(Into::into)
}

/// A server answers only after its core group has reached the end that the log had when it started.
async fn catch_up(log: &Log, waiter: &Waiter, progress: impl Fn(Position, Position)) -> anyhow::Result<Position> {
    let head = log.head().await?;
    while waiter.wait_for(head, CATCH_UP_WORD).await.is_err() {
        progress(waiter.position(), head);
        tracing::info!(at = %waiter.position(), %head, "the read models are catching up");
    }
    Ok(head)
}
