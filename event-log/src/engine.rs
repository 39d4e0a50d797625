//! What every engine must do. The conformance suite in `tests/it` holds them to it.

use async_trait::async_trait;
use chronodon_events::{Position, Version};

use crate::{Append, AppendError, Appended, ReadError, SealedEvent, StreamName, Subscription};

/// A log of sealed events in one order.
///
/// The order of positions is the order of commits: who has read up to a position never finds a new event before it.
/// Positions are ordered and opaque; an engine may leave gaps.
#[async_trait]
pub trait EventLog: Send + Sync {
    /// Appends events to a stream, all or none, durably. An event id that is there already makes it a retry, which
    /// returns the result of the append that wrote the id, whatever stream, version and other events it names now.
    ///
    /// # Errors
    /// See [`AppendError`]. After [`AppendError::Unavailable`], and only then, the outcome is unknown.
    async fn append(&self, append: Append) -> Result<Appended, AppendError>;

    /// The events of a stream after a version, oldest first, at most `max` of them.
    ///
    /// # Errors
    /// When the log cannot be read.
    async fn read_stream(&self, stream: &StreamName, after: Version, max: usize)
    -> Result<Vec<SealedEvent>, ReadError>;

    /// The events after a position, oldest first, at most `max` of them. An empty page: there are none yet.
    ///
    /// # Errors
    /// When the log cannot be read.
    async fn read_all(&self, after: Position, max: usize) -> Result<Vec<SealedEvent>, ReadError>;

    /// The position of the last event; [`Position::START`] when there is none.
    ///
    /// # Errors
    /// When the log cannot be read.
    async fn head(&self) -> Result<Position, ReadError>;

    /// Follows the log from a position: first what is there, then what comes, without a gap.
    fn subscribe(&self, after: Position) -> Subscription;

    /// Takes no more appends and waits until those it has taken are answered.
    async fn shutdown(&self);
}
