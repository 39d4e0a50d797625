//! Domains that a person does not want to hear of.

use serde::{Deserialize, Serialize};

use crate::{AccountId, KeyId, Payload};

event_enum! {
    /// What can happen between an account and a domain.
    pub enum AccountDomainBlockEvent {
        "account_domain_block.created" 1 => Created(AccountDomainBlockCreated),
        "account_domain_block.removed" 1 => Removed(AccountDomainBlockRemoved),
    }
}

/// An account has hidden a domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountDomainBlockCreated {
    /// Who hides.
    pub account_id: AccountId,
    /// In lower case and punycode; its subdomains are others.
    pub domain: String,
}

impl Payload for AccountDomainBlockCreated {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// An account hides a domain no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountDomainBlockRemoved {
    /// Who hid it.
    pub account_id: AccountId,
    /// In lower case and punycode.
    pub domain: String,
}

impl Payload for AccountDomainBlockRemoved {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}
