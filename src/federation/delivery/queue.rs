//! The tables of what is sent: put in, claim, settle. The one place that names `server.deliveries` and
//! `server.delivery_bodies`.

use std::time::Duration;

use deadpool_postgres::{GenericClient, Pool};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::ledger;

/// How long a claimed delivery is this process's; then somebody else takes it up.
pub const LEASE: Duration = Duration::from_secs(120);
/// Tries before a delivery is given up: the last comes about two days after the first.
pub const ATTEMPTS_MAX: i32 = 16;
/// Deliveries of one host that a claim looks for.
pub(super) const PER_HOST_MAX: i64 = 128;
/// Due deliveries that a claim looks at.
const WINDOW: i64 = 4_096;
/// How long a body stays that is on its way nowhere: an event that is distributed twice finds it.
const ORPHAN_KEPT: SignedDuration = SignedDuration::from_hours(24);
/// Bodies that one sweep removes.
const SWEPT_MAX: i64 = 1_000;
/// Characters kept of an error.
const ERROR_CHARS_MAX: usize = 500;
/// The kind of what ends a status: nothing about it is put in after it.
pub const DELETE: &str = "Delete";

/// An activity to send.
#[derive(Clone, Debug, PartialEq)]
pub struct NewBody {
    /// Made of its event, so that it is sent once.
    pub id: Uuid,
    /// The document.
    pub body: Vec<u8>,
    /// Whose key signs.
    pub account_id: i64,
    /// The status that it is about, for the ledger.
    pub object_id: Option<i64>,
    /// Its type.
    pub kind: &'static str,
    /// What is about one thing arrives in order.
    pub order_key: Option<i64>,
    /// Where its event stands.
    pub position: i64,
    /// Goes with a digest of the author's followers at the receiving server.
    pub synchronized: bool,
}

/// An inbox, and its host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Destination {
    /// The inbox's address.
    pub inbox: String,
    /// Its host, with the port where that is not the scheme's own.
    pub host: String,
}

/// A delivery that this process has claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// What to send.
    pub body_id: Uuid,
    /// Where to.
    pub to: Destination,
    /// How often it was begun, this time included.
    pub attempts: i32,
    /// The status that it is about.
    pub object_id: Option<i64>,
}

/// A body, as it is sent.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its id.
    pub id: Uuid,
    /// The document.
    pub body: Vec<u8>,
    /// Whose key signs.
    pub account_id: i64,
    /// Goes with a digest of followers.
    pub synchronized: bool,
}

/// What came of a delivery.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The inbox has taken it.
    Delivered,
    /// Not now.
    PutOff {
        /// Why.
        error: String,
        /// When again.
        run_at: Timestamp,
        /// It may have arrived all the same.
        uncertain: bool,
    },
    /// Never.
    Failed {
        /// Why.
        error: String,
        /// It may have arrived all the same.
        uncertain: bool,
    },
    /// It was not begun: another time, and not counted.
    Returned {
        /// When again.
        run_at: Timestamp,
    },
}

