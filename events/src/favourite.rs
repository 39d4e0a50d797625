//! A status that an account likes.

use serde::{Deserialize, Serialize};

use crate::values::StatusRef;
use crate::{AccountId, KeyId, Payload, StatusId};

event_enum! {
    /// What can happen to a favourite.
    pub enum FavouriteEvent {
        "favourite.added" 2 => Added(FavouriteAdded),
        "favourite.removed" 2 => Removed(FavouriteRemoved),
    }
}

/// An account favourited a status.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FavouriteAdded {
    /// Who.
    pub account_id: AccountId,
    /// Which status.
    pub status: StatusRef,
    /// The activity that says so, when the account or the author lives elsewhere; an address.
    pub uri: Option<String>,
}

impl Payload for FavouriteAdded {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// A favourite was taken back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FavouriteRemoved {
    /// Who.
    pub account_id: AccountId,
    /// Which status.
    pub status_id: StatusId,
    /// The activity that began it, when the account or the author lives elsewhere; an address.
    pub uri: Option<String>,
}

impl Payload for FavouriteRemoved {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}
