//! Live updates: whoever listens hears of an event as soon as the tables hold it.
//!
//! An observer of the core group turns events into happenings and puts them into a bounded queue; one task takes them
//! out in order, finds out whom each concerns, renders it for them, and hands it to their connections. What a rebuild
//! folds is never told. It must not know how messages travel: that is `api::streaming`. A client that reads too slowly,
//! and all of them when the queue runs over or the database fails, are disconnected, so that they come back and look.

mod audience;
pub mod channel;
mod happening;
mod message;
mod registry;
mod tell;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use chronodon_domain::limits::{STREAM_BACKLOG_EVENTS_MAX, STREAM_TOKEN_CHECK_SECONDS};
use chronodon_event_log::{Body, Recorded};
use chronodon_events::{AccountId, TokenId};
use chronodon_projections::memory::recent::Recent;
use chronodon_projections::{Observer, ProjectionError};
use deadpool_postgres::Transaction;
use futures::StreamExt;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use happening::Happening;
pub use message::{Message, Payload};
use registry::Registry;
pub use registry::{Connection, Full};

/// Happenings that are rendered at one time; they are told in their order.
const AT_ONCE: usize = 8;

/// Everyone who listens to this process.
pub struct Streaming {
    registry: Mutex<Registry>,
    recent: Mutex<Recent>,
    happenings: mpsc::Sender<Happening>,
    /// Until the tasks begin.
    backlog: Mutex<Option<mpsc::Receiver<Happening>>>,
    recheck: Notify,
    closing: CancellationToken,
}

impl Default for Streaming {
    fn default() -> Self {
        let (happenings, backlog) = mpsc::channel(STREAM_BACKLOG_EVENTS_MAX);
        Self {
            registry: Mutex::default(),
            recent: Mutex::default(),
            happenings,
            backlog: Mutex::new(Some(backlog)),
            recheck: Notify::new(),
            closing: CancellationToken::new(),
        }
    }
}

impl Streaming {
    /// Begins to tell. The tasks end with the app.
    pub fn start(&self, app: &Arc<App>) {
        if let Some(backlog) = lock(&self.backlog).take() {
            tokio::spawn(tell_all(Arc::downgrade(app), backlog, self.closing.clone()));
            tokio::spawn(check_tokens(Arc::downgrade(app), self.closing.clone()));
        }
    }

    /// A new connection of an account, by its token.
    ///
    /// # Errors
    /// [`Full`] when there are too many, or the server is going down.
    pub fn connect(
        self: &Arc<Self>,
        account: AccountId,
        token: TokenId,
        scopes: Vec<String>,
    ) -> Result<Connection, Full> {
        if self.closing.is_cancelled() {
            return Err(Full);
        }
        Connection::open(self, account, token, scopes, self.closing.child_token())
    }

    /// Closes all connections, and lets nobody in any more.
    pub fn close(&self) {
        self.closing.cancel();
    }

    /// Closes all connections; whoever comes back is welcome.
    fn disconnect_all(&self) {
        self.registry().disconnect(|_| true);
    }

    fn registry(&self) -> MutexGuard<'_, Registry> {
        lock(&self.registry)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait::async_trait]
impl Observer for Streaming {
    async fn load(&self, tx: &Transaction<'_>) -> Result<(), ProjectionError> {
        *lock(&self.recent) = Recent::load(tx).await?;
        Ok(())
    }

    fn applied(&self, events: &[Arc<Recorded>]) {
        for recorded in events {
            let Body::Event(event) = &recorded.body else { continue };
            let happening = {
                let mut recent = lock(&self.recent);
                let before = happening::ended(&recent, event);
                recent.apply(event);
                Happening::of(recorded.position, event, &recent, before)
            };
            if happening::ends_sessions(event) {
                self.recheck.notify_one();
            }
            let Some(happening) = happening.filter(|_| !self.registry().is_empty()) else { continue };
            if self.happenings.try_send(happening).is_err() {
                tracing::warn!("more happens than can be told; closing all streams");
                self.disconnect_all();
            }
        }
    }
}

/// Renders a few happenings at a time and tells them in order.
async fn tell_all(app: Weak<App>, backlog: mpsc::Receiver<Happening>, closing: CancellationToken) {
    let happenings = futures::stream::unfold(backlog, async |mut backlog| Some((backlog.recv().await?, backlog)));
    let told = happenings
        .map(|happening| {
            let app = app.clone();
            async move {
                let app = app.upgrade()?;
                let outgoing = tell::prepare(&app, &happening).await;
                Some((app, outgoing))
            }
        })
        .buffered(AT_ONCE)
        .for_each(async |ready| {
            let Some((app, outgoing)) = ready else { return };
            match outgoing {
                Ok(outgoing) => outgoing.into_iter().for_each(|(target, message)| target.send(message)),
                Err(error) => {
                    tracing::warn!(%error, "cannot tell what happened; closing all streams");
                    app.streaming.disconnect_all();
                }
            }
        });
    tokio::select! { () = told => {}, () = closing.cancelled() => {} }
}

/// Disconnects whoever lost the right to listen.
async fn check_tokens(app: Weak<App>, closing: CancellationToken) {
    loop {
        let Some(strong) = app.upgrade() else { return };
        let streaming = strong.streaming.clone();
        let tokens = streaming.registry().tokens();
        if !tokens.is_empty() {
            match strong.tokens_alive(&tokens).await {
                Ok(alive) => {
                    streaming.registry().disconnect(|token| tokens.contains(&token) && !alive.contains(&token))
                }
                Err(error) => tracing::warn!(%error, "cannot check the tokens of streams"),
            }
        }
        drop(strong);
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(STREAM_TOKEN_CHECK_SECONDS)) => {}
            () = streaming.recheck.notified() => {}
            () = closing.cancelled() => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use chronodon_event_log::StreamName;
    use chronodon_events::relationship::FollowCreated;
    use chronodon_events::{ActorId, Cause, Event, KeyId, Meta, Origin, Position, Version};
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::streaming::channel::Channel;

    fn followed(position: u64) -> Arc<Recorded> {
        let (account_id, target_id) = (AccountId(1), AccountId(2));
        let event = FollowCreated {
            account_id,
            target_id,
            reblogs: true,
            notify: false,
            languages: Vec::new(),
            requested: false,
            account_local: true,
            target_local: true,
            uri: None,
        };
        let id = Uuid::from_u128(u128::from(position));
        Arc::new(Recorded {
            position: Position(position),
            stream: StreamName::new("test-1").unwrap(),
            version: Version(1),
            id,
            recorded_at: Timestamp::UNIX_EPOCH,
            key: KeyId::account(account_id),
            meta: Meta { actor: ActorId::System, origin: Origin::System, cause: Cause::Command(id), correlation: id },
            body: Body::Event(Event::from(event)),
        })
    }

    #[tokio::test]
    async fn when_more_happens_than_can_be_told_everyone_is_sent_away() {
        let streaming = Arc::<Streaming>::default();
        let mut connection = streaming.connect(AccountId(2), TokenId(1), vec!["read".to_owned()]).unwrap();
        connection.subscribe(Channel::User(AccountId(2)), "[\"user\"]").unwrap();
        let backlog = u64::try_from(STREAM_BACKLOG_EVENTS_MAX).unwrap();
        for position in 0..backlog {
            streaming.applied(&[followed(position)]);
        }
        assert!(!connection.closed().is_cancelled());
        streaming.applied(&[followed(backlog)]);
        assert!(connection.next().await.is_none());
        assert!(streaming.connect(AccountId(2), TokenId(1), Vec::new()).is_ok(), "whoever comes back is welcome");
    }
}
