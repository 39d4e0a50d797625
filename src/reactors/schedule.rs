//! What the clock asks for. Of all processes on a database one at a time keeps the schedules.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{deliveries, departures, incoming, loose_media, poll_closer, remote_retention};
use crate::app::App;
use crate::clock;

/// Between two looks at the clock.
const TICK: Duration = Duration::from_secs(1);
/// Held by the process that keeps the schedules ("chronsch").
const ADVISORY_LOCK: i64 = 0x6368_726f_6e73_6368;

/// A task that is due again and again.
pub(super) struct Schedule {
    name: &'static str,
    every: Duration,
    run: for<'a> fn(&'a App, &'a mut Memory) -> Running<'a>,
}

/// A run of a task. True: there is more, come again at the next tick.
pub(super) type Running<'a> = Pin<Box<dyn Future<Output = anyhow::Result<bool>> + Send + 'a>>;

/// What tasks remember while the process lives.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub(super) loose_media: loose_media::Cursor,
    pub(super) remote_retention: remote_retention::Cursor,
}

/// Every task, by name.
const SCHEDULES: &[Schedule] = &[
    Schedule { name: "deliveries", every: Duration::from_secs(600), run: |app, _| Box::pin(deliveries::run(app)) },
    Schedule { name: "departures", every: Duration::from_secs(60), run: |app, _| Box::pin(departures::run(app)) },
    Schedule { name: "incoming", every: Duration::from_secs(600), run: |app, _| Box::pin(incoming::run(app)) },
    Schedule {
        name: "loose_media",
        every: Duration::from_secs(60),
        run: |app, memory| Box::pin(loose_media::run(app, &mut memory.loose_media, clock::now())),
    },
    Schedule { name: "poll_closer", every: Duration::ZERO, run: |app, _| Box::pin(poll_closer::run(app)) },
    Schedule {
        name: "remote_retention",
        every: Duration::from_secs(3_600),
        run: |app, memory| Box::pin(remote_retention::run(app, &mut memory.remote_retention, clock::now())),
    },
];

/// Keeps the schedules without end.
pub(super) async fn run(app: Arc<App>) {
    let mut due: Vec<_> = SCHEDULES.iter().map(|schedule| (schedule, Instant::now())).collect();
    let mut memory = Memory::default();
    let mut clock = tokio::time::interval(TICK);
    clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        clock.tick().await;
        if let Err(error) = tick(&app, &mut due, &mut memory).await {
            tracing::warn!(%error, "schedules wait and look again");
        }
    }
}

/// Runs what is due, unless another process is at it.
async fn tick(app: &App, due: &mut [(&Schedule, Instant)], memory: &mut Memory) -> anyhow::Result<()> {
    let mut client = app.server_tables.get().await?;
    let tx = client.transaction().await?;
    tx.batch_execute("SET LOCAL idle_in_transaction_session_timeout = '60s'").await?;
    let locked = tx.query_one("SELECT pg_try_advisory_xact_lock($1)", &[&ADVISORY_LOCK]).await?;
    if !locked.get::<_, bool>(0) {
        return Ok(());
    }
    for (schedule, at) in due.iter_mut().filter(|(_, at)| *at <= Instant::now()) {
        match (schedule.run)(app, memory).await {
            Ok(true) => {}
            Ok(false) => *at = Instant::now() + schedule.every,
            Err(error) => {
                tracing::warn!(schedule = schedule.name, %error, "a schedule failed and is tried again");
                *at = Instant::now() + schedule.every.max(TICK);
            }
        }
    }
    tx.rollback().await?;
    Ok(())
}
