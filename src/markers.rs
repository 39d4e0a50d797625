//! How far accounts have read their timelines. Not events: they change with every look.

use chronodon_events::AccountId;
use deadpool_postgres::Pool;
use jiff::Timestamp;

use crate::commands::CommandError;

/// How far an account has read a timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    /// `home` or `notifications`.
    pub timeline: String,
    /// The newest that was read.
    pub last_read_id: String,
    /// How often it moved.
    pub version: i64,
    /// When it moved last.
    pub updated_at: Timestamp,
}

/// The markers of an account for these timelines.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn of(pool: &Pool, account: AccountId, timelines: &[String]) -> Result<Vec<Marker>, CommandError> {
    let client = pool.get().await?;
    let sql = "SELECT timeline, last_read_id, version, updated_at FROM server.markers
               WHERE account_id = $1 AND timeline = ANY($2)";
    let statement = client.prepare_cached(sql).await?;
    Ok(client.query(&statement, &[&account.get(), &timelines]).await?.iter().map(read).collect())
}

/// Moves a marker.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn set(
    pool: &Pool,
    account: AccountId,
    timeline: &str,
    last_read_id: &str,
    now: Timestamp,
) -> Result<Marker, CommandError> {
    let client = pool.get().await?;
    let sql = "INSERT INTO server.markers (account_id, timeline, last_read_id, version, updated_at)
               VALUES ($1, $2, $3, 0, $4)
               ON CONFLICT (account_id, timeline) DO UPDATE SET last_read_id = EXCLUDED.last_read_id,
                   version = server.markers.version + 1, updated_at = EXCLUDED.updated_at
               RETURNING timeline, last_read_id, version, updated_at";
    let statement = client.prepare_cached(sql).await?;
    Ok(read(&client.query_one(&statement, &[&account.get(), &timeline, &last_read_id, &now]).await?))
}

fn read(row: &tokio_postgres::Row) -> Marker {
    Marker {
        timeline: row.get("timeline"),
        last_read_id: row.get("last_read_id"),
        version: row.get("version"),
        updated_at: row.get("updated_at"),
    }
}

/// Removes all markers of an account.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn forget(pool: &Pool, account: AccountId) -> Result<(), CommandError> {
    pool.get().await?.execute("DELETE FROM server.markers WHERE account_id = $1", &[&account.get()]).await?;
    Ok(())
}
