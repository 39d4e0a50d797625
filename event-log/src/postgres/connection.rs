//! Connections that come back: each is made when needed, shared by pipelining, and replaced when it is lost.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, Error, NoTls, Row, Statement};

/// How long to wait for a connection.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a read may take.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// What a connection can come to.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error(transparent)]
    Database(#[from] Error),
    #[error("no answer within {0:?}")]
    Timeout(Duration),
}

impl Failure {
    /// In PostgreSQL's words, or ours.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Database(error) => error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string),
            Self::Timeout(_) => self.to_string(),
        }
    }

    /// Whether PostgreSQL answered, so that nothing of the statement remains. Otherwise the connection is lost and
    /// nobody knows what became of it.
    pub(super) fn is_answer(&self) -> bool {
        match self {
            Self::Database(error) => error.as_db_error().is_some_and(|error| !is_farewell(error.code())),
            Self::Timeout(_) => false,
        }
    }

    pub(super) fn sql_state(&self) -> Option<&SqlState> {
        match self {
            Self::Database(error) => error.code(),
            Self::Timeout(_) => None,
        }
    }
}

/// PostgreSQL is stopping, or was told to end this connection.
fn is_farewell(code: &SqlState) -> bool {
    [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN, SqlState::CANNOT_CONNECT_NOW, SqlState::DATABASE_DROPPED]
        .contains(code)
}

/// A connection with the statements prepared on it.
pub(super) struct Connection {
    client: Client,
    prepared: Mutex<HashMap<&'static str, Statement>>,
}

impl Connection {
    /// Connects and sets the session up.
    pub(super) async fn open(config: &Config, setup: &str) -> Result<Self, Failure> {
        within(CONNECT_TIMEOUT, async {
            let (client, connection) = config.connect(NoTls).await?;
            tokio::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::debug!(%error, "a connection of the log ended");
                }
            });
            client.batch_execute(setup).await?;
            Ok(Self { client, prepared: Mutex::default() })
        })
        .await
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Runs a statement, prepared the first time; returns when it is committed and the server ready again.
    pub(super) async fn query(&self, sql: &'static str, parameters: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, Error> {
        let statement = self.statement(sql).await?;
        self.client.query(&statement, parameters).await
    }

    async fn statement(&self, sql: &'static str) -> Result<Statement, Error> {
        let mut prepared = self.prepared.lock().await;
        if let Some(statement) = prepared.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql).await?;
        prepared.insert(sql, statement.clone());
        Ok(statement)
    }
}

/// A connection for statements that may run twice: reads, and writes that change nothing the second time.
pub(super) struct Shared {
    config: Config,
    connection: Mutex<Option<Arc<Connection>>>,
}

impl Shared {
    pub(super) fn new(config: Config) -> Self {
        Self { config, connection: Mutex::default() }
    }

    /// Runs a statement; once more on a new connection when the old one turns out to be lost.
    pub(super) async fn query(
        &self,
        sql: &'static str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Failure> {
        let reused = self.connection().await?;
        match self.query_on(&reused, sql, parameters).await {
            Err(failure) if !failure.is_answer() && !matches!(failure, Failure::Timeout(_)) => {
                self.query_on(&*self.connection().await?, sql, parameters).await
            }
            result => result,
        }
    }

    async fn query_on(
        &self,
        connection: &Connection,
        sql: &'static str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Failure> {
        let result = within(READ_TIMEOUT, async { Ok(connection.query(sql, parameters).await?) }).await;
        if result.as_ref().is_err_and(|failure| !failure.is_answer()) {
            *self.connection.lock().await = None;
        }
        result
    }

    async fn connection(&self) -> Result<Arc<Connection>, Failure> {
        let mut slot = self.connection.lock().await;
        if let Some(connection) = slot.as_ref().filter(|connection| !connection.is_closed()) {
            return Ok(Arc::clone(connection));
        }
        let setup =
            format!("SET synchronous_commit = on; SET statement_timeout = {}; SET jit = off", READ_TIMEOUT.as_millis());
        let connection = Arc::new(Connection::open(&self.config, &setup).await?);
        *slot = Some(Arc::clone(&connection));
        Ok(connection)
    }
}

/// Runs something for so long at most.
pub(super) async fn within<T>(limit: Duration, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::time::timeout(limit, work).await.unwrap_or(Err(Failure::Timeout(limit)))
}
