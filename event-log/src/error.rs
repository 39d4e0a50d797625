//! What can go wrong with the log.

use chronodon_events::{KeyId, Position, Version};
use thiserror::Error;

/// Why an append gave no result.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum AppendError {
    /// Somebody else was first: load the stream, decide again.
    #[error("the stream is at version {}", actual.0)]
    WrongExpectedVersion {
        /// The version it is at; 0 when it does not exist.
        actual: Version,
    },
    /// Too many appends wait already; nothing was written. Answer 503.
    #[error("too many appends are waiting")]
    Busy,
    /// The log could not be reached in time. **The outcome is unknown**: the events may have been written, or may
    /// still be. An append of the same event ids is safe at any time and tells. Answer 503.
    #[error("the log is not available: {0}")]
    Unavailable(String),
    /// The append breaks a rule that holds whatever the log contains; nothing was written.
    #[error("the append is refused: {0}")]
    Invalid(&'static str),
    /// The engine refuses to store these events; nothing was written.
    #[error("the log refuses the events: {0}")]
    Rejected(String),
    /// A key or secret that came along is there already with another value, or was destroyed; nothing was written.
    /// [`crate::Log`] handles it; only who appends sealed events meets it.
    #[error("another key is there already")]
    KeyTaken,
    /// The account or object was erased: nothing more can be sealed for it. Nothing was written.
    #[error("the key of {0:?} was destroyed")]
    KeyDestroyed(KeyId),
    /// The keys to seal with could not be had; nothing was written.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// Why a read gave no events.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ReadError {
    /// The log could not be reached.
    #[error("the log is not available: {0}")]
    Unavailable(String),
    /// An event is missing between these two. The log is damaged.
    #[error("the log has a gap: after position {after} comes {found}")]
    Gap {
        /// The last position before the gap.
        after: Position,
        /// The first one behind it.
        found: Position,
    },
    /// What is stored is no event. The log is damaged.
    #[error("the event at position {position} is damaged: {reason}")]
    Damaged {
        /// Where.
        position: Position,
        /// What is wrong.
        reason: String,
    },
    /// The keys could not be had.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// What can go wrong with the keys.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum KeyError {
    /// The vault could not be reached.
    #[error("the vault is not available: {0}")]
    Unavailable(String),
    /// The vault was made under another master key.
    #[error("this is not the master key that the database was made with")]
    WrongMasterKey,
    /// A wrapped key cannot be unwrapped though the master key is the right one.
    #[error("the key of account {0} is damaged")]
    Damaged(i64),
}

/// Why an engine could not be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// PostgreSQL could not be reached or refused.
    #[error("the log's database: {0}")]
    Database(#[from] tokio_postgres::Error),
    /// It did not answer in time.
    #[error("the log's database did not answer within {0:?}")]
    Timeout(std::time::Duration),
    /// The migrations were not run.
    #[error("the database has no log yet: run the migrations first")]
    NotMigrated,
    /// A migration failed.
    #[error("a migration of the log failed: {0}")]
    Migration(#[from] refinery::Error),
}
