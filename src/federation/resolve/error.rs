//! Why an address or a handle leads to nothing.

use std::sync::Arc;

use chronodon_activitypub::DocumentError;
use chronodon_activitypub::json::JsonError;
use chronodon_domain::Refusal;
use chronodon_projections::ProjectionError;

use crate::commands::CommandError;
use crate::federation::egress::EgressError;
use crate::federation::keys::KeysError;

/// Why an address or a handle leads to nothing.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ResolveError {
    /// It was there once.
    #[error("it is gone")]
    Gone,
    /// There is no such thing.
    #[error("it is not found")]
    NotFound,
    /// This server has nothing to do with that one.
    #[error("its server is refused here")]
    Refused,
    /// Enough has been fetched already.
    #[error("too much would have to be fetched")]
    Budget,
    /// No answer, or none that helps.
    #[error("{0}")]
    Unreachable(EgressError),
    /// The answer is no document that is read here.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// The document is none that is read here.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// What is said is not to be believed; says what.
    #[error("the {0} is not to be believed")]
    Invalid(&'static str),
    /// The database or the log cannot do it now.
    #[error("{0}")]
    Fault(Arc<str>),
}

impl ResolveError {
    /// Whether asking again will give the same.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match self {
            Self::Unreachable(error) => error.is_final(),
            Self::Fault(_) | Self::Budget => false,
            Self::Gone | Self::NotFound | Self::Refused | Self::Json(_) | Self::Document(_) | Self::Invalid(_) => true,
        }
    }

    /// Whether it is this server that cannot.
    #[must_use]
    pub fn is_fault(&self) -> bool {
        matches!(self, Self::Fault(_))
    }
}

impl From<EgressError> for ResolveError {
    fn from(error: EgressError) -> Self {
        match error {
            EgressError::Status(410) => Self::Gone,
            EgressError::Status(404) => Self::NotFound,
            error => Self::Unreachable(error),
        }
    }
}

impl From<CommandError> for ResolveError {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Refused(Refusal::NotFound) => Self::Invalid("author"),
            CommandError::Refused(_) => Self::Invalid("content"),
            error => Self::Fault(error.to_string().into()),
        }
    }
}

impl From<ProjectionError> for ResolveError {
    fn from(error: ProjectionError) -> Self {
        Self::Fault(error.to_string().into())
    }
}

impl From<KeysError> for ResolveError {
    fn from(error: KeysError) -> Self {
        Self::Fault(error.to_string().into())
    }
}
