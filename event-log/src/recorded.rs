//! An event as the floors above see it.

use chronodon_events::{Event, KeyId, Meta, Position, Version};
use jiff::Timestamp;
use uuid::Uuid;

use crate::StreamName;

/// An event with its place, time and reason.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// Its place in the log.
    pub position: Position,
    /// Its stream.
    pub stream: StreamName,
    /// Its number in the stream, from 1.
    pub version: Version,
    /// Its id.
    pub id: Uuid,
    /// When it was appended, in whole milliseconds; never before the event that precedes it.
    pub recorded_at: Timestamp,
    /// The key that sealed it: whose it is.
    pub key: KeyId,
    /// Who, through what door, why.
    pub meta: Meta,
    /// What happened.
    pub body: Body,
}

/// What happened, as far as it can be told.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "nearly every body is an event")]
pub enum Body {
    /// An event of the newest schema version.
    Event(Event),
    /// The content was erased. The wire name is what is left.
    Erased(String),
    /// It cannot be read: a newer binary wrote it, the payload does not have its type's shape, its key is missing though
    /// nothing says that it was erased, or it was tampered with. Whoever folds events must not skip it: they stop, or
    /// set its whole stream aside.
    Unreadable {
        /// Its wire name.
        event_type: String,
        /// Why.
        reason: String,
    },
}
