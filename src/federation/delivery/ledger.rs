//! The ledger: where a status has arrived, or may have. The one place that names `server.delivery_hosts`.

use chronodon_events::AccountId;
use chronodon_projections::Reader;
use deadpool_postgres::{GenericClient, Pool};
use jiff::Timestamp;

use super::queue::{Claimed, Destination, Outcome};

/// Where what is about one status stands at one host.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The host.
    pub host: String,
    /// `waiting`, `delivered`, `uncertain` or `failed`.
    pub state: String,
    /// How often the one that waits or was given up was begun.
    pub attempts: i32,
    /// Why it did not arrive.
    pub last_error: Option<String>,
    /// Since when it is so.
    pub updated_at: Timestamp,
    /// The status.
    pub object_id: Option<i64>,
}

/// Rows that one question finds.
const ENTRIES_MAX: i64 = 10_000;

/// Where what is about a status stands; without a status, what waits or was given up, the latest first.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn entries(pool: &Pool, object: Option<i64>, failed_only: bool) -> anyhow::Result<Vec<Entry>> {
    let sql = "
        SELECT d.host, CASE WHEN d.died_at IS NULL THEN 'waiting' ELSE 'failed' END AS state, d.attempts, d.last_error,
            coalesce(d.died_at, b.created_at) AS updated_at, b.object_id
        FROM server.deliveries d JOIN server.delivery_bodies b ON b.id = d.body_id
        WHERE ($1::int8 IS NULL OR b.object_id = $1) AND (NOT $2::bool OR d.died_at IS NOT NULL)
        UNION ALL
        SELECT l.host, l.state, 0, NULL, l.updated_at, l.object_id FROM server.delivery_hosts l
        WHERE l.object_id = $1 AND NOT $2::bool AND NOT EXISTS (
            SELECT FROM server.deliveries d JOIN server.delivery_bodies b ON b.id = d.body_id
            WHERE b.object_id = l.object_id AND d.inbox = l.inbox)
        ORDER BY updated_at DESC, host LIMIT $3";
    let rows = pool.get().await?.query(sql, &[&object, &failed_only, &ENTRIES_MAX]).await?;
    let entries = rows.iter().map(|row| Entry {
        host: row.get("host"),
        state: row.get("state"),
        attempts: row.get("attempts"),
        last_error: row.get("last_error"),
        updated_at: row.get("updated_at"),
        object_id: row.get("object_id"),
    });
    Ok(entries.collect())
}

/// The inboxes that have a status, or may have it.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn reached(client: &impl GenericClient, object: i64) -> anyhow::Result<Vec<Destination>> {
    let sql = "SELECT inbox, host FROM server.delivery_hosts WHERE object_id = $1 AND state <> 'failed' ORDER BY inbox";
    let rows = client.query(sql, &[&object]).await?;
    Ok(rows.iter().map(|row| Destination { inbox: row.get(0), host: row.get(1) }).collect())
}

/// The inboxes that have a status of an account, or may have it.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn reached_by(reader: &Reader, account: AccountId) -> anyhow::Result<Vec<Destination>> {
    let sql = "SELECT DISTINCT l.inbox, l.host FROM statuses s JOIN server.delivery_hosts l ON l.object_id = s.id
        WHERE s.account_id = $1 AND l.state <> 'failed' ORDER BY l.inbox";
    let rows = reader.query(sql, &[&account.get()]).await?;
    Ok(rows.iter().map(|row| Destination { inbox: row.get(0), host: row.get(1) }).collect())
}

/// Somebody behind this inbox has to do with a status: their server has it.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn engage(pool: &Pool, object: i64, to: &Destination, now: Timestamp) -> anyhow::Result<()> {
    let sql = "INSERT INTO server.delivery_hosts (object_id, host, inbox, state, updated_at)
        VALUES ($1, $2, $3, 'delivered', $4)
        ON CONFLICT (object_id, inbox) DO UPDATE SET state = 'delivered' WHERE delivery_hosts.state <> 'delivered'";
    pool.get().await?.execute(sql, &[&object, &to.host, &to.inbox, &now]).await?;
    Ok(())
}

/// Writes down what came of deliveries. What has arrived once is there, whatever comes later.
pub(super) async fn write(
    tx: &impl GenericClient,
    settled: &[(Claimed, Outcome)],
    now: Timestamp,
) -> anyhow::Result<()> {
    let mut lines: Vec<_> = settled.iter().filter_map(line).collect();
    if lines.is_empty() {
        return Ok(());
    }
    lines.sort_unstable();
    lines.dedup_by_key(|(object, inbox, ..)| (*object, *inbox));
    let (mut objects, mut inboxes, mut hosts, mut states) = (vec![], vec![], vec![], vec![]);
    for (object, inbox, rank, host) in lines {
        objects.push(object);
        inboxes.push(inbox);
        hosts.push(host);
        states.push(["delivered", "uncertain", "failed"][rank]);
    }
    let sql = "INSERT INTO server.delivery_hosts (object_id, host, inbox, state, updated_at)
        SELECT object_id, host, inbox, state, $5
        FROM unnest($1::int8[], $2::text[], $3::text[], $4::text[]) AS new (object_id, host, inbox, state)
        ON CONFLICT (object_id, inbox) DO UPDATE SET state = EXCLUDED.state, updated_at = EXCLUDED.updated_at
        WHERE delivery_hosts.state <> 'delivered'
        AND (EXCLUDED.state <> 'failed' OR delivery_hosts.state = 'failed')";
    tx.execute(sql, &[&objects, &hosts, &inboxes, &states, &now]).await?;
    Ok(())
}

/// Object, inbox, rank of the state (the best first), host.
fn line((claimed, outcome): &(Claimed, Outcome)) -> Option<(i64, &str, usize, &str)> {
    let rank = match outcome {
        Outcome::Delivered => 0,
        Outcome::PutOff { uncertain: true, .. } | Outcome::Failed { uncertain: true, .. } => 1,
        Outcome::Failed { .. } => 2,
        Outcome::PutOff { .. } | Outcome::Returned { .. } => return None,
    };
    Some((claimed.object_id?, &claimed.to.inbox, rank, &claimed.to.host))
}
