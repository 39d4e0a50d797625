//! A status that an account keeps for later.

use serde::{Deserialize, Serialize};

use crate::values::StatusRef;
use crate::{AccountId, KeyId, Payload, StatusId};

event_enum! {
    /// What can happen to a bookmark.
    pub enum BookmarkEvent {
        "bookmark.added" 1 => Added(BookmarkAdded),
        "bookmark.removed" 1 => Removed(BookmarkRemoved),
    }
}

/// An account bookmarked a status.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BookmarkAdded {
    /// Who.
    pub account_id: AccountId,
    /// Which status.
    pub status: StatusRef,
}

impl Payload for BookmarkAdded {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// A bookmark was taken back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BookmarkRemoved {
    /// Who.
    pub account_id: AccountId,
    /// Which status.
    pub status_id: StatusId,
}

impl Payload for BookmarkRemoved {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}
