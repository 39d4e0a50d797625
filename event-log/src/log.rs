//! The log as the floors above use it: events in, events out, sealed in between.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use chronodon_events::{Event, KeyId, Meta, Position, Version};
use uuid::Uuid;

use crate::key_ring::{Found, Keys, SealingKeys};
use crate::seal::{self, Binding};
use crate::{
    Append, AppendError, Appended, Body, EventLog, Expected, KeyRing, NewSealedEvent, ReadError, Recorded, SealedEvent,
    StreamName, Subscription,
};

/// How often an append is sealed anew because another one made the same key first. Once is enough unless keys are
/// destroyed in between.
const SEAL_ATTEMPTS_MAX: u32 = 4;

/// An event to append.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEvent {
    /// Derived from the id of its command, so that a retry has the same.
    pub id: Uuid,
    /// What happened.
    pub event: Event,
}

/// A log engine with the keys to its payloads. Who only reads gets its [`LogReader`].
#[derive(Clone)]
pub struct Log {
    reader: LogReader,
}

/// The reading half of a [`Log`].
#[derive(Clone)]
pub struct LogReader {
    engine: Arc<dyn EventLog>,
    keys: Arc<KeyRing>,
}

impl Log {
    /// An engine and the keys to it.
    #[must_use]
    pub fn new(engine: Arc<dyn EventLog>, keys: Arc<KeyRing>) -> Self {
        Self { reader: LogReader { engine, keys } }
    }

    /// What those get who must not append.
    #[must_use]
    pub fn reader(&self) -> LogReader {
        self.reader.clone()
    }

    /// The keys, to destroy some.
    #[must_use]
    pub const fn keys(&self) -> &Arc<KeyRing> {
        &self.reader.keys
    }

    /// Seals events and appends them to a stream, all or none, durably, together with the keys they are the first to
    /// use. An event id that is there already makes it a retry, which returns the first result.
    ///
    /// # Errors
    /// See [`AppendError`]. After [`AppendError::Unavailable`], and only then, the outcome is unknown; a retry with
    /// the same ids is safe.
    pub async fn append(
        &self,
        stream: StreamName,
        expected: Expected,
        events: Vec<NewEvent>,
        meta: Meta,
    ) -> Result<Appended, AppendError> {
        let LogReader { engine, keys } = &self.reader;
        let meta = serde_json::to_string(&meta).expect("meta has no maps and no fallible parts");
        let wanted: Vec<KeyId> = events.iter().map(|new| new.event.key()).collect();
        let mut objects_are_new = expected.version() == Version(0);
        for _ in 0..SEAL_ATTEMPTS_MAX {
            let sealing = keys.for_sealing(&wanted, objects_are_new).await?;
            let append = Append {
                events: events.iter().map(|new| seal_event(new, &stream, &meta, &sealing)).collect(),
                secrets: sealing.new_secrets,
                stream: stream.clone(),
                expected,
            };
            match engine.append(append).await {
                Err(AppendError::KeyTaken) => {
                    wanted.iter().for_each(|key| keys.forget_cached_account(key.subject));
                    objects_are_new = false;
                }
                outcome => return outcome,
            }
        }
        Err(AppendError::KeyTaken)
    }

    /// See [`LogReader::read_stream`].
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn read_stream(
        &self,
        stream: &StreamName,
        after: Version,
        max: usize,
    ) -> Result<Vec<Recorded>, ReadError> {
        self.reader.read_stream(stream, after, max).await
    }

    /// See [`LogReader::read_all`].
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn read_all(&self, after: Position, max: usize) -> Result<Vec<Recorded>, ReadError> {
        self.reader.read_all(after, max).await
    }

    /// See [`LogReader::head`].
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn head(&self) -> Result<Position, ReadError> {
        self.reader.head().await
    }

    /// See [`LogReader::subscribe`].
    #[must_use]
    pub fn subscribe(&self, after: Position) -> LogSubscription {
        self.reader.subscribe(after)
    }

