//! The table of jobs: put in, claim, finish, put off. The one place that names `server.jobs`.

use std::time::Duration;

use deadpool_postgres::{GenericClient, Pool};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Job;

/// How long a job may take; then somebody else takes it up.
pub const LEASE: Duration = Duration::from_secs(300);
/// Tries before a job is given up: the last comes about a day after the first.
const ATTEMPTS_MAX: i32 = 16;
const BACKOFF_FIRST_SECONDS: i64 = 5;
const BACKOFF_MAX_SECONDS: i64 = 3 * 60 * 60;
/// Characters kept of an error.
const ERROR_CHARS_MAX: usize = 500;

/// A job to put in.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// Made of its cause, so that it is put in once.
    pub id: Uuid,
    /// What to do.
    pub job: Job,
    /// The event that it follows from.
    pub cause: Option<Uuid>,
    /// Not before.
    pub run_at: Timestamp,
}

/// A job that this process has claimed.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// Its id.
    pub id: Uuid,
    /// What to do.
    pub job: Job,
    /// How often it was begun, this time included.
    pub attempts: i32,
}

/// How many jobs there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// To be done, now or later.
    pub waiting: i64,
    /// Given up.
    pub dead: i64,
}

/// Puts jobs in; those that are there stay as they are.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn insert(client: &impl GenericClient, jobs: &[NewJob]) -> anyhow::Result<()> {
    if jobs.is_empty() {
        return Ok(());
    }
    let (mut ids, mut kinds, mut payloads, mut causes, mut times) = (vec![], vec![], vec![], vec![], vec![]);
    for new in jobs {
        let mut job = serde_json::to_value(&new.job)?;
        ids.push(new.id);
        kinds.push(job["kind"].as_str().unwrap_or_default().to_owned());
        payloads.push(job["payload"].take());
        causes.push(new.cause);
        times.push(new.run_at);
    }
    let sql = "INSERT INTO server.jobs (id, kind, payload, cause, run_at)
               SELECT id, kind, payload, cause, run_at
               FROM unnest($1::uuid[], $2::text[], $3::jsonb[], $4::uuid[], $5::timestamptz[])
                   AS new (id, kind, payload, cause, run_at)
               ON CONFLICT DO NOTHING";
    client.execute(sql, &[&ids, &kinds, &payloads, &causes, &times]).await?;
    Ok(())
}

/// Claims jobs that are due, the longest due first. Nobody else gets them within [`LEASE`].
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn claim(pool: &Pool, now: Timestamp, max: i64) -> anyhow::Result<Vec<Claimed>> {
    let sql = "
        UPDATE server.jobs SET attempts = attempts + 1, run_at = $2
        WHERE id IN (
            SELECT id FROM server.jobs
            WHERE died_at IS NULL AND run_at <= $1 AND kind = ANY($3)
            ORDER BY run_at LIMIT $4 FOR UPDATE SKIP LOCKED
        )
        RETURNING id, kind, payload, attempts";
    let client = pool.get().await?;
    let lease_ends = now.checked_add(LEASE)?;
    let rows = client.query(sql, &[&now, &lease_ends, &Job::KINDS, &max]).await?;
    let claimed = rows.iter().map(|row| {
        let job = json!({ "kind": row.get::<_, String>(1), "payload": row.get::<_, Value>(2) });
        Ok(Claimed { id: row.get(0), job: serde_json::from_value(job)?, attempts: row.get(3) })
    });
    claimed.collect()
}

/// A job is done.
///
/// # Errors
/// When the database refuses or cannot be reached; the job is then done again.
pub async fn finish(pool: &Pool, id: Uuid) -> anyhow::Result<()> {
    pool.get().await?.execute("DELETE FROM server.jobs WHERE id = $1", &[&id]).await?;
    Ok(())
}

/// A job failed: it is tried again later and later, and given up in the end.
///
/// # Errors
/// When the database refuses or cannot be reached; the job is then tried again after its lease.
pub async fn put_off(pool: &Pool, claimed: &Claimed, error: &str, now: Timestamp) -> anyhow::Result<()> {
    let dead = (claimed.attempts >= ATTEMPTS_MAX).then_some(now);
    let error: String = error.chars().take(ERROR_CHARS_MAX).collect();
    let run_at = now.checked_add(backoff(claimed.attempts))?;
    let sql = "UPDATE server.jobs SET run_at = $2, last_error = $3, died_at = $4 WHERE id = $1";
    pool.get().await?.execute(sql, &[&claimed.id, &run_at, &error, &dead]).await?;
    Ok(())
}

