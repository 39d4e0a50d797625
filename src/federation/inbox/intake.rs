//! Puts activities into the table, many requests' in one commit. What it says yes to is on disk.

use std::sync::Arc;

use deadpool_postgres::Pool;
use tokio::sync::{Notify, mpsc, oneshot};

use super::queue::{self, NewRow};
use crate::clock;

/// Activities that wait for the next commit; more are refused.
const WAITING_MAX: usize = 512;
/// Activities in one commit.
const BATCH_MAX: usize = 128;

/// Takes activities.
pub(super) struct Intake {
    sender: mpsc::Sender<Waiting>,
}

struct Waiting {
    row: NewRow,
    stored: oneshot::Sender<bool>,
}

impl Intake {
    /// Begins to take activities; `arrived` is told of each commit. Ends when it is dropped.
    pub(super) fn start(pool: Pool, arrived: Arc<Notify>) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        tokio::spawn(commit(pool, receiver, arrived));
        Self { sender }
    }

    /// Whether the activity is on disk. If not, its sender must send it again.
    pub(super) async fn store(&self, row: NewRow) -> bool {
        let (stored, outcome) = oneshot::channel();
        if self.sender.try_send(Waiting { row, stored }).is_err() {
            return false;
        }
        outcome.await.unwrap_or(false)
    }
}

async fn commit(pool: Pool, mut receiver: mpsc::Receiver<Waiting>, arrived: Arc<Notify>) {
    let mut batch = Vec::with_capacity(BATCH_MAX);
    while receiver.recv_many(&mut batch, BATCH_MAX).await > 0 {
        let (rows, waiting): (Vec<_>, Vec<_>) = batch.drain(..).map(|waiting| (waiting.row, waiting.stored)).unzip();
        let inserted = queue::insert(&pool, &rows, clock::now()).await;
        if let Err(error) = &inserted {
            tracing::warn!(%error, count = rows.len(), "activities could not be stored; their senders send them again");
        }
        arrived.notify_one();
        for stored in waiting {
            // Who has gone away sends again, too.
            let _ = stored.send(inserted.is_ok());
        }
    }
}
