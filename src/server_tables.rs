//! Brings the tables of the schema `server` (state that is neither log nor read model: tokens, jobs, apps) up to date.
//!
//! Migrations only go forward, and one that was released is never changed. Each must leave the previous release
//! working (expand first, contract a release later). To add one: the next free number in `migrations/server/`, and one
//! line in [`MIGRATIONS`]. Names in them are written with the schema, as in `server.identity`.

use refinery::{Migration, Runner};
use tokio_postgres::{Client, Config, NoTls};

/// Every migration, by number.
const MIGRATIONS: &[(&str, &str)] = &[
    ("V1__identity", include_str!("../migrations/server/V1__identity.sql")),
    ("V2__apps_and_tokens", include_str!("../migrations/server/V2__apps_and_tokens.sql")),
    ("V3__oauth", include_str!("../migrations/server/V3__oauth.sql")),
    ("V4__reactors_and_jobs", include_str!("../migrations/server/V4__reactors_and_jobs.sql")),
    ("V5__markers", include_str!("../migrations/server/V5__markers.sql")),
    ("V6__federation", include_str!("../migrations/server/V6__federation.sql")),
    ("V9__keys_and_synchronization", include_str!("../migrations/server/V9__keys_and_synchronization.sql")),
];

/// Held while migrating, so that of two processes that start together one waits ("chronsrv").
const ADVISORY_LOCK: i64 = 0x6368_726f_6e73_7276;

/// Why the tables are not up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database cannot be reached or refuses.
    #[error("migrating the server's tables: {0}")]
    Database(#[from] tokio_postgres::Error),
    /// A migration failed, or the database was written by a newer or different release.
    #[error("migrating the server's tables: {0}")]
    Migration(Box<refinery::Error>),
}

impl From<refinery::Error> for MigrateError {
    fn from(error: refinery::Error) -> Self {
        Self::Migration(Box::new(error))
    }
}

/// Applies what is missing, over one connection of its own. Does nothing when nothing is missing.
pub async fn migrate(config: &Config) -> Result<(), MigrateError> {
    let (mut client, connection) = config.connect(NoTls).await?;
    let driver = tokio::spawn(connection);
    let migrated = migrate_locked(&mut client).await;
    // Ends the session, and with it the lock.
    drop(client);
    let _ = driver.await;
    migrated
}

async fn migrate_locked(client: &mut Client) -> Result<(), MigrateError> {
    client.execute("SELECT pg_advisory_lock($1)", &[&ADVISORY_LOCK]).await?;
    client.batch_execute("SET client_min_messages = warning; CREATE SCHEMA IF NOT EXISTS server").await?;
    runner(MIGRATIONS)?.run_async(client).await?;
    Ok(())
}

fn runner(migrations: &[(&str, &str)]) -> Result<Runner, refinery::Error> {
    let parsed = migrations.iter().map(|(name, sql)| Migration::unapplied(name, sql));
    let mut runner = Runner::new(&parsed.collect::<Result<Vec<_>, _>>()?);
    runner.set_migration_table_name("server.schema_history");
    Ok(runner)
}

#[cfg(test)]
mod tests {
    use chronodon_private_postgres::test::database;

    use super::*;

    #[tokio::test]
    async fn migrating_twice_at_once_and_again_is_migrating_once() {
        let database = database().await;
        let config = database.config();
        let (one, two) = tokio::join!(migrate(&config), migrate(&config));
        one.unwrap();
        two.unwrap();
        migrate(&config).await.unwrap();
        let (client, connection) = config.connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        let applied = client.query_one("SELECT count(*) FROM server.schema_history", &[]).await.unwrap();
        assert_eq!(usize::try_from(applied.get::<_, i64>(0)).unwrap(), MIGRATIONS.len());
    }

    #[tokio::test]
    async fn a_database_of_a_newer_release_is_refused() {
        let database = database().await;
        migrate(&database.config()).await.unwrap();
        let (client, connection) = database.config().connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        let newer = "INSERT INTO server.schema_history (version, name, applied_on, checksum)
                     VALUES (9999, 'tomorrow', '2100-01-01T00:00:00Z', '0')";
        client.batch_execute(newer).await.unwrap();
        let refused = migrate(&database.config()).await.unwrap_err();
        assert!(refused.to_string().contains("9999"), "{refused}");
    }

    #[test]
    fn every_file_is_listed() {
        let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/server");
        let files = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name());
        let mut files = files.map(|name| name.into_string().unwrap()).collect::<Vec<_>>();
        let mut listed = MIGRATIONS.iter().map(|(name, _)| format!("{name}.sql")).collect::<Vec<_>>();
        files.sort();
        listed.sort();
        assert_eq!(files, listed);
    }
}
