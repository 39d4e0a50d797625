//! What can go wrong with the index.

use chronodon_event_log::ReadError;
use chronodon_events::Position;
use thiserror::Error;

use crate::ProjectionError;

/// A fault of the search index or of what it is made from.
#[derive(Debug, Error)]
pub enum SearchError {
    /// The index could not be read or written.
    #[error("search index: {0}")]
    Index(#[from] tantivy::TantivyError),
    /// A file of the index could not be read or written.
    #[error("search index: {0}")]
    File(#[from] std::io::Error),
    /// The log could not be read.
    #[error(transparent)]
    Log(#[from] ReadError),
    /// A newer binary wrote an event that this one does not know; nothing is skipped.
    #[error("the event at {0} has an unknown type")]
    UnknownEvent(Position),
    /// The tables that say who may see what could not be read.
    #[error(transparent)]
    Tables(#[from] ProjectionError),
    /// The work on the index ended before its time.
    #[error("the work on the search index was cut short")]
    CutShort,
    /// As many processes as may be have an index of their own already.
    #[error("no place is left for another search index")]
    NoPlace,
}
