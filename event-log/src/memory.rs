//! The engine in memory, for tests and trials. It leaves gaps between positions so that nobody counts on density.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chronodon_events::{Position, Version};
use jiff::Timestamp;
use tokio::sync::watch;
use uuid::Uuid;

use crate::vault::{Stored, StoredKeys, Vault};
use crate::{
    Append, AppendError, Appended, EventLog, KeyError, NewSealedEvent, NewSecret, ReadError, SealedEvent, StreamName,
    Subscription, limits,
};

/// A log in memory. Clones are the same log.
#[derive(Clone)]
pub struct MemoryLog {
    shared: Arc<Shared>,
}

/// The vault of a [`MemoryLog`].
#[derive(Clone)]
pub struct MemoryVault {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    head: watch::Sender<Position>,
}

#[derive(Default)]
struct State {
    events: Vec<SealedEvent>,
    /// Places in `events`, by stream.
    streams: HashMap<StreamName, Vec<usize>>,
    /// The place in `events` of the last event of the append that wrote the id.
    ids: HashMap<Uuid, usize>,
    keys: StoredKeys,
    master_check: Option<Vec<u8>>,
    closed: bool,
}

impl MemoryLog {
    /// An empty log.
    #[must_use]
    pub fn new() -> Self {
        let head = watch::Sender::new(Position::START);
        Self { shared: Arc::new(Shared { state: Mutex::default(), head }) }
    }

    /// The vault beside it.
    #[must_use]
    pub fn vault(&self) -> MemoryVault {
        MemoryVault { shared: Arc::clone(&self.shared) }
    }
}

impl Default for MemoryLog {
    fn default() -> Self {
        Self::new()
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl EventLog for MemoryLog {
    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        append.check()?;
        let appended = self.shared.state().append(append)?;
        self.shared.head.send_if_modified(|head| {
            let later = appended.position > *head;
            *head = appended.position.max(*head);
            later
        });
        Ok(appended)
    }

    async fn read_stream(
        &self,
        stream: &StreamName,
        after: Version,
        max: usize,
    ) -> Result<Vec<SealedEvent>, ReadError> {
        let state = self.shared.state();
        let places = state.streams.get(stream).map_or(&[][..], Vec::as_slice);
        let places = places.iter().skip(after.0 as usize).take(max.min(limits::PAGE_EVENTS_MAX));
        Ok(places.map(|&place| state.events[place].clone()).collect())
    }

    async fn read_all(&self, after: Position, max: usize) -> Result<Vec<SealedEvent>, ReadError> {
        let state = self.shared.state();
        let from = state.events.partition_point(|event| event.position <= after);
        Ok(state.events[from..].iter().take(max.min(limits::PAGE_EVENTS_MAX)).cloned().collect())
    }

    async fn head(&self) -> Result<Position, ReadError> {
        Ok(self.shared.state().head())
    }

    fn subscribe(&self, after: Position) -> Subscription {
        Subscription::new(Arc::new(self.clone()), after, self.shared.head.subscribe())
    }

    async fn shutdown(&self) {
        self.shared.state().closed = true;
    }
}

impl State {
    fn head(&self) -> Position {
        self.events.last().map_or(Position::START, |event| event.position)
    }

    fn append(&mut self, append: Append) -> Result<Appended, AppendError> {
        if self.closed {
            return Err(AppendError::Unavailable("the log was shut down".to_owned()));
        }
        if let Some(first) = append.events.iter().filter_map(|event| self.ids.get(&event.id)).min() {
            return Ok(appended(&self.events[*first]));
        }
        let actual = Version(self.streams.get(&append.stream).map_or(0, |places| places.len() as u32));
        if actual != append.expected.version() {
            return Err(AppendError::WrongExpectedVersion { actual });
        }
        if append.secrets.iter().any(|secret| self.is_taken(secret)) {
            return Err(AppendError::KeyTaken);
        }
        for secret in append.secrets {
            let (keys, id) = self.keys_of(&secret);
            keys.insert(id, Stored::Present(secret.bytes));
        }
        let last = self.events.len() + append.events.len() - 1;
        for event in append.events {
            self.ids.insert(event.id, last);
            self.push(&append.stream, event);
        }
        Ok(appended(&self.events[last]))
    }

    fn push(&mut self, stream: &StreamName, event: NewSealedEvent) {
        let head = self.head();
        let places = self.streams.entry(stream.clone()).or_default();
        places.push(self.events.len());
        let version = Version(places.len() as u32);
        let last = self.events.last().map_or(Timestamp::UNIX_EPOCH, |event| event.recorded_at);
        self.events.push(SealedEvent {
            position: Position(head.0 + 1 + head.0 % 5),
            stream: stream.clone(),
            version,
            recorded_at: now().max(last),
            id: event.id,
            event_type: event.event_type,
            schema_version: event.schema_version,
            key: event.key,
            meta: event.meta,
            payload: event.payload,
        });
    }

    fn keys_of(&mut self, secret: &NewSecret) -> (&mut HashMap<i64, Stored>, i64) {
        match secret.key.object {
            Some(object) => (&mut self.keys.objects, object),
            None => (&mut self.keys.accounts, secret.key.subject.get()),
        }
    }

    fn is_taken(&mut self, secret: &NewSecret) -> bool {
        let (keys, id) = self.keys_of(secret);
        keys.get(&id).is_some_and(|stored| *stored != Stored::Present(secret.bytes.clone()))
    }
}

fn appended(last: &SealedEvent) -> Appended {
    Appended { stream: last.stream.clone(), version: last.version, position: last.position }
}

#[expect(clippy::disallowed_methods, reason = "an engine gives each event the time of its append")]
fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).expect("what was in range stays so without its fraction")
}

#[async_trait]
impl Vault for MemoryVault {
    async fn load(&self, accounts: &[i64], objects: &[i64]) -> Result<StoredKeys, KeyError> {
        let state = self.shared.state();
        let pick = |ids: &[i64], from: &HashMap<i64, Stored>| {
            ids.iter().filter_map(|id| Some((*id, from.get(id)?.clone()))).collect()
        };
        Ok(StoredKeys { accounts: pick(accounts, &state.keys.accounts), objects: pick(objects, &state.keys.objects) })
    }

    async fn destroy_account(&self, account: i64) -> Result<(), KeyError> {
        self.shared.state().keys.accounts.insert(account, Stored::Destroyed);
        Ok(())
    }

    async fn destroy_object(&self, object: i64) -> Result<(), KeyError> {
        self.shared.state().keys.objects.insert(object, Stored::Destroyed);
        Ok(())
    }

    async fn master_check(&self, fresh: Vec<u8>) -> Result<Vec<u8>, KeyError> {
        Ok(self.shared.state().master_check.get_or_insert(fresh).clone())
    }
}
