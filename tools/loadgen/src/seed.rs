//! Appends to the log as commands would, without a server. What is appended is not known here.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use chronodon::database::Database;
use chronodon_event_log::{Expected, KeyRing, Log, MasterKey, NewEvent, PostgresLog, PostgresOptions, PostgresVault};
use chronodon_event_log::{StreamName, StreamNames};
use chronodon_events::{AccountId, ActorId, Cause, Event, Meta, Origin};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::Options;
use crate::world::{self, World};

/// Appends that wait at once.
const AT_ONCE: usize = 512;

/// What is appended at once: the stream, who acts, what happened.
pub(crate) type First = (StreamName, AccountId, Vec<Event>);

/// The log of a data directory that no server is using.
pub(crate) struct Seed {
    database: Database,
    log: Log,
    pub(crate) names: StreamNames,
}

impl Seed {
    /// Makes a data directory.
    pub(crate) async fn open(server: &Path, data: &Path) -> anyhow::Result<Self> {
        world::begin(server, data)?;
        let config = world::config(data);
        let database = Database::open(&config).await?;
        let engine = Arc::new(PostgresLog::open(database.config(), PostgresOptions::default()).await?);
        let master = MasterKey::load(&config.server.master_key_file())?;
        let keys = KeyRing::open(&master, Arc::new(PostgresVault::new(database.config()))).await?;
        Ok(Self { database, log: Log::new(engine, Arc::new(keys)), names: StreamNames::new(&master) })
    }

    /// Appends each to its own stream, in any order.
    pub(crate) async fn append(&self, all: impl Iterator<Item = First>) -> anyhow::Result<()> {
        let one = |(stream, actor, events): First| async move {
            let command = Uuid::from_u128(rand::random());
            let meta = Meta {
                actor: ActorId::Account(actor),
                origin: Origin::Api,
                cause: Cause::Command(command),
                correlation: command,
            };
            let events = events.into_iter().enumerate();
            let events = events.map(|(i, event)| NewEvent { id: Uuid::new_v5(&command, &i.to_be_bytes()), event });
            self.log.append(stream, Expected::NoStream, events.collect(), meta).await?;
            anyhow::Ok(())
        };
        stream::iter(all.map(one)).buffer_unordered(AT_ONCE).try_collect::<()>().await
    }

    /// Gives tokens to so many accounts, and leaves the directory to a server.
    pub(crate) async fn close(self, accounts: usize) -> anyhow::Result<()> {
        self.log.shutdown().await;
        store_tokens(&self.database, accounts).await?;
        Ok(self.database.close().await?)
    }
}

/// Where a benchmark keeps data of its own that is not kept: there is nothing yet.
pub(crate) fn place(options: &Options, name: &str) -> anyhow::Result<PathBuf> {
    let data = fs::canonicalize(&options.out)?.join(name);
    match fs::remove_dir_all(&data) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(data),
    }
}

/// An app, and a token for every account.
async fn store_tokens(database: &Database, accounts: usize) -> anyhow::Result<()> {
    let (client, connection) = database.config().connect(tokio_postgres::NoTls).await?;
    let connection = tokio::spawn(connection);
    let app = "INSERT INTO server.apps (id, name, redirect_uris, scopes, client_id, client_secret_hash, created_at)
               VALUES (1, 'Bench', '{}', '{read,write,follow}', 'bench', '', now())";
    client.execute(app, &[]).await?;
    let ids: Vec<i64> = (0..accounts).map(|account| world::account_id(account).get()).collect();
    let hashes: Vec<Vec<u8>> = (0..accounts).map(|account| Sha256::digest(World::token(account)).to_vec()).collect();
    let tokens = "INSERT INTO server.access_tokens (id, token_hash, app_id, account_id, scopes, created_at)
                  SELECT id, hash, 1, id, '{read,write,follow}', now()
                  FROM unnest($1::int8[], $2::bytea[]) AS new (id, hash)";
    client.execute(tokens, &[&ids, &hashes]).await?;
    drop(client);
    Ok(connection.await??)
}
