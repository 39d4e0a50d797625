//! A conversation that an account hears no more of.

use serde::{Deserialize, Serialize};

use crate::{AccountId, KeyId, Payload, StatusId};

event_enum! {
    /// What can happen to a conversation mute.
    pub enum ConversationMuteEvent {
        "conversation.muted" 1 => Muted(ConversationMuted),
        "conversation.unmuted" 1 => Unmuted(ConversationUnmuted),
    }
}

/// An account muted a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConversationMuted {
    /// Who.
    pub account_id: AccountId,
    /// Which conversation.
    pub conversation_id: StatusId,
}

impl Payload for ConversationMuted {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// An account listens again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConversationUnmuted {
    /// Who.
    pub account_id: AccountId,
    /// Which conversation.
    pub conversation_id: StatusId,
}

impl Payload for ConversationUnmuted {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}