/// Puts a body and its deliveries in, if it was not in before. What waits for nothing but a status that this deletes goes
/// nowhere any more; what is about a status that was deleted is not put in. Hosts that are given up get nothing.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn insert(pool: &Pool, new: &NewBody, to: &[Destination], now: Timestamp) -> anyhow::Result<()> {
    let mut client = pool.get().await?;
    let tx = client.transaction().await?;
    if let Some(key) = new.order_key {
        tx.execute("SELECT pg_advisory_xact_lock($1)", &[&key]).await?;
    }
    let sql = "INSERT INTO server.delivery_bodies
            (id, body, account_id, object_id, kind, order_key, position, synchronized, created_at)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9
        WHERE NOT EXISTS (SELECT FROM server.delivery_bodies
            WHERE order_key = $6 AND position > $7 AND kind = 'Delete')
        ON CONFLICT DO NOTHING";
    let inserted = tx
        .execute(
            sql,
            &[
                &new.id,
                &new.body,
                &new.account_id,
                &new.object_id,
                &new.kind,
                &new.order_key,
                &new.position,
                &new.synchronized,
                &now,
            ],
        )
        .await?;
    if inserted == 1 {
        let mut to = to.to_vec();
        if let Some(object) = new.object_id.filter(|_| new.kind == DELETE) {
            to.extend(withdraw(&tx, object, new.id).await?);
        }
        add(&tx, new.id, &to, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Takes back what is on its way about a status. Returns where some of it may be already: begun, or in the ledger.
async fn withdraw(tx: &impl GenericClient, object: i64, by: Uuid) -> anyhow::Result<Vec<Destination>> {
    let sql = "DELETE FROM server.deliveries d USING server.delivery_bodies b
        WHERE b.id = d.body_id AND b.object_id = $1 AND b.id <> $2
        RETURNING d.inbox, d.host, d.attempts";
    let rows = tx.query(sql, &[&object, &by]).await?;
    let begun = rows.iter().filter(|row| row.get::<_, i32>("attempts") > 0);
    let mut found: Vec<_> = begun.map(|row| Destination { inbox: row.get("inbox"), host: row.get("host") }).collect();
    found.extend(ledger::reached(tx, object).await?);
    Ok(found)
}

async fn add(tx: &impl GenericClient, body: Uuid, to: &[Destination], now: Timestamp) -> anyhow::Result<()> {
    let inboxes: Vec<_> = to.iter().map(|to| to.inbox.as_str()).collect();
    let hosts: Vec<_> = to.iter().map(|to| to.host.as_str()).collect();
    let sql = "INSERT INTO server.deliveries (body_id, inbox, host, run_at)
        SELECT $1, new.inbox, new.host, $4 FROM unnest($2::text[], $3::text[]) AS new (inbox, host)
        WHERE NOT EXISTS (SELECT FROM server.hosts h WHERE h.host = new.host AND h.unavailable)
        ON CONFLICT DO NOTHING";
    tx.execute(sql, &[&body, &inboxes, &hosts, &now]).await?;
    Ok(())
}

/// Claims deliveries that are due, but for those to `full` hosts, the longest due first and a few of each host. What is
/// about something of which an earlier word still waits for the same inbox waits too.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn claim(pool: &Pool, now: Timestamp, full: &[String], max: i64) -> anyhow::Result<Vec<Claimed>> {
    let sql = "
        WITH due AS (
            SELECT d.body_id, d.inbox, d.host, d.run_at FROM server.deliveries d
            WHERE d.died_at IS NULL AND d.run_at <= $1 AND d.host <> ALL($2::text[])
            ORDER BY d.run_at LIMIT $3
        ), fair AS (
            SELECT body_id, inbox, run_at, row_number() OVER (PARTITION BY host ORDER BY run_at) AS turn FROM due
        ), mine AS (
            SELECT d.body_id, d.inbox FROM fair
            JOIN server.deliveries d ON d.body_id = fair.body_id AND d.inbox = fair.inbox
            JOIN server.delivery_bodies b ON b.id = d.body_id
            WHERE fair.turn <= $4 AND d.run_at <= $1 AND NOT EXISTS (
                SELECT FROM server.delivery_bodies earlier
                JOIN server.deliveries waits ON waits.body_id = earlier.id AND waits.inbox = d.inbox
                WHERE earlier.order_key = b.order_key AND waits.died_at IS NULL
                AND (earlier.position, earlier.id) < (b.position, b.id))
            ORDER BY fair.run_at LIMIT $5 FOR UPDATE OF d SKIP LOCKED
        )
        UPDATE server.deliveries d SET attempts = d.attempts + 1, run_at = $6, claimed = true
        FROM mine, server.delivery_bodies b
        WHERE d.body_id = mine.body_id AND d.inbox = mine.inbox AND b.id = d.body_id
        RETURNING d.body_id, d.inbox, d.host, d.attempts, b.object_id";
    let lease_ends = now.checked_add(LEASE)?;
    let client = pool.get().await?;
    let statement = client.prepare_cached(sql).await?;
    let rows = client.query(&statement, &[&now, &full, &WINDOW, &PER_HOST_MAX, &max, &lease_ends]).await?;
    let claimed = rows.iter().map(|row| Claimed {
        body_id: row.get(0),
        to: Destination { inbox: row.get(1), host: row.get(2) },
        attempts: row.get(3),
        object_id: row.get(4),
    });
    Ok(claimed.collect())
}

/// These bodies, in no order.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn bodies(pool: &Pool, ids: &[Uuid]) -> anyhow::Result<Vec<Stored>> {
    let sql = "SELECT id, body, account_id, synchronized FROM server.delivery_bodies WHERE id = ANY($1)";
    let rows = pool.get().await?.query(sql, &[&ids]).await?;
    let stored = rows.iter().map(|row| Stored {
        id: row.get(0),
        body: row.get(1),
        account_id: row.get(2),
        synchronized: row.get(3),
    });
    Ok(stored.collect())
}

