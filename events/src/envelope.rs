//! What every event carries in clear: who, through what, why, and where it stands in the log.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::AccountId;

/// A place in the log. Ordered and opaque: only the PostgreSQL engine promises density.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(pub u64);

impl Position {
    /// Before the first event.
    pub const START: Self = Self(0);
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// The number of an event in its stream, counted from 1. Zero is the version of an empty stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(pub u32);

/// Who acted. An opaque number: names are in sealed payloads only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorId {
    /// A local or remote account.
    Account(AccountId),
    /// Somebody at the command line of this server.
    Operator,
    /// The server itself: schedulers and reactors.
    System,
}

/// The door through which a command came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The client API or the sign-in pages.
    Api,
    /// An activity of a remote server.
    Inbox,
    /// The command line.
    Cli,
    /// An archive.
    Import,
    /// A scheduler or reactor.
    System,
}

/// What led to an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A command whose id its caller chose (an idempotency key, an activity, an import line), so that it can be retried.
    Request(Uuid),
    /// A command whose id the server minted.
    Command(Uuid),
    /// Another event, by its id.
    Event(Uuid),
}

/// Who, through what door, why, and in which chain of causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Meta {
    /// Who acted.
    pub actor: ActorId,
    /// Through which door.
    pub origin: Origin,
    /// The command or event that led here.
    pub cause: Cause,
    /// The first command of the chain.
    pub correlation: Uuid,
}

/// Which key seals a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KeyId {
    /// Whose key it is. [`AccountId::INSTANCE`] for facts about no account.
    pub subject: AccountId,
    /// The object whose own secret is mixed in: a status or media id. Destroying that secret erases the object alone.
    pub object: Option<i64>,
}

impl KeyId {
    /// The key of the instance.
    pub const INSTANCE: Self = Self { subject: AccountId::INSTANCE, object: None };

    /// The key of an account.
    #[must_use]
    pub const fn account(subject: AccountId) -> Self {
        Self { subject, object: None }
    }

    /// The key of one object of an account.
    #[must_use]
    pub const fn object(subject: AccountId, object: i64) -> Self {
        Self { subject, object: Some(object) }
    }
}
