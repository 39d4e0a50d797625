//! `chronodon backup` and `chronodon restore`.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use serde_json::json;
use tokio_postgres::NoTls;

use super::{Exit, Globals, Output, logging};
use crate::config::{Config, Overrides};
use crate::database::Database;
use crate::{backup, server_tables};

#[derive(Debug, Args)]
pub(super) struct Command {
    /// The file of the backup
    file: PathBuf,
}

/// Works beside a running server, and without one.
pub(super) async fn back_up(globals: &Globals, command: &Command, output: &mut Output) -> anyhow::Result<Exit> {
    let (config, database) = open(globals).await?;
    let media = config.media.directory(&config.server);
    let written = async {
        migrate(&database).await?;
        backup::write(&database.config(), &media, &command.file).await
    }
    .await;
    database.close().await?;
    let manifest = written?;
    let key = config.server.master_key_file();
    let text = format!(
        "{} holds {} tables and all media.\nThe master key is not in it. Keep {} somewhere else: without it, nothing \
         in the backup can be read.",
        command.file.display(),
        manifest.tables.len(),
        key.display()
    );
    output.result(&json!({ "file": command.file, "manifest": manifest, "master_key": key }), text)?;
    Ok(Exit::Done)
}

/// Into an empty data directory or database only.
pub(super) async fn restore(globals: &Globals, command: &Command, output: &mut Output) -> anyhow::Result<Exit> {
    let (config, database) = open(globals).await?;
    let media = config.media.directory(&config.server);
    let restored = async {
        migrate(&database).await?;
        backup::restore(&database.config(), &media, &command.file).await
    }
    .await;
    database.close().await?;
    let manifest = restored?;
    let key = config.server.master_key_file();
    let next = if key.exists() {
        "Start the server: it folds its read models from the log.".to_owned()
    } else {
        format!("Put the master key back as {}, then start the server.", key.display())
    };
    let text = format!("Restored what {} wrote at {}.\n{next}", manifest.program, manifest.made_at);
    output.result(&json!({ "manifest": manifest, "master_key": key, "master_key_is_there": key.exists() }), text)?;
    Ok(Exit::Done)
}

async fn open(globals: &Globals) -> anyhow::Result<(Config, Database)> {
    let config = globals.configuration(Overrides::default())?;
    logging::start(logging::QUIET)?;
    let database = Database::open(&config).await?;
    Ok((config, database))
}

async fn migrate(database: &Database) -> anyhow::Result<()> {
    let (mut client, connection) = database.config().connect(NoTls).await?;
    let connection = tokio::spawn(connection);
    chronodon_event_log::migrate(&mut client).await.context("the log's tables")?;
    drop(client);
    let _ = connection.await;
    server_tables::migrate(&database.config()).await?;
    Ok(())
}
