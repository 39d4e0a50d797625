//! Relays: servers that hand public statuses on to all that follow them.

use serde::{Deserialize, Serialize};

use crate::{KeyId, Payload, RelayId};

event_enum! {
    /// What can happen to a relay.
    pub enum RelayEvent {
        "relay.accepted" 1 => Accepted(RelayAccepted),
        "relay.added" 1 => Added(RelayAdded),
        "relay.rejected" 1 => Rejected(RelayRejected),
        "relay.removed" 1 => Removed(RelayRemoved),
    }
}

/// The server asks a relay to be let in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelayAdded {
    /// Which relay. Added again, it is another.
    pub relay_id: RelayId,
    /// Where it takes activities.
    pub inbox_url: String,
    /// The id of the Follow that asks; its answers name it.
    pub follow_uri: String,
}

impl Payload for RelayAdded {
    fn key(&self) -> KeyId {
        KeyId::INSTANCE
    }
}

/// The relay lets the server in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelayAccepted {
    /// Which relay.
    pub relay_id: RelayId,
    /// Where it takes activities.
    pub inbox_url: String,
    /// The Follow that it answers.
    pub follow_uri: String,
}

impl Payload for RelayAccepted {
    fn key(&self) -> KeyId {
        KeyId::INSTANCE
    }
}

/// The relay does not let the server in, or no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelayRejected {
    /// Which relay.
    pub relay_id: RelayId,
    /// Where it takes activities.
    pub inbox_url: String,
    /// The Follow that it answers.
    pub follow_uri: String,
}

impl Payload for RelayRejected {
    fn key(&self) -> KeyId {
        KeyId::INSTANCE
    }
}

/// The server has no more to do with a relay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelayRemoved {
    /// Which relay.
    pub relay_id: RelayId,
    /// Where it takes activities.
    pub inbox_url: String,
    /// The Follow to undo.
    pub follow_uri: String,
}

impl Payload for RelayRemoved {
    fn key(&self) -> KeyId {
        KeyId::INSTANCE
    }
}
