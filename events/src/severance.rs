//! Follows of a local account that were ended for it, by what somebody decided about many.

use serde::{Deserialize, Serialize};

use crate::{AccountId, KeyId, Payload, SeveranceId};

event_enum! {
    /// What can happen to follows that are ended for their account.
    pub enum SeveranceEvent {
        "severance.recorded" 1 => Recorded(SeveranceRecorded),
    }
}

/// What ended the follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeveranceKind {
    /// This server has suspended an account.
    AccountSuspension,
    /// This server has suspended a domain.
    DomainBlock,
    /// The account has hidden a domain.
    UserDomainBlock,
}

impl SeveranceKind {
    /// The kind as Mastodon's API and the read models write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccountSuspension => "account_suspension",
            Self::DomainBlock => "domain_block",
            Self::UserDomainBlock => "user_domain_block",
        }
    }
}

/// With whom the follows were.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeveranceTarget {
    /// One account: which, and its name with its domain.
    Account {
        /// Which account.
        account_id: AccountId,
        /// Such as `alice@example.org`.
        acct: String,
    },
    /// Everybody of a domain.
    Domain(String),
}

impl SeveranceTarget {
    /// What a person reads: a domain, or an account's name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Account { acct, .. } => acct,
            Self::Domain(domain) => domain,
        }
    }
}

/// Follows of a local account end, for a reason that is not its own or its followers'.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeveranceRecorded {
    /// Its number.
    pub severance_id: SeveranceId,
    /// Why.
    pub kind: SeveranceKind,
    /// With whom.
    pub target: SeveranceTarget,
    /// The local account.
    pub account_id: AccountId,
    /// How many followers it loses.
    pub followers_count: u64,
    /// How many it follows no more.
    pub following_count: u64,
}

impl Payload for SeveranceRecorded {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}
