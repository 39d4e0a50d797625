//! All that holds between two accounts: follows, requests, blocks, mutes and notes. One stream per unordered pair.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{AccountId, KeyId, Payload};

event_enum! {
    /// What can happen between two accounts.
    pub enum RelationshipEvent {
        "follow.requested" 2 => FollowRequested(FollowRequested),
        "follow.request_withdrawn" 2 => FollowRequestWithdrawn(FollowRequestWithdrawn),
        "follow.request_rejected" 2 => FollowRequestRejected(FollowRequestRejected),
        "follow.created" 2 => FollowCreated(FollowCreated),
        "follow.changed" 2 => FollowChanged(FollowChanged),
        "follow.removed" 2 => FollowRemoved(FollowRemoved),
        "block.created" 2 => BlockCreated(BlockCreated),
        "block.removed" 2 => BlockRemoved(BlockRemoved),
        "mute.created" 1 => MuteCreated(MuteCreated),
        "mute.removed" 1 => MuteRemoved(MuteRemoved),
        "note.set" 1 => NoteSet(NoteSet),
    }
}

/// An account asks to follow another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FollowRequested {
    /// Who.
    pub account_id: AccountId,
    /// About whom.
    pub target_id: AccountId,
    /// Reblogs are shown on the follower's home timeline.
    pub reblogs: bool,
    /// Each new status notifies the follower.
    pub notify: bool,
    /// Only these languages; empty: all.
    pub languages: Vec<String>,
    /// The follower lives on this server.
    pub account_local: bool,
    /// The followed lives on this server.
    pub target_local: bool,
    /// The activity that says so, when one of the two lives elsewhere; an address.
    pub uri: Option<String>,
}

impl Payload for FollowRequested {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// The asking account asks no more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FollowRequestWithdrawn {
    /// Who.
    pub account_id: AccountId,
    /// About whom.
    pub target_id: AccountId,
    /// The activity that asked, when one of the two lives elsewhere; an address.
    pub uri: Option<String>,
}

impl Payload for FollowRequestWithdrawn {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// The asked account refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FollowRequestRejected {
    /// Who had asked.
    pub account_id: AccountId,
    /// Who refused.
    pub target_id: AccountId,
    /// The activity that asked, when one of the two lives elsewhere; an address.
    pub uri: Option<String>,
}

impl Payload for FollowRequestRejected {
    fn key(&self) -> KeyId {
        KeyId::account(self.target_id)
    }
}

/// An account follows another, at once or because a request was accepted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FollowCreated {
    /// Who.
    pub account_id: AccountId,
    /// About whom.
    pub target_id: AccountId,
    /// Reblogs are shown on the follower's home timeline.
    pub reblogs: bool,
    /// Each new status notifies the follower.
    pub notify: bool,
    /// Only these languages; empty: all.
    pub languages: Vec<String>,
    /// A request was accepted.
    pub requested: bool,
    /// The follower lives on this server.
    pub account_local: bool,
    /// The followed lives on this server.
    pub target_local: bool,
    /// The activity that says so, when one of the two lives elsewhere; an address.
    pub uri: Option<String>,
}

impl Payload for FollowCreated {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// What a follow or request shows, whole, as it is now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FollowChanged {
    /// Who.
    pub account_id: AccountId,
    /// About whom.
    pub target_id: AccountId,
    /// Reblogs are shown on the follower's home timeline.
    pub reblogs: bool,
    /// Each new status notifies the follower.
    pub notify: bool,
    /// Only these languages; empty: all.
    pub languages: Vec<String>,
    /// The activity that says so, when one of the two lives elsewhere; an address.
    pub uri: Option<String>,
}

impl Payload for FollowChanged {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// An account follows another no more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FollowRemoved {
    /// Who.
    pub account_id: AccountId,
    /// About whom.
    pub target_id: AccountId,
    /// The activity that began it, when one of the two lives elsewhere; an address.
    pub uri: Option<String>,
}

impl Payload for FollowRemoved {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// An account blocks another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BlockCreated {
    /// Who.
    pub account_id: AccountId,
    /// About whom.
    pub target_id: AccountId,
    /// The activity that says so, when one of the two lives elsewhere; an address.
    pub uri: Option<String>,
}

impl Payload for BlockCreated {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// A block ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BlockRemoved {
    /// Who.
    pub account_id: AccountId,
    /// About whom.
    pub target_id: AccountId,
    /// The activity that began it, when one of the two lives elsewhere; an address.
    pub uri: Option<String>,
}

impl Payload for BlockRemoved {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// An account mutes another, or changed how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MuteCreated {
    /// Who.
    pub account_id: AccountId,
    /// About whom.
    pub target_id: AccountId,
    /// Notifications are muted too.
    pub notifications: bool,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

impl Payload for MuteCreated {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// A mute ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MuteRemoved {
    /// Who.
    pub account_id: AccountId,
    /// About whom.
    pub target_id: AccountId,
}

impl Payload for MuteRemoved {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// An account wrote itself a note about another; empty removes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NoteSet {
    /// Who.
    pub account_id: AccountId,
    /// About whom.
    pub target_id: AccountId,
    /// Plain text.
    pub comment: String,
}

impl Payload for NoteSet {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}
