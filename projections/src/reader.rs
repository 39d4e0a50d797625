//! The way to read tables: queries against the slot in service, counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::{ProjectionError, Slot};

/// Reads the tables of a group. Cheap to clone.
#[derive(Clone)]
pub struct Reader {
    active: Arc<ArcSwap<Slot>>,
    statements: Arc<AtomicU64>,
}

impl Reader {
    pub(crate) fn new(active: Arc<ArcSwap<Slot>>) -> Self {
        Self { active, statements: Arc::default() }
    }

    /// A reader of the same tables that counts its statements apart: for work beside requests.
    #[must_use]
    pub fn apart(&self) -> Self {
        Self { active: self.active.clone(), statements: Arc::default() }
    }

    /// All rows that `sql` finds.
    ///
    /// # Errors
    /// When the database refuses or cannot be reached.
    pub async fn query(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, ProjectionError> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        let slot = self.active.load_full();
        let client = slot.pool().get().await?;
        let statement = client.prepare_cached(sql).await?;
        Ok(client.query(&statement, params).await?)
    }

    /// All rows that `sql` finds by their keys: it is planned once for all parameters, over connections that are shared.
    ///
    /// # Errors
    /// When the database refuses or cannot be reached.
    pub async fn lookup(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, ProjectionError> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        self.active.load_full().lookups().query(sql, params).await
    }

    /// The first row that `sql` finds.
    ///
    /// # Errors
    /// When the database refuses or cannot be reached.
    pub async fn query_opt(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<Option<Row>, ProjectionError> {
        Ok(self.query(sql, params).await?.into_iter().next())
    }

    /// How many statements this reader and its clones have sent.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// The slot in service.
    #[must_use]
    pub fn slot(&self) -> Arc<Slot> {
        self.active.load_full()
    }
}
