//! Does the jobs of the queue, a few at a time. Every process has one; none waits for another. It is woken by what its own
//! process puts in, and finds by looking what others do.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::queue::{self, Claimed, LEASE};
use crate::app::App;
use crate::clock;

/// Jobs that one process does at a time.
const AT_ONCE_MAX: usize = 8;
/// Between two looks at an empty queue, and after a fault.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// Does jobs without end.
pub(crate) async fn run(app: Arc<App>) {
    let mut running = JoinSet::new();
    loop {
        while running.len() >= AT_ONCE_MAX {
            running.join_next().await;
        }
        while running.try_join_next().is_some() {}
        let free = i64::try_from(AT_ONCE_MAX - running.len()).unwrap_or(1);
        let claimed = queue::claim(&app.server_tables, clock::now(), free).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "no jobs can be claimed");
            Vec::new()
        });
        if claimed.is_empty() {
            // Either way it looks again.
            let _ = tokio::time::timeout(LOOK_AGAIN, app.jobs_due.notified()).await;
        }
        for claimed in claimed {
            running.spawn(work(app.clone(), claimed));
        }
    }
}

async fn work(app: Arc<App>, claimed: Claimed) {
    let outcome = match tokio::time::timeout(LEASE, claimed.job.run(&app)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(anyhow::anyhow!("it took longer than {} seconds", LEASE.as_secs())),
    };
    let settled = match outcome {
        Ok(()) => queue::finish(&app.server_tables, claimed.id).await,
        Err(error) => {
            tracing::warn!(job = ?claimed.job, attempts = claimed.attempts, %error, "a job failed");
            queue::put_off(&app.server_tables, &claimed, &format!("{error:#}"), clock::now()).await
        }
    };
    if let Err(error) = settled {
        tracing::warn!(job = ?claimed.job, %error, "a job's outcome could not be written down; it is done again");
    }
}
