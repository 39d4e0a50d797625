//! What was learned about other servers while calling them. The one place that names `server.hosts`.

use chronodon_activitypub::signature::Scheme;
use deadpool_postgres::Pool;
use jiff::{SignedDuration, Timestamp};

/// Days with failures and no success in between after which a host gets nothing any more, until it is heard from.
const FAILURE_DAYS_MAX: i32 = 7;
/// Rows that one question finds, and that one sweep removes.
const HOSTS_MAX: i64 = 10_000;
/// How long a host is remembered that nobody has had to do with. Then it is met anew.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// A host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Its name, with the port where that is not the scheme's own.
    pub host: String,
    /// How requests to it are signed, where that is known.
    pub scheme: Option<String>,
    /// Days with failures and no success since.
    pub failure_days: i32,
    /// When it last took something.
    pub last_success_at: Option<Timestamp>,
    /// When it last did not.
    pub last_failure_at: Option<Timestamp>,
    /// Nothing is sent to it.
    pub unavailable: bool,
    /// What it runs.
    pub software: Option<String>,
}

/// All that is known, by name.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn all(pool: &Pool) -> anyhow::Result<Vec<Host>> {
    let sql = "SELECT host, scheme, failure_days, last_success_at, last_failure_at, unavailable, software
        FROM server.hosts ORDER BY host LIMIT $1";
    let rows = pool.get().await?.query(sql, &[&HOSTS_MAX]).await?;
    let hosts = rows.iter().map(|row| Host {
        host: row.get("host"),
        scheme: row.get("scheme"),
        failure_days: row.get("failure_days"),
        last_success_at: row.get("last_success_at"),
        last_failure_at: row.get("last_failure_at"),
        unavailable: row.get("unavailable"),
        software: row.get("software"),
    });
    Ok(hosts.collect())
}

/// How requests to these hosts are signed, as far as that is known.
pub(super) async fn schemes(pool: &Pool, hosts: &[String]) -> anyhow::Result<Vec<(String, Scheme)>> {
    let sql = "SELECT host, scheme FROM server.hosts WHERE host = ANY($1) AND scheme IS NOT NULL";
    let rows = pool.get().await?.query(sql, &[&hosts]).await?;
    Ok(rows.iter().filter_map(|row| Some((row.get(0), parse(row.get(1))?))).collect())
}

/// These hosts, each named once, have taken something that was signed so.
pub(super) async fn succeeded(pool: &Pool, hosts: &[(String, Scheme)], now: Timestamp) -> anyhow::Result<()> {
    if hosts.is_empty() {
        return Ok(());
    }
    let (hosts, words): (Vec<_>, Vec<_>) = hosts.iter().map(|(host, scheme)| (host.as_str(), word(*scheme))).unzip();
    let sql = "INSERT INTO server.hosts (host, scheme, last_success_at)
        SELECT host, scheme, $3 FROM unnest($1::text[], $2::text[]) AS heard (host, scheme) ORDER BY host
        ON CONFLICT (host) DO UPDATE SET scheme = EXCLUDED.scheme, last_success_at = EXCLUDED.last_success_at,
            failing_since = NULL, failure_days = 0, unavailable = false";
    pool.get().await?.execute(sql, &[&hosts, &words, &now]).await?;
    Ok(())
}

/// These hosts, each named once, have not taken something, or not answered. A day counts once.
pub(super) async fn failed(pool: &Pool, hosts: &[String], now: Timestamp) -> anyhow::Result<()> {
    if hosts.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO server.hosts AS h (host, failing_since, failure_days, last_failure_at)
        SELECT host, $2, 1, $2 FROM unnest($1::text[]) AS heard (host) ORDER BY host
        ON CONFLICT (host) DO UPDATE SET failing_since = coalesce(h.failing_since, EXCLUDED.failing_since),
            failure_days = h.failure_days + CASE
                WHEN h.failing_since IS NOT NULL AND (h.last_failure_at AT TIME ZONE 'UTC')::date
                    >= (EXCLUDED.last_failure_at AT TIME ZONE 'UTC')::date THEN 0 ELSE 1 END,
            last_failure_at = EXCLUDED.last_failure_at";
    let client = pool.get().await?;
    client.execute(sql, &[&hosts, &now]).await?;
    let sql = "UPDATE server.hosts SET unavailable = true
        WHERE host = ANY($1) AND NOT unavailable AND failure_days >= $2";
    client.execute(sql, &[&hosts, &FAILURE_DAYS_MAX]).await?;
    Ok(())
}

/// A host has been heard from: it lives.
pub(super) async fn heard_from(pool: &Pool, host: &str) -> anyhow::Result<()> {
    let sql = "UPDATE server.hosts SET failing_since = NULL, failure_days = 0, unavailable = false
        WHERE host = $1 AND (unavailable OR failure_days > 0)";
    pool.get().await?.execute(sql, &[&host]).await?;
    Ok(())
}

/// Forgets hosts that were not called for long, however many names somebody made up. True: there are more.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn sweep(pool: &Pool, now: Timestamp) -> anyhow::Result<bool> {
    let sql = "DELETE FROM server.hosts WHERE host IN (
            SELECT host FROM server.hosts WHERE greatest(last_success_at, last_failure_at) < $1 LIMIT $2)";
    let removed = pool.get().await?.execute(sql, &[&now.checked_sub(KEPT)?, &HOSTS_MAX]).await?;
    Ok(i64::try_from(removed)? == HOSTS_MAX)
}

fn word(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Cavage => "cavage",
        Scheme::Rfc9421 => "rfc9421",
    }
}

fn parse(word: &str) -> Option<Scheme> {
    [Scheme::Cavage, Scheme::Rfc9421].into_iter().find(|scheme| self::word(*scheme) == word)
}
