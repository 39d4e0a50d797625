//! What engines keep: events whose payload is sealed, and the keys that come with them.

use chronodon_events::{KeyId, Position, Version};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{AppendError, StreamName};

/// The bounds of an append.
pub mod limits {
    /// Events in one append.
    pub const EVENTS_PER_APPEND_MAX: usize = 256;
    /// A sealed payload, in bytes.
    pub const PAYLOAD_BYTES_MAX: usize = 1 << 20;
    /// The payloads of one append together, in bytes.
    pub const APPEND_BYTES_MAX: usize = 4 << 20;
    /// The name of an event type, in bytes.
    pub const TYPE_BYTES_MAX: usize = 100;
    /// The meta of an event as JSON, in bytes.
    pub const META_BYTES_MAX: usize = 4096;
    /// Events in one page of a read; a request for more gets this many.
    pub const PAGE_EVENTS_MAX: usize = 5000;
}

/// What an append believes about its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It does not exist.
    NoStream,
    /// Its last event has this version.
    Exact(Version),
}

impl Expected {
    /// The version that the stream must have.
    #[must_use]
    pub const fn version(self) -> Version {
        match self {
            Self::NoStream => Version(0),
            Self::Exact(version) => version,
        }
    }
}

/// An event to append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSealedEvent {
    /// Its id; ids that are there already make the append a retry.
    pub id: Uuid,
    /// Its wire name.
    pub event_type: String,
    /// The schema version of its payload.
    pub schema_version: u16,
    /// The key that sealed it.
    pub key: KeyId,
    /// Its meta as JSON, exactly as it was sealed.
    pub meta: String,
    /// The sealed payload.
    pub payload: Vec<u8>,
}

/// An event as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedEvent {
    /// Its place in the log.
    pub position: Position,
    /// Its stream.
    pub stream: StreamName,
    /// Its number in the stream.
    pub version: Version,
    /// When it was appended, in whole milliseconds; never before the event that precedes it.
    pub recorded_at: Timestamp,
    /// Its id.
    pub id: Uuid,
    /// Its wire name.
    pub event_type: String,
    /// The schema version of its payload.
    pub schema_version: u16,
    /// The key that sealed it.
    pub key: KeyId,
    /// Its meta as JSON, exactly as it was sealed.
    pub meta: String,
    /// The sealed payload; empty when it was redacted.
    pub payload: Vec<u8>,
}

/// A key or secret that becomes durable with the append that first uses it.
#[derive(Clone, PartialEq, Eq)]
pub struct NewSecret {
    /// The account's key, or the object's secret.
    pub key: KeyId,
    /// The wrapped key, or the secret itself.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for NewSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewSecret").field("key", &self.key).finish_non_exhaustive()
    }
}

/// Events for one stream, all or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append {
    /// The stream.
    pub stream: StreamName,
    /// What it must be at.
    pub expected: Expected,
    /// The events, in order; at least one.
    pub events: Vec<NewSealedEvent>,
    /// The keys and secrets they are the first to use.
    pub secrets: Vec<NewSecret>,
}

impl Append {
    /// Whether every bound is kept.
    ///
    /// # Errors
    /// [`AppendError::Invalid`] with the bound that is not.
    pub fn check(&self) -> Result<(), AppendError> {
        let invalid = |reason| Err(AppendError::Invalid(reason));
        if self.events.is_empty() || self.events.len() > limits::EVENTS_PER_APPEND_MAX {
            return invalid("an append has between 1 and 256 events");
        }
        if self.payload_bytes() > limits::APPEND_BYTES_MAX {
            return invalid("the payloads of an append are too large together");
        }
        let mut ids: Vec<Uuid> = self.events.iter().map(|event| event.id).collect();
        ids.sort_unstable();
        if ids.windows(2).any(|pair| pair[0] == pair[1]) {
            return invalid("an append names an event id twice");
        }
        if i32::try_from(self.expected.version().0).is_err() {
            return invalid("no stream is that long");
        }
        self.events.iter().try_for_each(check_event)
    }

    /// The payloads together, in bytes.
    pub(crate) fn payload_bytes(&self) -> usize {
        self.events.iter().map(|event| event.payload.len()).sum()
    }
}

fn check_event(event: &NewSealedEvent) -> Result<(), AppendError> {
    let invalid = |reason| Err(AppendError::Invalid(reason));
    if event.payload.is_empty() || event.payload.len() > limits::PAYLOAD_BYTES_MAX {
        return invalid("a payload is empty or too large");
    }
    if event.event_type.len() > limits::TYPE_BYTES_MAX || event.event_type.contains('\0') {
        return invalid("the name of an event type is too long or holds a zero byte");
    }
    if event.meta.len() > limits::META_BYTES_MAX || event.meta.contains('\0') {
        return invalid("the meta of an event is too long or holds a zero byte");
    }
    if i16::try_from(event.schema_version).is_err() {
        return invalid("the schema version is out of range");
    }
    Ok(())
}

/// Where an append ended up: its last event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The stream; for a retry the one that the first append named.
    pub stream: StreamName,
    /// The version of the last event.
    pub version: Version,
    /// The position of the last event.
    pub position: Position,
}
