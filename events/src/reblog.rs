//! A status that an account shows to its followers. A reblog is listed among statuses under an id of its own.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::values::{StatusRef, Visibility};
use crate::{AccountId, KeyId, Payload, StatusId};

event_enum! {
    /// What can happen to a reblog.
    pub enum ReblogEvent {
        "reblog.created" 2 => Created(ReblogCreated),
        "reblog.removed" 2 => Removed(ReblogRemoved),
    }
}

/// An account reblogged a status.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReblogCreated {
    /// Who.
    pub account_id: AccountId,
    /// The reblog's own id.
    pub reblog_id: StatusId,
    /// Which status.
    pub status: StatusRef,
    /// Of the reblog.
    pub visibility: Visibility,
    /// When.
    pub created_at: Timestamp,
    /// The account lives on this server.
    pub account_local: bool,
    /// The activity that says so, when the account or the author lives elsewhere; an address.
    pub uri: Option<String>,
}

impl Payload for ReblogCreated {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// A reblog was taken back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReblogRemoved {
    /// Who.
    pub account_id: AccountId,
    /// The reblog's own id.
    pub reblog_id: StatusId,
    /// Which status.
    pub status_id: StatusId,
    /// The activity that began it, when the account or the author lives elsewhere; an address.
    pub uri: Option<String>,
}

impl Payload for ReblogRemoved {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}
