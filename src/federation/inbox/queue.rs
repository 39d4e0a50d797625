//! The table of activities that were verified and wait to be translated. The one place that names `server.inbox`.
//!
//! A row goes when it has been dealt with. One process at a time deals with them: whoever holds the lock ([`lead`]).

use bytes::Bytes;
use deadpool_postgres::Pool;
use jiff::{SignedDuration, Timestamp};
use tokio_postgres::Client;

/// Tries before an activity is given up: the last comes about two days after the first.
const ATTEMPTS_MAX: i32 = 10;
const BACKOFF_FIRST_SECONDS: i64 = 30;
const BACKOFF_MAX_SECONDS: i64 = 12 * 60 * 60;
/// Characters kept of an error.
const ERROR_CHARS_MAX: usize = 500;
/// Held by the process that translates ("chroninb").
const ADVISORY_LOCK: i64 = 0x6368_726f_6e69_6e62;

/// An activity to put in.
#[derive(Clone, Debug)]
pub struct NewRow {
    /// The same for the same activity: put in again, it is the same row.
    pub dedup: Vec<u8>,
    /// The address of the actor who signed.
    pub signer: String,
    /// Its host, with the port.
    pub host: String,
    /// A hash of the address of what it is about.
    pub object_key: Option<Vec<u8>>,
    /// As it came.
    pub body: Bytes,
}

/// An activity that waits.
#[derive(Clone, Debug)]
pub struct Row {
    /// In the order they came.
    pub id: i64,
    /// The same for the same activity.
    pub dedup: Vec<u8>,
    /// The address of the actor who signed.
    pub signer: String,
    /// A hash of the address of what it is about.
    pub object_key: Option<Vec<u8>>,
    /// As it came.
    pub body: Vec<u8>,
    /// How often it failed.
    pub attempts: i32,
}

/// How many activities there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// To be translated, now or later.
    pub waiting: i64,
    /// Given up.
    pub dead: i64,
}

/// Puts activities in, in their order and in one commit; those that are there stay as they are.
///
/// # Errors
/// When the database refuses or cannot be reached; then none of them is in.
pub async fn insert(pool: &Pool, rows: &[NewRow], now: Timestamp) -> anyhow::Result<()> {
    let (mut dedups, mut signers, mut hosts, mut objects, mut bodies) = (vec![], vec![], vec![], vec![], vec![]);
    for row in rows {
        dedups.push(&row.dedup[..]);
        signers.push(&*row.signer);
        hosts.push(&*row.host);
        objects.push(row.object_key.as_deref());
        bodies.push(&row.body[..]);
    }
    let sql = "INSERT INTO server.inbox (dedup, signer, host, object_key, body, received_at, run_at)
               SELECT dedup, signer, host, object_key, body, $6, $6
               FROM unnest($1::bytea[], $2::text[], $3::text[], $4::bytea[], $5::bytea[])
                   WITH ORDINALITY AS new (dedup, signer, host, object_key, body, place)
               ORDER BY place
               ON CONFLICT (dedup) DO NOTHING";
    let client = pool.get().await?;
    let statement = client.prepare_cached(sql).await?;
    client.execute(&statement, &[&dedups, &signers, &hosts, &objects, &bodies, &now]).await?;
    Ok(())
}

/// Takes the lock of the process that translates, for as long as this connection lasts. What it finishes need not be
/// on disk at once: it would be done again, and that is harmless.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn lead(client: &Client) -> anyhow::Result<bool> {
    client.batch_execute("SET synchronous_commit = off").await?;
    let row = client.query_one("SELECT pg_try_advisory_lock($1)", &[&ADVISORY_LOCK]).await?;
    Ok(row.get(0))
}

/// Activities that are due, the oldest first, but for those that are held already. What waits for an earlier one of the
/// same signer about the same thing, which was put off, is not due.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn due(client: &Client, held: &[i64], now: Timestamp, max: i64) -> anyhow::Result<Vec<Row>> {
    let sql = "SELECT i.id, i.dedup, i.signer, i.object_key, i.body, i.attempts
               FROM server.inbox i
               WHERE i.died_at IS NULL AND i.run_at <= $1 AND i.id <> ALL($2) AND NOT EXISTS (
                   SELECT FROM server.inbox e
                   WHERE e.died_at IS NULL AND e.signer = i.signer AND e.id < i.id
                       AND e.object_key = i.object_key AND e.run_at > $1)
               ORDER BY i.id LIMIT $3";
    let rows = client.query(sql, &[&now, &held, &max]).await?;
    let read = |row: &tokio_postgres::Row| Row {
        id: row.get(0),
        dedup: row.get(1),
        signer: row.get(2),
        object_key: row.get(3),
        body: row.get(4),
        attempts: row.get(5),
    };
    Ok(rows.iter().map(read).collect())
}

/// These have been dealt with.
///
/// # Errors
/// When the database refuses or cannot be reached; they are then dealt with again.
pub async fn finish(client: &Client, ids: &[i64]) -> anyhow::Result<()> {
    client.execute("DELETE FROM server.inbox WHERE id = ANY($1)", &[&ids]).await?;
    Ok(())
}