    /// Takes no more appends and waits until those it has taken are answered.
    pub async fn shutdown(&self) {
        self.reader.engine.shutdown().await;
    }
}

impl LogReader {
    /// The events of a stream after a version, oldest first, at most `max` of them.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn read_stream(
        &self,
        stream: &StreamName,
        after: Version,
        max: usize,
    ) -> Result<Vec<Recorded>, ReadError> {
        open_page(&self.keys, &self.engine.read_stream(stream, after, max).await?).await
    }

    /// The events after a position, oldest first, at most `max` of them. An empty page: there are none yet.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn read_all(&self, after: Position, max: usize) -> Result<Vec<Recorded>, ReadError> {
        open_page(&self.keys, &self.engine.read_all(after, max).await?).await
    }

    /// The position of the last event; [`Position::START`] when there is none.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn head(&self) -> Result<Position, ReadError> {
        self.engine.head().await
    }

    /// Follows the log from a position: first what is there, then what comes, without a gap.
    #[must_use]
    pub fn subscribe(&self, after: Position) -> LogSubscription {
        LogSubscription { events: self.engine.subscribe(after), keys: Arc::clone(&self.keys), unopened: Vec::new() }
    }
}

/// See [`LogReader::subscribe`].
pub struct LogSubscription {
    events: Subscription,
    keys: Arc<KeyRing>,
    /// Read but not handed out yet: opening them failed, or was cancelled.
    unopened: Vec<SealedEvent>,
}

impl LogSubscription {
    /// The next events, at most `max` of them; waits while there are none. May be dropped at any time and called
    /// again, also after an error: nothing is skipped.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn next_batch(&mut self, max: usize) -> Result<Vec<Recorded>, ReadError> {
        if self.unopened.is_empty() {
            self.unopened = self.events.next_batch(max).await?;
        }
        let opened = open_page(&self.keys, &self.unopened).await?;
        self.unopened.clear();
        Ok(opened)
    }
}

fn seal_event(new: &NewEvent, stream: &StreamName, meta: &str, sealing: &SealingKeys) -> NewSealedEvent {
    let kind = new.event.event_type();
    let key = new.event.key();
    let bound = Binding {
        id: new.id,
        stream: stream.as_str(),
        event_type: kind.name,
        schema_version: kind.schema_version,
        key,
        meta,
    };
    NewSealedEvent {
        id: new.id,
        event_type: kind.name.to_owned(),
        schema_version: kind.schema_version,
        key,
        meta: meta.to_owned(),
        payload: seal::seal(&sealing.keys[&key], &bound.to_bytes(), &new.event.to_json()),
    }
}

/// Opens a page of events with at most one query for keys.
async fn open_page(keys: &KeyRing, page: &[SealedEvent]) -> Result<Vec<Recorded>, ReadError> {
    let keys = keys.load(page.iter().map(|event| event.key)).await?;
    let mut derived = HashMap::new();
    page.iter().map(|event| open_event(&keys, &mut derived, event)).collect()
}

fn open_event(keys: &Keys, derived: &mut HashMap<KeyId, Found>, event: &SealedEvent) -> Result<Recorded, ReadError> {
    let meta = serde_json::from_str(&event.meta).map_err(|error| ReadError::Damaged {
        position: event.position,
        reason: format!("its meta cannot be read: {error}"),
    })?;
    let key = match derived.entry(event.key) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(unknown) => unknown.insert(keys.find(event.key)),
    };
    let body = match key {
        Found::Key(_) if event.payload.is_empty() => Body::Erased(event.event_type.clone()),
        Found::Key(key) => match seal::open(key, &binding_of(event).to_bytes(), &event.payload) {
            Some(plain) => decode(event, &plain),
            None => unreadable(event, "its seal is broken"),
        },
        Found::Destroyed => Body::Erased(event.event_type.clone()),
        Found::Missing(reason) => unreadable(event, reason),
    };
    Ok(Recorded {
        position: event.position,
        stream: event.stream.clone(),
        version: event.version,
        id: event.id,
        recorded_at: event.recorded_at,
        key: event.key,
        meta,
        body,
    })
}

