//! Slots: the schemas in which a group's tables live. One is in service, the other is rebuilt beside it.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::marker::PhantomData;
use std::sync::Arc;

use arc_swap::ArcSwap;
use chronodon_events::Position;
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Transaction};
use futures::try_join;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Config, NoTls};

use crate::group::Group;
use crate::lookups::{self, Lookups};
use crate::{ProjectionError, Reader};

/// The shared book of slots and checkpoints.
const BOOK: &str = "
CREATE SCHEMA IF NOT EXISTS projections;
CREATE TABLE IF NOT EXISTS projections.checkpoints (
    slot text PRIMARY KEY,
    position int8 NOT NULL,
    version text NOT NULL
);
CREATE TABLE IF NOT EXISTS projections.slots (
    group_name text PRIMARY KEY,
    active text NOT NULL
);
";

/// What every slot has beside its group's tables.
const PARKED: &str =
    "CREATE TABLE parked_streams (stream text PRIMARY KEY, position int8 NOT NULL, reason text NOT NULL)";

const LOCK: &str = "SELECT position, version FROM projections.checkpoints WHERE slot = $1 FOR UPDATE";

/// Connections to one schema.
pub struct Slot {
    name: String,
    pool: Pool,
    lookups: Lookups,
}

impl Slot {
    /// The schema's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Connections whose search path is the schema.
    #[must_use]
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Connections for rows by their keys.
    pub(crate) const fn lookups(&self) -> &Lookups {
        &self.lookups
    }
}

/// How far a group is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The group's name.
    pub group: &'static str,
    /// The slot in service.
    pub slot: String,
    /// Its checkpoint.
    pub position: Position,
    /// Streams that could not be folded and are left out.
    pub parked: Vec<String>,
}

/// The slots of a group.
pub struct Slots<G> {
    config: Config,
    pool_size: usize,
    active: Arc<ArcSwap<Slot>>,
    group: PhantomData<fn() -> G>,
}

impl<G: Group> Slots<G> {
    /// Opens the group's slot in service, creating an empty one on first use.
    ///
    /// # Errors
    /// When the database refuses or cannot be reached.
    pub async fn open(config: Config, pool_size: usize) -> Result<Self, ProjectionError> {
        let slots = Self {
            active: Arc::new(ArcSwap::from_pointee(connect(&config, &slot_name::<G>("a"), pool_size))),
            config,
            pool_size,
            group: PhantomData,
        };
        let mut client = slots.active.load_full().pool().get().await?;
        let tx = client.transaction().await?;
        tx.execute("SELECT pg_advisory_xact_lock(hashtext('projections'))", &[]).await?;
        tx.batch_execute(BOOK).await?;
        if active_slot::<G>(&tx).await?.is_none() {
            create::<G>(&tx, &slot_name::<G>("a")).await?;
            activate::<G>(&tx, &slot_name::<G>("a")).await?;
        }
        let active = active_slot::<G>(&tx).await?;
        tx.commit().await?;
        if let Some(active) = active {
            slots.switch(&active);
        }
        Ok(slots)
    }

    /// Reads from whatever slot is in service.
    #[must_use]
    pub fn reader(&self) -> Reader {
        Reader::new(self.active.clone())
    }

    /// Whether the tables in service were made by another binary and must be rebuilt before they are used.
    ///
    /// # Errors
    /// When the database refuses or cannot be reached.
    pub async fn outdated(&self) -> Result<bool, ProjectionError> {
        let active = self.active();
        let client = active.pool().get().await?;
        let sql = "SELECT version FROM projections.checkpoints WHERE slot = $1";
        let row = client.query_one(sql, &[&active.name()]).await?;
        Ok(row.get::<_, &str>(0) != version::<G>())
    }

    /// How far the group is.
    ///
    /// # Errors
    /// When the database refuses or cannot be reached.
    pub async fn standing(&self) -> Result<Standing, ProjectionError> {
        let active = self.active();
        let client = active.pool().get().await?;
        let sql = "SELECT position FROM projections.checkpoints WHERE slot = $1";
        let position: i64 = client.query_one(sql, &[&active.name()]).await?.get(0);
        let parked = client.query("SELECT stream FROM parked_streams ORDER BY stream", &[]).await?;
        Ok(Standing {
            group: G::NAME,
            slot: active.name().to_owned(),
            position: Position(position.cast_unsigned()),
            parked: parked.iter().map(|row| row.get(0)).collect(),
        })
    }

    /// The slot in service.
    #[must_use]
    pub fn active(&self) -> Arc<Slot> {
        self.active.load_full()
    }

    /// Connections to a slot that is not in service.
    #[must_use]
    pub fn beside(&self, suffix: &str) -> Slot {
        connect(&self.config, &slot_name::<G>(suffix), 2)
    }

    /// The suffix of the slot that is not in service.
    #[must_use]
    pub fn idle_suffix(&self) -> &'static str {
        if self.active().name() == slot_name::<G>("a") { "b" } else { "a" }
    }

    /// Serves from another slot from now on.
    pub fn switch(&self, name: &str) {
        if self.active.load().name() != name {
            self.active.store(Arc::new(connect(&self.config, name, self.pool_size)));
        }
    }
}