/// An activity could not be dealt with: it is tried again later and later, and given up in the end. Returns whether it
/// was given up.
///
/// # Errors
/// When the database refuses or cannot be reached; it is then tried again at once.
pub async fn put_off(client: &Client, row: &Row, error: &str, now: Timestamp) -> anyhow::Result<bool> {
    let attempts = row.attempts.saturating_add(1);
    let dead = (attempts >= ATTEMPTS_MAX).then_some(now);
    let error: String = error.chars().filter(|c| *c != '\0').take(ERROR_CHARS_MAX).collect();
    let run_at = now.checked_add(backoff(attempts))?;
    let sql = "UPDATE server.inbox SET attempts = $2, run_at = $3, last_error = $4, died_at = $5 WHERE id = $1";
    client.execute(sql, &[&row.id, &attempts, &run_at, &error, &dead]).await?;
    Ok(dead.is_some())
}

/// How many activities there are.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn standing(pool: &Pool) -> anyhow::Result<Standing> {
    let sql = "SELECT count(*) FILTER (WHERE died_at IS NULL), count(*) FILTER (WHERE died_at IS NOT NULL)
               FROM server.inbox";
    let row = pool.get().await?.query_one(sql, &[]).await?;
    Ok(Standing { waiting: row.get(0), dead: row.get(1) })
}

/// Half a minute after the first failure, three times as long after each further one, up to half a day.
fn backoff(attempts: i32) -> SignedDuration {
    let steps = u32::try_from(attempts.clamp(1, 20) - 1).unwrap_or(0);
    SignedDuration::from_secs(BACKOFF_FIRST_SECONDS.saturating_mul(3i64.saturating_pow(steps)).min(BACKOFF_MAX_SECONDS))
}

#[cfg(test)]
mod tests {
    use chronodon_private_postgres::test::{TestDatabase, database};
    use deadpool_postgres::{Manager, Runtime};
    use tokio_postgres::NoTls;

    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    async fn pool(database: &TestDatabase) -> Pool {
        crate::server_tables::migrate(&database.config()).await.unwrap();
        Pool::builder(Manager::new(database.config(), NoTls)).max_size(4).runtime(Runtime::Tokio1).build().unwrap()
    }

    fn row(dedup: u8, signer: &str, object: &str) -> NewRow {
        NewRow {
            dedup: vec![dedup],
            signer: signer.to_owned(),
            host: "b.example".to_owned(),
            object_key: Some(object.as_bytes().to_vec()),
            body: Bytes::from_static(b"{}"),
        }
    }

    async fn ids_due(pool: &Pool, held: &[i64], now: Timestamp) -> Vec<u8> {
        let due = due(&pool.get().await.unwrap(), held, now, 10).await.unwrap();
        due.iter().map(|row| row.dedup[0]).collect()
    }

    #[tokio::test]
    async fn rows_keep_their_order_and_are_there_once() {
        let database = database().await;
        let pool = pool(&database).await;
        insert(&pool, &[row(1, "bob", "a"), row(1, "bob", "a"), row(2, "bob", "b")], NOW).await.unwrap();
        insert(&pool, &[row(2, "bob", "b"), row(3, "eve", "a")], NOW).await.unwrap();
        assert_eq!(ids_due(&pool, &[], NOW).await, [1, 2, 3]);
        let first = due(&pool.get().await.unwrap(), &[], NOW, 1).await.unwrap().remove(0);
        assert_eq!(ids_due(&pool, &[first.id], NOW).await, [2, 3]);
        finish(&pool.get().await.unwrap(), &[first.id]).await.unwrap();
        assert_eq!(ids_due(&pool, &[], NOW).await, [2, 3]);
    }

    #[tokio::test]
    async fn what_is_put_off_holds_back_its_own_and_is_given_up_in_the_end() {
        let database = database().await;
        let pool = pool(&database).await;
        let rows = [row(1, "bob", "a"), row(2, "bob", "b"), row(3, "bob", "a"), row(4, "eve", "a")];
        insert(&pool, &rows, NOW).await.unwrap();
        let client = pool.get().await.unwrap();
        let mut first = due(&client, &[], NOW, 1).await.unwrap().remove(0);
        assert!(!put_off(&client, &first, "no\0", NOW).await.unwrap());
        assert_eq!(ids_due(&pool, &[], NOW).await, [2, 4]);
        let later = NOW + SignedDuration::from_secs(BACKOFF_FIRST_SECONDS);
        assert_eq!(ids_due(&pool, &[], later).await, [1, 2, 3, 4]);
        first.attempts = ATTEMPTS_MAX - 1;
        assert!(put_off(&client, &first, "no", NOW).await.unwrap());
        assert_eq!(ids_due(&pool, &[], NOW).await, [2, 3, 4]);
        assert_eq!(standing(&pool).await.unwrap(), Standing { waiting: 3, dead: 1 });
    }

    #[tokio::test]
    async fn one_leads_at_a_time() {
        let database = database().await;
        let pool = pool(&database).await;
        let one = deadpool_postgres::Object::take(pool.get().await.unwrap());
        assert!(lead(&one).await.unwrap());
        assert!(!lead(&pool.get().await.unwrap()).await.unwrap());
        drop(one);
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        while !lead(&pool.get().await.unwrap()).await.unwrap() {
            assert!(std::time::Instant::now() < deadline, "the lock goes with its connection");
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }

    #[test]
    fn waits_grow_to_a_bound() {
        assert_eq!(backoff(1).as_secs(), BACKOFF_FIRST_SECONDS);
        assert_eq!(backoff(2).as_secs(), 90);
        assert_eq!(backoff(i32::MAX).as_secs(), BACKOFF_MAX_SECONDS);
    }
}