/// Where the events stand that are still to be told to other servers before the one at `position`, being about the same.
/// Those that are told together with others when their time comes are not among them.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn distributed_before(pool: &Pool, order: i64, position: i64, now: Timestamp) -> anyhow::Result<Vec<i64>> {
    let sql = "SELECT (payload ->> 'position')::int8 AS position FROM server.jobs
               WHERE kind = 'distribute' AND died_at IS NULL AND (payload ->> 'order')::int8 = $1
                   AND (payload ->> 'position')::int8 < $2 AND (attempts > 0 OR run_at <= $3)
               ORDER BY position LIMIT 100";
    let rows = pool.get().await?.query(sql, &[&order, &position, &now]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// How many jobs there are.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn standing(pool: &Pool) -> anyhow::Result<Standing> {
    let sql = "SELECT count(*) FILTER (WHERE died_at IS NULL), count(*) FILTER (WHERE died_at IS NOT NULL)
               FROM server.jobs";
    let row = pool.get().await?.query_one(sql, &[]).await?;
    Ok(Standing { waiting: row.get(0), dead: row.get(1) })
}

/// 5 seconds after the first failure, twice as long after each further one, up to three hours.
fn backoff(attempts: i32) -> SignedDuration {
    let doublings = u32::try_from(attempts.clamp(1, 30) - 1).unwrap_or(0);
    SignedDuration::from_secs(BACKOFF_FIRST_SECONDS.saturating_mul(1 << doublings).min(BACKOFF_MAX_SECONDS))
}

#[cfg(test)]
mod tests {
    use chronodon_events::StatusId;
    use chronodon_private_postgres::test::{TestDatabase, database};
    use deadpool_postgres::{Manager, Runtime};
    use tokio_postgres::NoTls;

    use super::*;

    async fn pool(database: &TestDatabase) -> Pool {
        crate::server_tables::migrate(&database.config()).await.unwrap();
        Pool::builder(Manager::new(database.config(), NoTls)).max_size(4).runtime(Runtime::Tokio1).build().unwrap()
    }

    fn job(id: u128, run_at: Timestamp) -> NewJob {
        NewJob { id: Uuid::from_u128(id), job: Job::EraseStatus { status_id: StatusId(7) }, cause: None, run_at }
    }

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn later(seconds: i64) -> Timestamp {
        NOW + SignedDuration::from_secs(seconds)
    }

    #[tokio::test]
    async fn each_job_goes_to_one_claimer() {
        let database = database().await;
        let pool = pool(&database).await;
        let jobs: Vec<_> = (0..40).map(|id| job(id, NOW)).chain([job(99, later(60))]).collect();
        insert(&pool.get().await.unwrap(), &jobs).await.unwrap();
        insert(&pool.get().await.unwrap(), &jobs).await.unwrap();
        let claims = (0..8).map(|_| claim(&pool, NOW, 10));
        let mut claimed: Vec<_> =
            futures::future::join_all(claims).await.into_iter().flat_map(Result::unwrap).collect();
        claimed.extend(claim(&pool, NOW, 10).await.unwrap());
        let mut ids: Vec<_> = claimed.iter().map(|claimed| claimed.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!((claimed.len(), ids.len()), (40, 40));
        assert_eq!(standing(&pool).await.unwrap(), Standing { waiting: 41, dead: 0 });
    }

    #[tokio::test]
    async fn what_a_crash_leaves_is_taken_up_and_what_fails_is_given_up() {
        let database = database().await;
        let pool = pool(&database).await;
        insert(&pool.get().await.unwrap(), &[job(1, NOW), job(2, NOW)]).await.unwrap();
        assert_eq!(claim(&pool, NOW, 10).await.unwrap().len(), 2);
        assert!(claim(&pool, later(299), 10).await.unwrap().is_empty());
        let again = claim(&pool, later(300), 10).await.unwrap();
        assert_eq!(again.iter().map(|claimed| claimed.attempts).collect::<Vec<_>>(), [2, 2]);
        finish(&pool, Uuid::from_u128(1)).await.unwrap();
        let mut claimed = again.into_iter().find(|claimed| claimed.id == Uuid::from_u128(2)).unwrap();
        let mut now = later(300);
        while standing(&pool).await.unwrap().dead == 0 {
            put_off(&pool, &claimed, "no", now).await.unwrap();
            now += SignedDuration::from_secs(BACKOFF_MAX_SECONDS);
            match claim(&pool, now, 10).await.unwrap().pop() {
                Some(next) => claimed = next,
                None => break,
            }
        }
        assert_eq!(claimed.attempts, ATTEMPTS_MAX);
        assert_eq!(standing(&pool).await.unwrap(), Standing { waiting: 0, dead: 1 });
    }

    #[test]
    fn waits_grow_to_a_bound() {
        assert_eq!(backoff(1).as_secs(), 5);
        assert_eq!(backoff(2).as_secs(), 10);
        assert_eq!(backoff(i32::MAX).as_secs(), BACKOFF_MAX_SECONDS);
    }
}