/// Writes down what came of deliveries, and the ledger, in one transaction.
///
/// # Errors
/// When the database refuses or cannot be reached; the deliveries are then done again after their leases.
pub async fn settle(pool: &Pool, settled: &[(Claimed, Outcome)], now: Timestamp) -> anyhow::Result<()> {
    let mut client = pool.get().await?;
    let tx = client.transaction().await?;
    // What is lost is sent again, and taken once.
    tx.batch_execute("SET LOCAL synchronous_commit = off").await?;
    let done = settled.iter().filter(|(_, outcome)| *outcome == Outcome::Delivered).map(|(claimed, _)| claimed);
    let (bodies, inboxes) = keys(done);
    let sql = "DELETE FROM server.deliveries d USING unnest($1::uuid[], $2::text[]) AS done (body_id, inbox)
        WHERE d.body_id = done.body_id AND d.inbox = done.inbox";
    tx.execute(sql, &[&bodies, &inboxes]).await?;
    put_off(&tx, settled, now).await?;
    ledger::write(&tx, settled, now).await?;
    tx.commit().await?;
    Ok(())
}

fn keys<'a>(claimed: impl Iterator<Item = &'a Claimed>) -> (Vec<Uuid>, Vec<&'a str>) {
    claimed.map(|claimed| (claimed.body_id, claimed.to.inbox.as_str())).unzip()
}

async fn put_off(tx: &impl GenericClient, settled: &[(Claimed, Outcome)], now: Timestamp) -> anyhow::Result<()> {
    let left = settled.iter().filter(|(_, outcome)| *outcome != Outcome::Delivered);
    let (bodies, inboxes) = keys(left.clone().map(|(claimed, _)| claimed));
    if bodies.is_empty() {
        return Ok(());
    }
    let (mut errors, mut times, mut deaths, mut back) = (vec![], vec![], vec![], vec![]);
    for (_, outcome) in left {
        let (error, run_at, dead) = match outcome {
            Outcome::Delivered => (None, now, false),
            Outcome::PutOff { error, run_at, .. } => (Some(error), *run_at, false),
            Outcome::Failed { error, .. } => (Some(error), now, true),
            Outcome::Returned { run_at } => (None, *run_at, false),
        };
        errors.push(error.map(|error| error.chars().take(ERROR_CHARS_MAX).collect::<String>()));
        times.push(run_at);
        deaths.push(dead.then_some(now));
        back.push(i32::from(error.is_none()));
    }
    let sql = "UPDATE server.deliveries d SET run_at = put.run_at, died_at = put.died_at, claimed = false,
            last_error = coalesce(put.error, d.last_error), attempts = greatest(d.attempts - put.back, 0)
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::int4[])
            AS put (body_id, inbox, error, run_at, died_at, back)
        WHERE d.body_id = put.body_id AND d.inbox = put.inbox";
    tx.execute(sql, &[&bodies, &inboxes, &errors, &times, &deaths, &back]).await?;
    Ok(())
}