fn connect(config: &Config, name: &str, size: usize) -> Slot {
    let planned_once = "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off";
    Slot {
        name: name.to_owned(),
        pool: pool(config, name, "", size),
        lookups: Lookups::new(pool(config, name, planned_once, lookups::CONNECTIONS)),
    }
}

fn pool(config: &Config, name: &str, options: &str, size: usize) -> Pool {
    let mut config = config.clone();
    config.options(format!("-c search_path={name} -c statement_timeout=30s -c jit=off {options}"));
    config.application_name(format!("chronodon {name}"));
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    Pool::builder(Manager::from_config(config, NoTls, recycling))
        .max_size(size)
        .wait_timeout(Some(std::time::Duration::from_secs(10)))
        .runtime(deadpool_postgres::Runtime::Tokio1)
        .build()
        .expect("a runtime is named")
}

/// `core_a`
#[must_use]
pub fn slot_name<G: Group>(suffix: &str) -> String {
    format!("{}_{suffix}", G::NAME)
}

/// Names the shape of the group's tables.
#[must_use]
pub fn version<G: Group>() -> String {
    let mut hasher = DefaultHasher::new();
    G::DDL.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// Makes an empty slot, in place of what was there.
pub(crate) async fn create<G: Group>(client: &Transaction<'_>, name: &str) -> Result<(), tokio_postgres::Error> {
    client
        .batch_execute(&format!(
            "DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name}; SET LOCAL search_path = {name};"
        ))
        .await?;
    for ddl in G::DDL.iter().chain([&PARKED]) {
        client.batch_execute(ddl).await?;
    }
    client
        .execute(
            "INSERT INTO projections.checkpoints (slot, position, version) VALUES ($1, 0, $2)
             ON CONFLICT (slot) DO UPDATE SET position = 0, version = EXCLUDED.version",
            &[&name, &version::<G>()],
        )
        .await?;
    Ok(())
}

pub(crate) async fn active_slot<G: Group>(client: &Transaction<'_>) -> Result<Option<String>, tokio_postgres::Error> {
    let row = client.query_opt("SELECT active FROM projections.slots WHERE group_name = $1", &[&G::NAME]).await?;
    Ok(row.map(|row| row.get(0)))
}

pub(crate) async fn activate<G: Group>(client: &Transaction<'_>, name: &str) -> Result<(), tokio_postgres::Error> {
    client
        .execute(
            "INSERT INTO projections.slots (group_name, active) VALUES ($1, $2)
             ON CONFLICT (group_name) DO UPDATE SET active = EXCLUDED.active",
            &[&G::NAME, &name],
        )
        .await?;
    Ok(())
}

/// What a runner must know before it folds.
pub(crate) struct Locked {
    /// The slot's checkpoint, locked against other runners.
    pub(crate) checkpoint: Position,
    /// What its tables were made with.
    pub(crate) version: String,
    /// The slot in service.
    pub(crate) active: Option<String>,
    /// Streams that the slot has set aside.
    pub(crate) parked: BTreeSet<String>,
}

/// Changes the transaction's settings, locks the checkpoint and looks around: one round trip. The look is a statement of
/// its own, because only statements that begin behind the lock see what its last holder did.
pub(crate) async fn lock<G: Group>(
    client: &Transaction<'_>,
    slot: &str,
    settings: &str,
) -> Result<Locked, tokio_postgres::Error> {
    let lock = client.prepare_cached(LOCK).await?;
    let look = "
        SELECT (SELECT active FROM projections.slots WHERE group_name = $1), ARRAY(SELECT stream FROM parked_streams)";
    let look = client.prepare_cached(look).await?;
    let (of_slot, of_group): ([&(dyn ToSql + Sync); 1], [&(dyn ToSql + Sync); 1]) = ([&slot], [&G::NAME]);
    let (_, lock, look) = try_join!(
        client.batch_execute(settings),
        client.query_one(&lock, &of_slot),
        client.query_one(&look, &of_group)
    )?;
    Ok(Locked {
        checkpoint: Position(lock.get::<_, i64>(0).cast_unsigned()),
        version: lock.get(1),
        active: look.get(0),
        parked: look.get::<_, Vec<String>>(1).into_iter().collect(),
    })
}

/// The slot's checkpoint and the version its tables were made with, locked against other runners.
pub(crate) async fn lock_checkpoint(
    client: &Transaction<'_>,
    slot: &str,
) -> Result<(Position, String), tokio_postgres::Error> {
    let row = client.query_one(&client.prepare_cached(LOCK).await?, &[&slot]).await?;
    Ok((Position(row.get::<_, i64>(0).cast_unsigned()), row.get(1)))
}

/// Moves the checkpoint, if nobody else has.
pub(crate) async fn move_checkpoint(
    client: &Transaction<'_>,
    slot: &str,
    from: Position,
    to: Position,
) -> Result<bool, tokio_postgres::Error> {
    let sql = "UPDATE projections.checkpoints SET position = $3 WHERE slot = $1 AND position = $2";
    let statement = client.prepare_cached(sql).await?;
    let moved = client.execute(&statement, &[&slot, &from.0.cast_signed(), &to.0.cast_signed()]).await?;
    Ok(moved == 1)
}
