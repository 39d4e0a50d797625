//! A status that quotes another: what the quoted author says of it (FEP-044f). That it quotes, and what was known of that
//! at the time, is told by `status.posted`.

use serde::{Deserialize, Serialize};

use crate::values::StatusRef;
use crate::{AccountId, KeyId, Payload};

event_enum! {
    /// What can happen to a quote.
    pub enum QuoteEvent {
        "quote.approved" 1 => Approved(QuoteApproved),
        "quote.rejected" 1 => Rejected(QuoteRejected),
        "quote.revoked" 1 => Revoked(QuoteRevoked),
    }
}

/// The quoted author agreed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuoteApproved {
    /// The status that quotes.
    pub status: StatusRef,
    /// The status that is quoted.
    pub quoted: StatusRef,
    /// The document that says so, an address; absent where the quoted author lives here.
    pub authorization: Option<String>,
    /// The request that this answers, an address, when somebody elsewhere asked.
    pub request: Option<String>,
    /// The author had agreed before: it is said once more, or by another document.
    pub again: bool,
}

impl Payload for QuoteApproved {
    fn key(&self) -> KeyId {
        KeyId::account(self.quoted.account_id)
    }
}

/// The quoted author refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuoteRejected {
    /// Who wanted to quote.
    pub account_id: AccountId,
    /// The status that quotes, where it is known here.
    pub status: Option<StatusRef>,
    /// Its address, when it is another server's.
    pub uri: Option<String>,
    /// The status that is quoted.
    pub quoted: StatusRef,
    /// The request that this answers, an address, when somebody elsewhere asked.
    pub request: Option<String>,
}

impl Payload for QuoteRejected {
    fn key(&self) -> KeyId {
        KeyId::account(self.quoted.account_id)
    }
}

/// The quoted author had agreed, and does so no longer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuoteRevoked {
    /// The status that quotes.
    pub status: StatusRef,
    /// The status that is quoted.
    pub quoted: StatusRef,
    /// The document that said so, an address; absent where the quoted author lives here.
    pub authorization: Option<String>,
}

impl Payload for QuoteRevoked {
    fn key(&self) -> KeyId {
        KeyId::account(self.quoted.account_id)
    }
}
