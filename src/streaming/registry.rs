//! Who is connected, and who listens to what.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chronodon_domain::limits::{
    STREAM_QUEUE_MESSAGES_MAX, STREAM_SUBSCRIPTIONS_MAX, STREAMS_MAX, STREAMS_PER_ACCOUNT_MAX,
};
use chronodon_events::{AccountId, TokenId};
use thiserror::Error;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::channel::Channel;
use super::{Message, Payload, Streaming};
use crate::auth::scopes;

/// There are too many connections or subscriptions already.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("too many streams")]
pub struct Full;

/// The hub's end of a connection.
#[derive(Debug)]
struct Line {
    account: AccountId,
    token: TokenId,
    notifications: bool,
    queue: mpsc::Sender<Message>,
    closed: CancellationToken,
}

/// A subscription as the hub sees it.
#[derive(Clone, Debug)]
pub(super) struct Target {
    line: Arc<Line>,
    stream: Arc<str>,
}

impl Target {
    /// Who listens.
    pub(super) fn account(&self) -> AccountId {
        self.line.account
    }

    /// Whether its token may read notifications.
    pub(super) fn hears_notifications(&self) -> bool {
        self.line.notifications
    }

    /// A message for this subscription.
    pub(super) fn message(&self, event: &'static str, payload: Arc<Payload>) -> Message {
        Message { stream: self.stream.clone(), event, payload }
    }

    /// Hands a message over; a client with too many of them waiting is disconnected.
    pub(super) fn send(&self, message: Message) {
        if self.line.queue.try_send(message).is_err() {
            self.line.closed.cancel();
        }
    }
}

/// All connections and subscriptions.
#[derive(Debug, Default)]
pub(super) struct Registry {
    last: u64,
    lines: HashMap<u64, Arc<Line>>,
    by_account: HashMap<AccountId, usize>,
    channels: BTreeMap<Channel, HashMap<u64, Target>>,
}

impl Registry {
    pub(super) fn is_empty(&self) -> bool {
        self.channels.is_empty()
    }

    /// The subscriptions to a channel.
    pub(super) fn to(&self, channel: &Channel) -> Vec<Target> {
        self.channels.get(channel).into_iter().flat_map(HashMap::values).cloned().collect()
    }

    /// The channels in a range, such as all of users.
    pub(super) fn between(&self, first: Channel, last: Channel) -> impl Iterator<Item = &Channel> {
        self.channels.range(first..=last).map(|(channel, _)| channel)
    }

    /// The tokens of all connections.
    pub(super) fn tokens(&self) -> BTreeSet<TokenId> {
        self.lines.values().map(|line| line.token).collect()
    }

    /// Disconnects those with such a token.
    pub(super) fn disconnect(&self, which: impl Fn(TokenId) -> bool) {
        self.lines.values().filter(|line| which(line.token)).for_each(|line| line.closed.cancel());
    }

    fn remove(&mut self, id: u64, channels: &BTreeSet<Channel>) {
        for channel in channels {
            self.unsubscribe(id, channel);
        }
        let Some(line) = self.lines.remove(&id) else { return };
        if let Some(count) = self.by_account.get_mut(&line.account) {
            *count -= 1;
            if *count == 0 {
                self.by_account.remove(&line.account);
            }
        }
    }

    fn unsubscribe(&mut self, id: u64, channel: &Channel) {
        if let Some(targets) = self.channels.get_mut(channel) {
            targets.remove(&id);
            if targets.is_empty() {
                self.channels.remove(channel);
            }
        }
    }
}

/// A client's connection. It ends when it is dropped.
pub struct Connection {
    streaming: Arc<Streaming>,
    id: u64,
    line: Arc<Line>,
    scopes: Vec<String>,
    channels: BTreeSet<Channel>,
    messages: mpsc::Receiver<Message>,
}

