//! Connections for rows by their keys: a few, shared by all requests, each with many statements on its way at once.
//!
//! A statement here is planned once for all of its parameters, and by its index also while the table is young: the plan
//! stays when the table has grown. That is right for what an index answers, whatever is asked, and wrong for pages of
//! lists, whose bounds decide how they are best found.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arc_swap::ArcSwapOption;
use deadpool_postgres::{Object, Pool, PoolError};
use tokio::sync::Mutex;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::ProjectionError;

/// As many as there are processors to answer, about; what is asked takes little longer than the way there and back.
pub(crate) const CONNECTIONS: usize = 4;

/// Connections that are shared, each made when it is first asked, and anew when it is lost.
pub(crate) struct Lookups {
    pool: Pool,
    lanes: [Lane; CONNECTIONS],
    next: AtomicUsize,
}

#[derive(Default)]
struct Lane {
    connection: ArcSwapOption<Object>,
    /// Held by the one who connects: the pool has no more connections than there are lanes.
    connecting: Mutex<()>,
}

impl Lookups {
    /// Shares the connections of a pool of [`CONNECTIONS`].
    pub(crate) fn new(pool: Pool) -> Self {
        Self { pool, lanes: Default::default(), next: AtomicUsize::new(0) }
    }

    /// All rows that `sql` finds.
    pub(crate) async fn query(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, ProjectionError> {
        let connection = self.connection().await?;
        let statement = connection.prepare_cached(sql).await?;
        Ok(connection.query(&statement, params).await?)
    }

    async fn connection(&self) -> Result<Arc<Object>, PoolError> {
        let lane = &self.lanes[self.next.fetch_add(1, Ordering::Relaxed) % CONNECTIONS];
        if let Some(connection) = lane.alive() {
            return Ok(connection);
        }
        let _connecting = lane.connecting.lock().await;
        if let Some(connection) = lane.alive() {
            return Ok(connection);
        }
        lane.connection.store(None);
        let connection = Arc::new(self.pool.get().await?);
        lane.connection.store(Some(connection.clone()));
        Ok(connection)
    }
}

impl Lane {
    fn alive(&self) -> Option<Arc<Object>> {
        self.connection.load_full().filter(|connection| !connection.is_closed())
    }
}

#[cfg(test)]
mod tests {
    use chronodon_private_postgres::test::database;
    use deadpool_postgres::Manager;
    use futures::future::join_all;
    use tokio_postgres::NoTls;

    use super::*;
    use crate::Slots;
    use crate::core::Core;
    use crate::core::statuses::Status;
    use crate::{fold, row};

    /// A plan, as text.
    fn text(plan: &[Row]) -> String {
        plan.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>().join("\n")
    }

    #[tokio::test]
    async fn what_is_planned_while_a_table_is_empty_uses_its_indexes() {
        let database = database().await;
        let slots = Slots::<Core>::open(database.config(), 2).await.unwrap();
        let uris: Vec<_> = (0..50).map(|number| format!("https://b.example/{number}")).collect();
        let sql = "EXPLAIN SELECT * FROM statuses WHERE uri = ANY($1)";
        let looked_up = text(&slots.reader().lookup(sql, &[&uris]).await.unwrap());
        assert!(looked_up.contains("statuses_uri"), "{looked_up}");

        let slot = slots.active();
        let mut client = slot.pool().get().await.unwrap();
        let tx = client.transaction().await.unwrap();
        tx.batch_execute(fold::SESSION).await.unwrap();
        let ids: Vec<i64> = (0..50).collect();
        let sql = format!("EXPLAIN {}", row::select_by_key::<Status>());
        let folded = text(&tx.query(&sql, &[&ids]).await.unwrap());
        assert!(folded.contains("statuses_pkey") && !folded.contains("Seq Scan"), "{folded}");
    }

    #[tokio::test]
    async fn many_share_few_connections_and_a_lost_one_is_made_anew() {
        let database = database().await;
        let pool = Pool::builder(Manager::new(database.config(), NoTls)).max_size(CONNECTIONS).build().unwrap();
        let lookups = Lookups::new(pool);
        let ask = || async { lookups.query("SELECT pg_backend_pid()", &[]).await.map(|rows| rows[0].get::<_, i32>(0)) };
        let mut backends: Vec<_> = join_all((0..100).map(|_| ask())).await.into_iter().map(Result::unwrap).collect();
        backends.sort_unstable();
        backends.dedup();
        assert_eq!(backends.len(), CONNECTIONS);

        let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                      WHERE pid <> pg_backend_pid() AND datname = current_database()";
        lookups.query(others, &[]).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        assert!(join_all((0..100).map(|_| ask())).await.iter().all(Result::is_ok));
    }
}
