//! Events a second into the log, through the engine that the server uses, beside one connection that does nothing but
//! insert as many rows of the same size in batches of the same size.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use chronodon::database::Database;
use chronodon_event_log::StreamNames;
use chronodon_event_log::{Expected, KeyRing, Log, MasterKey, NewEvent, PostgresLog, PostgresOptions, PostgresVault};
use chronodon_events::status::StatusEvent;
use chronodon_events::{AccountId, ActorId, Cause, Meta, Origin, StatusId};
use futures::future::try_join_all;
use jiff::Timestamp;
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

use crate::Options;
use crate::report::Report;
use crate::{seed, world};

/// Commands at once.
pub(crate) const CONCURRENCIES: [usize; 3] = [8, 32, 64];
const AUTHOR: AccountId = AccountId(1);
/// Bytes of a row, about those of a sealed status.
const PAYLOAD_BYTES: usize = 600;

/// The engine by itself, with no server.
pub(crate) struct Appender {
    data: PathBuf,
    database: Database,
    log: Log,
    names: StreamNames,
    bare: Client,
}

impl Appender {
    /// Opens a log with nothing in it, in a directory of its own.
    pub(crate) async fn open(options: &Options) -> anyhow::Result<Self> {
        let data = seed::place(options, "append")?;
        world::begin(&options.server, &data)?;
        let config = world::config(&data);
        let database = Database::open(&config).await?;
        let engine = Arc::new(PostgresLog::open(database.config(), PostgresOptions::default()).await?);
        let master = MasterKey::load(&config.server.master_key_file())?;
        let keys = KeyRing::open(&master, Arc::new(PostgresVault::new(database.config()))).await?;
        let (bare, connection) = database.config().connect(NoTls).await?;
        tokio::spawn(connection);
        let table =
            "CREATE TABLE public.bare (position int8 PRIMARY KEY, event_id uuid UNIQUE, stream text, version int4,
                        event_type text, meta text, payload bytea, UNIQUE (stream, version))";
        bare.batch_execute(table).await?;
        Ok(Self { data, database, log: Log::new(engine, Arc::new(keys)), names: StreamNames::new(&master), bare })
    }

    /// Events a second with so many commands at once.
    pub(crate) async fn rate(&self, at_once: usize, seconds: f64) -> anyhow::Result<f64> {
        let begun = Instant::now();
        let appended = AtomicUsize::new(0);
        let one = || async {
            while begun.elapsed().as_secs_f64() < seconds {
                self.append().await?;
                appended.fetch_add(1, Ordering::Relaxed);
            }
            anyhow::Ok(())
        };
        try_join_all((0..at_once).map(|_| one())).await?;
        Ok(appended.into_inner() as f64 / begun.elapsed().as_secs_f64())
    }

    /// A status of about 300 characters.
    async fn append(&self) -> anyhow::Result<()> {
        let command = Uuid::from_u128(rand::random());
        let id = StatusId(rand::random::<i64>() & i64::MAX);
        let meta = Meta {
            actor: ActorId::Account(AUTHOR),
            origin: Origin::Api,
            cause: Cause::Command(command),
            correlation: command,
        };
        let event = StatusEvent::Posted(world::status(AUTHOR, id, Timestamp::UNIX_EPOCH, "word ".repeat(60))).into();
        let events = vec![NewEvent { id: command, event }];
        self.log.append(self.names.status(id), Expected::NoStream, events, meta).await?;
        Ok(())
    }

    /// Rows a second in batches of this size.
    pub(crate) async fn bare_rate(&self, batch: usize, seconds: f64) -> anyhow::Result<f64> {
        let insert = "INSERT INTO public.bare SELECT * FROM unnest($1::int8[], $2::uuid[], $3::text[], $4::int4[],
                      $5::text[], $6::text[], $7::bytea[])";
        let insert = self.bare.prepare(insert).await?;
        let first: i64 = self.bare.query_one("SELECT coalesce(max(position), 0) FROM public.bare", &[]).await?.get(0);
        let meta =
            "{\"actor\":\"1\",\"origin\":\"api\",\"cause\":{\"command\":\"00000000-0000-0000-0000-000000000000\"}}";
        let begun = Instant::now();
        let mut position = first;
        while begun.elapsed().as_secs_f64() < seconds {
            let positions: Vec<_> = (position + 1..=position + batch as i64).collect();
            let ids: Vec<_> = positions.iter().map(|_| Uuid::from_u128(rand::random())).collect();
            let streams: Vec<_> = ids.iter().map(|id| format!("status-{}", id.simple())).collect();
            let versions = vec![1_i32; batch];
            let (types, metas) = (vec!["status.posted"; batch], vec![meta; batch]);
            let payloads: Vec<Vec<u8>> = positions.iter().map(|_| vec![7; PAYLOAD_BYTES]).collect();
            self.bare.execute(&insert, &[&positions, &ids, &streams, &versions, &types, &metas, &payloads]).await?;
            position += batch as i64;
        }
        Ok((position - first) as f64 / begun.elapsed().as_secs_f64())
    }

    /// Removes what was appended.
    pub(crate) async fn close(self) -> anyhow::Result<()> {
        self.log.shutdown().await;
        drop(self.bare);
        self.database.close().await?;
        Ok(fs::remove_dir_all(self.data)?)
    }
}

pub(crate) async fn run(options: &Options, report: &mut Report) -> anyhow::Result<()> {
    let appender = Appender::open(options).await?;
    for _ in 0..options.rounds {
        for at_once in CONCURRENCIES {
            let rate = appender.rate(at_once, options.seconds).await?;
            let bare = appender.bare_rate(at_once, options.seconds).await?;
            report.add(format!("{at_once} at once: events a second"), "1/s", rate);
            report.add(format!("{at_once} at once: bare INSERT"), "1/s", bare);
            report.add(format!("{at_once} at once: of the bare INSERT"), "", rate / bare);
        }
    }
    appender.close().await
}