/// What waits for a host does so until then.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn hold(pool: &Pool, host: &str, until: Timestamp) -> anyhow::Result<()> {
    let sql =
        "UPDATE server.deliveries SET run_at = $2 WHERE host = $1 AND died_at IS NULL AND run_at < $2 AND NOT claimed";
    pool.get().await?.execute(sql, &[&host, &until]).await?;
    Ok(())
}

/// What is to be tried again.
#[derive(Clone, Copy, Debug)]
pub enum Retry<'a> {
    /// All that was given up, and all that waits.
    All,
    /// What goes to a host.
    Host(&'a str),
    /// What is about a status.
    Object(i64),
}

/// Makes deliveries due, also those that were given up, but for those that somebody is at. Returns how many.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn retry(pool: &Pool, what: Retry<'_>, now: Timestamp) -> anyhow::Result<u64> {
    let (host, object) = match what {
        Retry::All => (None, None),
        Retry::Host(host) => (Some(host), None),
        Retry::Object(object) => (None, Some(object)),
    };
    let sql = "UPDATE server.deliveries d SET run_at = $3, died_at = NULL,
            attempts = CASE WHEN d.died_at IS NULL THEN d.attempts ELSE 1 END
        FROM server.delivery_bodies b
        WHERE b.id = d.body_id AND d.attempts > 0 AND (NOT d.claimed OR d.run_at <= $3)
        AND ($1::text IS NULL OR d.host = $1) AND ($2::int8 IS NULL OR b.object_id = $2)";
    Ok(pool.get().await?.execute(sql, &[&host, &object, &now]).await?)
}

/// Takes back all that an account of ours has under way, but for one body: what was begun goes on.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn withdraw_of(pool: &Pool, account: i64, but: Uuid) -> anyhow::Result<()> {
    let sql = "DELETE FROM server.deliveries d USING server.delivery_bodies b
        WHERE b.id = d.body_id AND b.account_id = $1 AND b.id <> $2 AND NOT d.claimed";
    pool.get().await?.execute(sql, &[&account, &but]).await?;
    Ok(())
}

/// Whether anything of an account of ours is still under way.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn is_any_of(pool: &Pool, account: i64) -> anyhow::Result<bool> {
    let sql = "SELECT EXISTS (SELECT FROM server.deliveries d JOIN server.delivery_bodies b ON b.id = d.body_id
        WHERE b.account_id = $1 AND d.died_at IS NULL)";
    Ok(pool.get().await?.query_one(sql, &[&account]).await?.get(0))
}

/// Removes all that an account of ours has ever sent and that is still here.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn forget(pool: &Pool, account: i64) -> anyhow::Result<()> {
    let sql = "WITH gone AS (DELETE FROM server.delivery_bodies WHERE account_id = $1 RETURNING id)
        DELETE FROM server.deliveries d USING gone WHERE d.body_id = gone.id";
    pool.get().await?.execute(sql, &[&account]).await?;
    Ok(())
}

/// Removes bodies that are on their way nowhere. True: there are more.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn sweep(pool: &Pool, now: Timestamp) -> anyhow::Result<bool> {
    let sql = "DELETE FROM server.delivery_bodies WHERE id IN (
            SELECT b.id FROM server.delivery_bodies b
            WHERE b.created_at < $1 AND NOT EXISTS (SELECT FROM server.deliveries d WHERE d.body_id = b.id)
            LIMIT $2)";
    let until = now.checked_sub(ORPHAN_KEPT)?;
    let removed = pool.get().await?.execute(sql, &[&until, &SWEPT_MAX]).await?;
    Ok(i64::try_from(removed)? == SWEPT_MAX)
}

/// Attempts to the fourth power, and 15 seconds, and up to a tenth of that more: so what failed together does not come
/// back together.
#[must_use]
pub fn backoff(attempts: i32, luck: f64) -> SignedDuration {
    let attempts = f64::from(attempts.clamp(1, ATTEMPTS_MAX));
    let seconds = attempts.powi(4) + 15.0;
    SignedDuration::from_secs_f64(seconds * (1.0 + luck.clamp(0.0, 1.0) / 10.0))
}

#[cfg(test)]
mod tests;
