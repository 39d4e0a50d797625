//! The schema of the log and the vault: forward-only migrations, embedded.

use tokio_postgres::Client;

use crate::OpenError;

mod embedded {
    refinery::embed_migrations!("../migrations/log");
}

/// Held while migrating, so that two processes that start together do it one after the other.
const LOCK: i64 = 0x6368_726f_6e6f_6c6f;

/// Brings the schemas `log` and `vault` to the newest version. Their history is kept in `log.migrations`.
///
/// # Errors
/// When PostgreSQL refuses, or the database was migrated by a newer binary.
pub async fn migrate(client: &mut Client) -> Result<(), OpenError> {
    client.execute("SELECT pg_advisory_lock($1)", &[&LOCK]).await?;
    let migrated = run(client).await;
    client.execute("SELECT pg_advisory_unlock($1)", &[&LOCK]).await?;
    migrated
}

async fn run(client: &mut Client) -> Result<(), OpenError> {
    client.batch_execute("CREATE SCHEMA IF NOT EXISTS log").await?;
    embedded::migrations::runner().set_migration_table_name("log.migrations").run_async(client).await?;
    Ok(())
}
