//! A status that an account likes.

use serde::{Deserialize, Serialize};

use crate::values::StatusRef;
use crate::{AccountId, KeyId, Payload, StatusId};

event_enum! {
    /// What can happen to a favourite.
    pub enum FavouriteEvent {
        "favourite.added" 1 => Added(FavouriteAdded),
        "favourite.removed" 1 => Removed(FavouriteRemoved),
    }
}

/// An account favourited a status.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FavouriteAdded {
    /// Who.
    pub account_id: AccountId,
    /// Which status.
    pub status: StatusRef,
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
}

impl Payload for FavouriteRemoved {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}
