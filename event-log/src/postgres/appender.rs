//! The one task of a process that appends. It takes what waits as a batch, commits it, answers, and takes what has
//! come in meanwhile: the commit is the wait, there is no timer.
//!
//! It answers nothing before it knows. When the connection is lost over a batch, whether that batch was committed is
//! unknown, so it sends the same event ids again: those that are there come back as retries with their first result.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use chronodon_events::Position;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_postgres::Config;
use tokio_postgres::error::SqlState;

pub(super) use super::batch::Waiting;
use super::batch::{self, Outcomes};
use super::connection::{Connection, Failure, within};
use super::{PostgresOptions, advance};
use crate::AppendError;

/// How long to wait for an answer beyond the time that PostgreSQL is given: a slow disk may take this long to commit.
const COMMIT_ALLOWANCE: Duration = Duration::from_secs(3);

/// The first pause after a failure; each further one is twice as long, up to the last.
const PAUSE_MIN: Duration = Duration::from_millis(20);
const PAUSE_MAX: Duration = Duration::from_millis(500);

pub(super) struct Appender {
    config: Config,
    options: PostgresOptions,
    queue: mpsc::Receiver<Waiting>,
    waiting: VecDeque<Waiting>,
    head: watch::Sender<Position>,
    connection: Option<Connection>,
    pause: Duration,
}

impl Appender {
    pub(super) fn new(
        config: Config,
        options: PostgresOptions,
        queue: mpsc::Receiver<Waiting>,
        head: watch::Sender<Position>,
    ) -> Self {
        Self { config, options, queue, waiting: VecDeque::new(), head, connection: None, pause: PAUSE_MIN }
    }

    /// Appends until told to stop, then what still waits.
    pub(super) async fn run(mut self, mut stop: oneshot::Receiver<()>) {
        let mut stopping = false;
        loop {
            tokio::select! {
                biased;
                _ = &mut stop, if !stopping => {
                    stopping = true;
                    self.queue.close();
                }
                next = self.queue.recv(), if self.waiting.is_empty() => match next {
                    Some(next) => self.waiting.push_back(next),
                    None => return,
                },
                () = std::future::ready(()), if !self.waiting.is_empty() => {}
            }
            self.fetch_waiting();
            let batch = batch::take(&mut self.waiting, &self.options);
            if !batch.is_empty() {
                self.commit(batch).await;
            }
        }
    }

    fn fetch_waiting(&mut self) {
        while self.waiting.len() < self.options.batch_appends_max {
            match self.queue.try_recv() {
                Ok(next) => self.waiting.push_back(next),
                Err(_) => return,
            }
        }
    }

    async fn commit(&mut self, batch: Vec<Waiting>) {
        match self.submit(&batch).await {
            Ok(outcomes) => self.answer(batch, outcomes),
            Err(failure) if is_refusal(&failure) => self.commit_one_by_one(batch).await,
            Err(failure) => self.put_back(batch, &failure).await,
        }
    }

    /// Something in the batch makes the whole statement fail: finds out what, so that the rest does not suffer.
    async fn commit_one_by_one(&mut self, batch: Vec<Waiting>) {
        let mut rest = VecDeque::from(batch);
        while let Some(next) = rest.pop_front() {
            let alone = vec![next];
            match self.submit(&alone).await {
                Ok(outcomes) => self.answer(alone, outcomes),
                Err(failure) if is_refusal(&failure) => {
                    let reason = failure.text();
                    tracing::error!(%reason, "PostgreSQL refuses to store an event");
                    alone.into_iter().for_each(|one| one.answer(Err(AppendError::Rejected(reason.clone()))));
                }
                Err(failure) => {
                    let all = alone.into_iter().chain(rest).collect();
                    return self.put_back(all, &failure).await;
                }
            }
        }
    }

    async fn submit(&mut self, batch: &[Waiting]) -> Result<Outcomes, Failure> {
        if self.connection.as_ref().is_none_or(Connection::is_closed) {
            self.connection = Some(Connection::open(&self.config, &session(&self.options)).await?);
        }
        let connection = self.connection.as_ref().expect("it was made above");
        let limit = self.options.statement_timeout + COMMIT_ALLOWANCE;
        let outcomes = within(limit, async { Ok(batch::submit(connection, batch).await?) }).await;
        match &outcomes {
            Ok(_) => self.pause = PAUSE_MIN,
            Err(failure) if !failure.is_answer() => self.connection = None,
            Err(_) => {}
        }
        outcomes
    }

    fn answer(&self, batch: Vec<Waiting>, outcomes: Outcomes) {
        let last = outcomes.iter().flatten().map(|appended| appended.position).max();
        for (waiting, outcome) in batch.into_iter().zip(outcomes) {
            waiting.answer(outcome);
        }
        if let Some(last) = last {
            advance(&self.head, last);
        }
    }

    /// Nothing is known to be wrong with these appends: they are tried again until their time is over.
    async fn put_back(&mut self, batch: Vec<Waiting>, failure: &Failure) {
        let reason = failure.text();
        tracing::warn!(%reason, appends = batch.len(), "the log could not be written; trying again");
        for mut waiting in batch.into_iter().rev() {
            waiting.in_doubt |= leaves_doubt(failure);
            self.waiting.push_front(waiting);
        }
        self.fetch_waiting();
        let now = Instant::now();
        let out_of_space = is_out_of_space(failure);
        for waiting in std::mem::take(&mut self.waiting) {
            if waiting.deadline <= now || (out_of_space && !waiting.in_doubt) {
                waiting.answer(Err(AppendError::Unavailable(reason.clone())));
            } else {
                self.waiting.push_back(waiting);
            }
        }
        tokio::time::sleep(self.pause).await;
        self.pause = (self.pause * 2).min(PAUSE_MAX);
    }
}

/// How the appender's session is set up: durable commits, bounded waits, and plans that keep to the indexes also
/// while the tables are young and have no statistics.
fn session(options: &PostgresOptions) -> String {
    let timeout = options.statement_timeout.as_millis();
    format!(
        "SET synchronous_commit = on; SET default_transaction_isolation = 'read committed';
         SET default_transaction_read_only = off; SET lock_timeout = {timeout}; SET statement_timeout = {timeout};
         SET idle_in_transaction_session_timeout = {timeout}; SET enable_seqscan = off; SET jit = off;
         SET plan_cache_mode = force_generic_plan"
    )
}

/// The batch may have been committed all the same: no answer came, or the time ran out, perhaps after the commit.
fn leaves_doubt(failure: &Failure) -> bool {
    !failure.is_answer() || failure.sql_state() == Some(&SqlState::QUERY_CANCELED)
}

/// PostgreSQL understood and will never store it: data, constraint or size.
fn is_refusal(failure: &Failure) -> bool {
    failure.sql_state().is_some_and(|state| ["22", "23", "54"].iter().any(|class| state.code().starts_with(class)))
}

/// The disk is full, or another resource is used up. It does not come back within the time of a request, so there is
/// no use in making anybody wait.
fn is_out_of_space(failure: &Failure) -> bool {
    failure.sql_state().is_some_and(|state| {
        [SqlState::DISK_FULL, SqlState::OUT_OF_MEMORY, SqlState::INSUFFICIENT_RESOURCES].contains(state)
    })
}
