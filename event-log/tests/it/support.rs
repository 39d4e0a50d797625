//! Engines to test, and events to put into them.

use std::sync::Arc;

use chronodon_event_log::{
    Append, EventLog, Expected, KeyRing, Log, MasterKey, MemoryLog, NewEvent, NewSealedEvent, PostgresLog,
    PostgresOptions, PostgresVault, StreamName, Vault, migrate,
};
use chronodon_events::status::StatusPinned;
use chronodon_events::{AccountId, ActorId, Cause, Event, KeyId, Meta, Origin, StatusId, Version};
use chronodon_private_postgres::test::{TestDatabase, database_from_template};
use tokio_postgres::{Client, Config, NoTls};
use uuid::Uuid;

/// An engine under test, with what it needs to live.
pub struct Engine {
    pub log: Arc<dyn EventLog>,
    pub vault: Arc<dyn Vault>,
    _database: Option<TestDatabase>,
}

impl Engine {
    pub fn memory() -> Self {
        let log = MemoryLog::new();
        Self { vault: Arc::new(log.vault()), log: Arc::new(log), _database: None }
    }

    pub async fn postgres() -> Self {
        let database = migrated_database().await;
        Self {
            log: Arc::new(open(database.config()).await),
            vault: Arc::new(PostgresVault::new(database.config())),
            _database: Some(database),
        }
    }

    /// The log with its keys.
    pub async fn sealed(&self) -> Log {
        let keys = KeyRing::open(&master(), Arc::clone(&self.vault)).await.unwrap();
        Log::new(Arc::clone(&self.log), Arc::new(keys))
    }
}

pub fn master() -> MasterKey {
    MasterKey::from_bytes([42; 32])
}

pub async fn migrated_database() -> TestDatabase {
    database_from_template("event-log", |config| async move {
        let (mut client, connection) = config.connect(NoTls).await.unwrap();
        let connection = tokio::spawn(connection);
        migrate(&mut client).await.unwrap();
        drop(client);
        connection.await.unwrap()
    })
    .await
}

pub async fn open(config: Config) -> PostgresLog {
    PostgresLog::open(config, PostgresOptions::default()).await.unwrap()
}

pub async fn connect(config: &Config) -> Client {
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

pub fn stream(name: &str) -> StreamName {
    StreamName::new(name).unwrap()
}

/// An append of events with these ids, whose payload is no secret.
pub fn append(name: &str, expected: Expected, ids: &[u128]) -> Append {
    let event = |id: &u128| NewSealedEvent {
        id: Uuid::from_u128(*id),
        event_type: "test.happened".to_owned(),
        schema_version: 1,
        key: KeyId::account(AccountId(7)),
        meta: serde_json::to_string(&meta()).unwrap(),
        payload: format!("payload {id}").into_bytes(),
    };
    Append { stream: stream(name), expected, events: ids.iter().map(event).collect(), secrets: Vec::new() }
}

pub const fn exact(version: u32) -> Expected {
    Expected::Exact(Version(version))
}

pub fn meta() -> Meta {
    let command = Uuid::from_u128(99);
    Meta {
        actor: ActorId::Account(AccountId(7)),
        origin: Origin::Api,
        cause: Cause::Command(command),
        correlation: command,
    }
}

/// An event that is sealed with the account's own key.
pub fn pinned(account: i64, status: i64) -> Event {
    StatusPinned { account_id: AccountId(account), status_id: StatusId(status) }.into()
}

pub fn new_event(id: u128, event: Event) -> NewEvent {
    NewEvent { id: Uuid::from_u128(id), event }
}

/// Runs each of these cases on every engine.
macro_rules! on_every_engine {
    ($($case:ident)*) => {
        mod memory {
            $(#[tokio::test]
            async fn $case() {
                super::$case(crate::support::Engine::memory()).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                super::$case(crate::support::Engine::postgres().await).await;
            })*
        }
    };
}

pub(crate) use on_every_engine;
