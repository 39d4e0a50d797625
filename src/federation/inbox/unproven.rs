//! Keys that nobody was found to own: the table `server.unproven_keys`, which this file alone names.
//!
//! Who signs with made-up keys makes this server ask for each once in a while, whatever is restarted meanwhile.

use deadpool_postgres::Pool;
use jiff::Timestamp;

/// Keys that are kept; beyond that, what is asked for in vain is remembered in memory only.
const KEPT_MAX: i64 = 20_000;

/// Whether this key was asked for in vain not long ago.
///
/// # Errors
/// When the database cannot be read.
pub(super) async fn holds(pool: &Pool, key_hash: &[u8], now: Timestamp) -> anyhow::Result<bool> {
    let sql = "SELECT EXISTS (SELECT FROM server.unproven_keys WHERE key_hash = $1 AND until > $2)";
    Ok(pool.get().await?.query_one(sql, &[&key_hash, &now]).await?.get(0))
}

/// This key was asked for in vain, and is not to be asked for until then. Those whose time is over go.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub(super) async fn keep(pool: &Pool, key_hash: &[u8], now: Timestamp, until: Timestamp) -> anyhow::Result<()> {
    let client = pool.get().await?;
    client.execute("DELETE FROM server.unproven_keys WHERE until <= $1", &[&now]).await?;
    let sql = "INSERT INTO server.unproven_keys (key_hash, until)
               SELECT $1, $2 WHERE (SELECT count(*) FROM server.unproven_keys) < $3
               ON CONFLICT (key_hash) DO UPDATE SET until = EXCLUDED.until";
    client.execute(sql, &[&key_hash, &until, &KEPT_MAX]).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use chronodon_private_postgres::test::database;
    use deadpool_postgres::{Manager, Runtime};
    use jiff::SignedDuration;
    use tokio_postgres::NoTls;

    use super::*;

    #[tokio::test]
    async fn a_key_is_kept_until_its_time_is_over() {
        let database = database().await;
        crate::server_tables::migrate(&database.config()).await.unwrap();
        let manager = Manager::new(database.config(), NoTls);
        let pool = Pool::builder(manager).max_size(2).runtime(Runtime::Tokio1).build().unwrap();
        let (now, later) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH + SignedDuration::from_secs(60));
        assert!(!holds(&pool, b"key", now).await.unwrap());
        keep(&pool, b"key", now, later).await.unwrap();
        keep(&pool, b"key", now, later).await.unwrap();
        assert!(holds(&pool, b"key", now).await.unwrap());
        assert!(!holds(&pool, b"other", now).await.unwrap());
        assert!(!holds(&pool, b"key", later).await.unwrap());
        keep(&pool, b"other", later, later + SignedDuration::from_secs(60)).await.unwrap();
        let left = pool.get().await.unwrap().query_one("SELECT count(*) FROM server.unproven_keys", &[]).await.unwrap();
        assert_eq!(left.get::<_, i64>(0), 1);
    }
}
