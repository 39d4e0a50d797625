//! A list of accounts whose statuses make a timeline.

use serde::{Deserialize, Serialize};

use crate::{AccountId, KeyId, ListId, Payload};

event_enum! {
    /// What can happen to a list.
    pub enum ListEvent {
        "list.created" 1 => Created(ListCreated),
        "list.updated" 1 => Updated(ListUpdated),
        "list.deleted" 1 => Deleted(ListDeleted),
        "list.account_added" 1 => AccountAdded(ListAccountAdded),
        "list.account_removed" 1 => AccountRemoved(ListAccountRemoved),
    }
}

/// An account made a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListCreated {
    /// The owner.
    pub account_id: AccountId,
    /// Which list.
    pub list_id: ListId,
    /// Plain text.
    pub title: String,
    /// Which replies are shown.
    pub replies_policy: RepliesPolicy,
    /// Members are left out of the home timeline.
    pub exclusive: bool,
}

impl Payload for ListCreated {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// Title, replies policy and exclusiveness, whole, as they are now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListUpdated {
    /// The owner.
    pub account_id: AccountId,
    /// Which list.
    pub list_id: ListId,
    /// Plain text.
    pub title: String,
    /// Which replies are shown.
    pub replies_policy: RepliesPolicy,
    /// Members are left out of the home timeline.
    pub exclusive: bool,
}

impl Payload for ListUpdated {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// The list is gone, with its members.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListDeleted {
    /// The owner.
    pub account_id: AccountId,
    /// Which list.
    pub list_id: ListId,
}

impl Payload for ListDeleted {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// An account became a member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListAccountAdded {
    /// The owner.
    pub account_id: AccountId,
    /// Which list.
    pub list_id: ListId,
    /// Who.
    pub member_id: AccountId,
}

impl Payload for ListAccountAdded {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// An account is a member no more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListAccountRemoved {
    /// The owner.
    pub account_id: AccountId,
    /// Which list.
    pub list_id: ListId,
    /// Who.
    pub member_id: AccountId,
}

impl Payload for ListAccountRemoved {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// Which replies of its members a list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RepliesPolicy {
    /// To accounts that the owner follows.
    Followed,
    /// To members of the list.
    #[default]
    List,
    /// None.
    None,
}

impl RepliesPolicy {
    /// The word of the API and of read models.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Followed => "followed",
            Self::List => "list",
            Self::None => "none",
        }
    }

    /// Reads [`Self::as_str`] back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Followed, Self::List, Self::None].into_iter().find(|policy| policy.as_str() == word)
    }
}
