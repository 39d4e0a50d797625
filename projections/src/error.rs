//! What can go wrong while folding or reading.

use chronodon_events::Position;
use thiserror::Error;

/// A fault of the world below a read model.
#[derive(Debug, Error)]
pub enum ProjectionError {
    /// The database refused or went away.
    #[error("database: {0}")]
    Database(#[from] tokio_postgres::Error),
    /// No connection could be had in time.
    #[error("connection pool: {0}")]
    Pool(#[from] deadpool_postgres::PoolError),
    /// The log could not be read.
    #[error("log: {0}")]
    Log(String),
    /// An event cannot be folded. Live it parks its stream; rebuild and verify stop.
    #[error("event at {position} cannot be folded: {reason}")]
    Poison {
        /// Where it stands.
        position: Position,
        /// What is wrong with it.
        reason: String,
    },
    /// The read model did not get that far in time.
    #[error("the read model did not reach position {0} in time")]
    Behind(Position),
}