impl Connection {
    pub(super) fn open(
        streaming: &Arc<Streaming>,
        account: AccountId,
        token: TokenId,
        scopes: Vec<String>,
        closed: CancellationToken,
    ) -> Result<Self, Full> {
        let (queue, messages) = mpsc::channel(STREAM_QUEUE_MESSAGES_MAX);
        let notifications = scopes::cover(&scopes, "read:notifications");
        let line = Arc::new(Line { account, token, notifications, queue, closed });
        let mut registry = streaming.registry();
        let of_account = registry.by_account.get(&account).copied().unwrap_or(0);
        if registry.lines.len() >= STREAMS_MAX || of_account >= STREAMS_PER_ACCOUNT_MAX {
            return Err(Full);
        }
        registry.last += 1;
        let id = registry.last;
        registry.lines.insert(id, line.clone());
        registry.by_account.insert(account, of_account + 1);
        drop(registry);
        Ok(Self { streaming: streaming.clone(), id, line, scopes, channels: BTreeSet::new(), messages })
    }

    /// Whose it is.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.line.account
    }

    /// Whether its token may do this.
    #[must_use]
    pub fn may(&self, scope: &str) -> bool {
        scopes::cover(&self.scopes, scope)
    }

    /// Listens to a channel, whose messages carry `stream`: its name and parameter as a JSON array.
    ///
    /// # Errors
    /// [`Full`] when it listens to too many.
    pub fn subscribe(&mut self, channel: Channel, stream: &str) -> Result<(), Full> {
        if self.channels.len() >= STREAM_SUBSCRIPTIONS_MAX && !self.channels.contains(&channel) {
            return Err(Full);
        }
        let target = Target { line: self.line.clone(), stream: stream.into() };
        self.streaming.registry().channels.entry(channel.clone()).or_default().insert(self.id, target);
        self.channels.insert(channel);
        Ok(())
    }

    /// Listens to a channel no more.
    pub fn unsubscribe(&mut self, channel: &Channel) {
        self.streaming.registry().unsubscribe(self.id, channel);
        self.channels.remove(channel);
    }

    /// The next message; none when the connection is to be closed. May be dropped and called again.
    pub async fn next(&mut self) -> Option<Message> {
        tokio::select! {
            biased;
            () = self.line.closed.cancelled() => None,
            message = self.messages.recv() => message,
        }
    }

    /// Is cancelled when the connection is to be closed, whatever waits.
    #[must_use]
    pub fn closed(&self) -> CancellationToken {
        self.line.closed.clone()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.streaming.registry().remove(self.id, &self.channels);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::streaming::channel::Channel;

    const ME: AccountId = AccountId(1);

    fn connect(streaming: &Arc<Streaming>) -> Connection {
        streaming.connect(ME, TokenId(1), vec!["read".to_owned()]).unwrap()
    }

    #[tokio::test]
    async fn a_client_that_does_not_read_is_closed_and_the_others_are_not() {
        let streaming = Arc::<Streaming>::default();
        let (mut slow, mut quick) = (connect(&streaming), connect(&streaming));
        let channel = Channel::User(ME);
        slow.subscribe(channel.clone(), "[\"user\"]").unwrap();
        quick.subscribe(channel.clone(), "[\"user\"]").unwrap();
        for number in 0..=STREAM_QUEUE_MESSAGES_MAX {
            for target in streaming.registry().to(&channel) {
                let message = target.message("delete", Payload::new(number.to_string()));
                target.send(message);
            }
            assert_eq!(quick.next().await.unwrap().payload.text, number.to_string());
        }
        assert!(slow.next().await.is_none());
    }

    #[test]
    fn there_is_a_bound_and_what_ends_makes_room() {
        let streaming = Arc::<Streaming>::default();
        let mut connections: Vec<_> = (0..STREAMS_PER_ACCOUNT_MAX).map(|_| connect(&streaming)).collect();
        assert!(streaming.connect(ME, TokenId(1), Vec::new()).is_err());
        let mut last = connections.pop().unwrap();
        for list in 0..STREAM_SUBSCRIPTIONS_MAX {
            last.subscribe(Channel::List(chronodon_events::ListId(list as i64)), "[]").unwrap();
        }
        assert_eq!(last.subscribe(Channel::User(ME), "[]"), Err(Full));
        drop(last);
        assert!(streaming.registry().is_empty());
        connect(&streaming);
        streaming.close();
        assert!(streaming.connect(AccountId(2), TokenId(2), Vec::new()).is_err());
    }
}
