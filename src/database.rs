//! The database that a configuration means: the one it names, or the private cluster in the data directory.
//!
//! Knows connections only, no table.

use std::time::Duration;

use chronodon_private_postgres::{Cluster, Options};
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use tokio_postgres::NoTls;

use crate::config::Config;

/// The database in the private cluster.
const NAME: &str = "chronodon";
/// How long a request waits for a connection of a pool.
const POOL_WAIT: Duration = Duration::from_secs(5);

/// Why there is no database.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// `database.url` is no PostgreSQL address.
    #[error("database.url: {0}")]
    Url(tokio_postgres::Error),
    /// The private cluster does not run.
    #[error(transparent)]
    Private(#[from] chronodon_private_postgres::Error),
    /// The pool refuses its own settings.
    #[error(transparent)]
    Pool(#[from] deadpool_postgres::BuildError),
}

/// An open database. Clones share it.
#[derive(Clone, Debug)]
pub struct Database {
    config: tokio_postgres::Config,
    cluster: Option<Cluster>,
}

impl Database {
    /// Opens the database: where the configuration names none, makes, adopts or starts the private cluster.
    pub async fn open(config: &Config) -> Result<Self, DatabaseError> {
        if let Some(url) = &config.database.url {
            let mut named = url.parse::<tokio_postgres::Config>().map_err(DatabaseError::Url)?;
            if named.get_application_name().is_none() {
                named.application_name("chronodon");
            }
            return Ok(Self { config: named, cluster: None });
        }
        let cluster = Cluster::open(&config.server.data_dir, Options::default()).await?;
        cluster.create_database(NAME).await?;
        Ok(Self { config: cluster.config(NAME), cluster: Some(cluster) })
    }

    /// How to connect.
    #[must_use]
    pub fn config(&self) -> tokio_postgres::Config {
        self.config.clone()
    }

    /// Whether the cluster is our own.
    #[must_use]
    pub const fn is_private(&self) -> bool {
        self.cluster.is_some()
    }

    /// A pool of at most `size` connections whose names without a schema are looked up in `search_path`.
    /// It connects when it is first asked.
    pub fn pool(&self, size: usize, search_path: &str) -> Result<Pool, DatabaseError> {
        let mut config = self.config();
        config.options(format!("{} -c search_path={search_path}", config.get_options().unwrap_or_default()));
        let manager = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(config, NoTls, manager);
        let builder = Pool::builder(manager).max_size(size).runtime(Runtime::Tokio1);
        Ok(builder.wait_timeout(Some(POOL_WAIT)).create_timeout(Some(POOL_WAIT)).build()?)
    }

    /// Keeps the private cluster running; one that is not ours is left alone.
    pub fn supervise(&self) {
        if let Some(cluster) = &self.cluster {
            cluster.supervise();
        }
    }

    /// Stops the private cluster, unless another process of ours uses it.
    pub async fn close(&self) -> Result<(), DatabaseError> {
        match &self.cluster {
            Some(cluster) => Ok(cluster.stop().await?),
            None => Ok(()),
        }
    }
}
