//! Why a command led to nothing.

use chronodon_domain::Refusal;
use chronodon_event_log::{AppendError, ReadError};
use chronodon_projections::ProjectionError;
use thiserror::Error;

/// Why a command led to nothing, or to something that cannot be read yet.
#[derive(Debug, Error)]
pub enum CommandError {
    /// The domain says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The log could not take it. Retry under the same id.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The stream could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Facts could not be read, or the answer not yet. Retry under the same id.
    #[error(transparent)]
    Projection(#[from] ProjectionError),
    /// Others were first again and again.
    #[error("too many others are changing this")]
    Conflict,
    /// Too many passwords are being checked at this moment.
    #[error("too many are signing in at this moment")]
    Busy,
    /// Too many wrong passwords.
    #[error("too many attempts")]
    Throttled,
    /// A newer server wrote the stream.
    #[error("an event cannot be read: {0}")]
    Unreadable(String),
    /// Server tables or the vault could not be read or written.
    #[error("database: {0}")]
    Database(String),
}

impl From<tokio_postgres::Error> for CommandError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error.to_string())
    }
}

impl From<deadpool_postgres::PoolError> for CommandError {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        Self::Database(error.to_string())
    }
}