fn binding_of(event: &SealedEvent) -> Binding<'_> {
    Binding {
        id: event.id,
        stream: event.stream.as_str(),
        event_type: &event.event_type,
        schema_version: event.schema_version,
        key: event.key,
        meta: &event.meta,
    }
}

fn decode(event: &SealedEvent, plain: &[u8]) -> Body {
    match Event::decode(&event.event_type, event.schema_version, plain) {
        Ok(decoded) => Body::Event(decoded),
        Err(error) => unreadable(event, &error.to_string()),
    }
}

fn unreadable(event: &SealedEvent, reason: &str) -> Body {
    Body::Unreadable { event_type: event.event_type.clone(), reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use chronodon_events::status::StatusPinned;
    use chronodon_events::{AccountId, ActorId, Cause, Origin, StatusId};

    use super::*;
    use crate::{MasterKey, MemoryLog};

    const META: Meta = Meta {
        actor: ActorId::System,
        origin: Origin::System,
        cause: Cause::Command(Uuid::nil()),
        correlation: Uuid::nil(),
    };

    fn stream(name: &str) -> StreamName {
        StreamName::new(name).unwrap()
    }

    fn pinned(id: u128) -> NewEvent {
        let event = StatusPinned { account_id: AccountId(7), status_id: StatusId(1) };
        NewEvent { id: Uuid::from_u128(id), event: event.into() }
    }

    /// Appends what another binary would write: rightly sealed, but nothing that is known here.
    async fn append_foreign(log: &Log, id: u128, event_type: &str, schema_version: u16, json: &[u8]) {
        let (key, meta) = (KeyId::account(AccountId(7)), serde_json::to_string(&META).unwrap());
        let (id, stream) = (Uuid::from_u128(id), stream(&format!("pin-{id}")));
        let bound = Binding { id, stream: stream.as_str(), event_type, schema_version, key, meta: &meta }.to_bytes();
        let secret = log.keys().for_sealing(&[key], false).await.unwrap().keys.remove(&key).unwrap();
        let payload = seal::seal(&secret, &bound, json);
        let event = NewSealedEvent { id, event_type: event_type.to_owned(), schema_version, key, meta, payload };
        let append = Append { stream, expected: Expected::NoStream, events: vec![event], secrets: Vec::new() };
        log.reader.engine.append(append).await.unwrap();
    }

    #[tokio::test]
    async fn a_page_says_what_it_cannot_read_and_gives_the_rest() {
        let engine = MemoryLog::new();
        let keys = KeyRing::open(&MasterKey::from_bytes([1; 32]), Arc::new(engine.vault())).await.unwrap();
        let log = Log::new(Arc::new(engine), Arc::new(keys));
        log.append(stream("pin-1"), Expected::NoStream, vec![pinned(1)], META).await.unwrap();
        let json = pinned(1).event.to_json();
        append_foreign(&log, 2, "status.enshrined", 1, &json).await;
        append_foreign(&log, 3, "status.pinned", 9, &json).await;
        append_foreign(&log, 4, "status.pinned", 1, b"[]").await;
        append_foreign(&log, 5, "status.pinned", 1, &json).await;
        let read = log.read_all(Position::START, 10).await.unwrap();
        for known in [0, 4] {
            assert_eq!(read[known].body, Body::Event(pinned(1).event));
        }
        for (unknown, named) in [(1, "status.enshrined"), (2, "status.pinned"), (3, "status.pinned")] {
            let body = &read[unknown].body;
            assert!(matches!(body, Body::Unreadable { event_type, .. } if event_type == named), "{body:?}");
        }
    }
}
