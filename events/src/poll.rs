//! Votes in a poll, and its end. The question itself is part of its status, and shares its id.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::remote::Tally;
use crate::values::StatusRef;
use crate::{AccountId, KeyId, Payload, StatusId};

event_enum! {
    /// What can happen to a poll.
    pub enum PollEvent {
        "poll.voted" 1 => Voted(PollVoted),
        "poll.closed" 1 => Closed(PollClosed),
        "poll.tallied" 1 => Tallied(PollTallied),
    }
}

/// An account voted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PollVoted {
    /// Who.
    pub account_id: AccountId,
    /// The status that asks.
    pub status: StatusRef,
    /// When the question was asked: a vote on another question of the same status does not count.
    pub asked_at: Timestamp,
    /// Indices of options, ascending.
    pub choices: Vec<u16>,
}

impl Payload for PollVoted {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// The time to vote is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PollClosed {
    /// The author.
    pub account_id: AccountId,
    /// The status that asks.
    pub status_id: StatusId,
}

impl Payload for PollClosed {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// The server that asks has counted its votes anew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PollTallied {
    /// The author.
    pub account_id: AccountId,
    /// The status that asks.
    pub status_id: StatusId,
    /// The votes.
    pub tally: Tally,
}

impl Payload for PollTallied {
    fn key(&self) -> KeyId {
        KeyId::object(self.account_id, self.status_id.get())
    }
}
