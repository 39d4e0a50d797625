//! The shape of every decision.

use chronodon_events::Event;
use thiserror::Error;

/// Decides what follows from a command, given what has happened in one stream.
pub trait Decider {
    /// What is asked for, with all facts that the decision needs.
    type Command;
    /// The events of the stream.
    type Event: Into<Event> + TryFrom<Event>;
    /// What the stream's events have led to. The default is the empty stream's.
    type State: Default;

    /// The events that follow. None: what is asked for already is.
    ///
    /// # Errors
    /// When the command is refused; nothing has changed.
    fn decide(state: &Self::State, command: &Self::Command) -> Result<Vec<Self::Event>, Refusal>;

    /// The state after one more event.
    fn evolve(state: Self::State, event: &Self::Event) -> Self::State;
}

/// Why a command is refused, in the domain's words.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// It is not there, or not for the actor to see.
    #[error("not found")]
    NotFound,
    /// The actor may not do this.
    #[error("{0}")]
    Forbidden(&'static str),
    /// A value is out of bounds.
    #[error("{message}")]
    Invalid {
        /// The parameter.
        field: &'static str,
        /// What is wrong, as a sentence's end: "can't be blank".
        message: String,
        /// Mastodon's code, such as `ERR_BLANK`.
        code: &'static str,
    },
}

impl Refusal {
    /// A value is out of bounds.
    #[must_use]
    pub fn invalid(field: &'static str, code: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid { field, message: message.into(), code }
    }
}

/// The state after `events`, for tests and loading.
pub fn given<D: Decider>(events: impl IntoIterator<Item = D::Event>) -> D::State {
    events.into_iter().fold(D::State::default(), |state, event| D::evolve(state, &event))
}
