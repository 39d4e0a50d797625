//! A status: posted, edited, pinned, deleted. Its content is sealed under its own key.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::remote::{Quote, QuotePolicy, RemoteStatus};
use crate::values::{Application, Hashtag, Mention, Poll, StatusRef, Visibility};
use crate::{AccountId, KeyId, MediaId, Payload, StatusId};

event_enum! {
    /// What can happen to a status.
    pub enum StatusEvent {
        "status.posted" 2 => Posted(StatusPosted),
        "status.edited" 2 => Edited(StatusEdited),
        "status.deleted" 2 => Deleted(StatusDeleted),
        "status.pinned" 1 => Pinned(StatusPinned),
        "status.unpinned" 1 => Unpinned(StatusUnpinned),
        "status.quote_policy_changed" 1 => QuotePolicyChanged(StatusQuotePolicyChanged),
    }
}

/// An account posted a status.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatusPosted {
    /// The author.
    pub account_id: AccountId,
    /// Which status.
    pub status_id: StatusId,
    /// Posted on this server.
    pub local: bool,
    /// When, as shown.
    pub created_at: Timestamp,
    /// Who may see it.
    pub visibility: Visibility,
    /// The conversation it belongs to; its own id when it begins one.
    pub conversation_id: StatusId,
    /// The status it answers.
    pub in_reply_to: Option<StatusRef>,
    /// Whom it answers, where that is not `in_reply_to`'s author: an author who goes on after an answer of their own
    /// still answers whom that one answered.
    pub in_reply_to_account_id: Option<AccountId>,
    /// The source, plain text; of a status from elsewhere its HTML.
    pub text: String,
    /// Content warning; empty: none.
    pub spoiler_text: String,
    /// Media hidden behind a warning.
    pub sensitive: bool,
    /// ISO 639-1 code.
    pub language: Option<String>,
    /// Accounts named in the text, in order.
    pub mentions: Vec<Mention>,
    /// Hashtags of the text, in order.
    pub hashtags: Vec<Hashtag>,
    /// Attachments, in order.
    pub media_ids: Vec<MediaId>,
    /// The question.
    pub poll: Option<Poll>,
    /// The app it was posted with.
    pub application: Option<Application>,
    /// The status it quotes.
    pub quote: Option<Quote>,
    /// Who may quote it.
    pub quote_policy: QuotePolicy,
    /// What it has besides, when it was posted elsewhere.
    pub remote: Option<RemoteStatus>,
}

impl Payload for StatusPosted {
    fn key(&self) -> KeyId {
        KeyId::object(self.account_id, self.status_id.get())
    }
}

/// The content, whole, as it is now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatusEdited {
    /// The author.
    pub account_id: AccountId,
    /// Which status.
    pub status_id: StatusId,
    /// The source, plain text; of a status from elsewhere its HTML.
    pub text: String,
    /// Content warning; empty: none.
    pub spoiler_text: String,
    /// Media hidden behind a warning.
    pub sensitive: bool,
    /// ISO 639-1 code.
    pub language: Option<String>,
    /// Accounts named in the text, in order.
    pub mentions: Vec<Mention>,
    /// Hashtags of the text, in order.
    pub hashtags: Vec<Hashtag>,
    /// Attachments, in order.
    pub media_ids: Vec<MediaId>,
    /// The question.
    pub poll: Option<Poll>,
    /// The question changed, so all votes are void.
    pub poll_reset: bool,
    /// When.
    pub edited_at: Timestamp,
    /// What it has besides, when it was posted elsewhere.
    pub remote: Option<RemoteStatus>,
}

impl Payload for StatusEdited {
    fn key(&self) -> KeyId {
        KeyId::object(self.account_id, self.status_id.get())
    }
}

/// A status is gone. Its content key goes too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatusDeleted {
    /// The author.
    pub account_id: AccountId,
    /// Which status.
    pub status_id: StatusId,
    /// Attachments that it or an earlier version of it had: nothing holds them any longer.
    pub media_ids: Vec<MediaId>,
    /// It was posted elsewhere, nobody here touched it, and it is kept no longer: it may come again.
    pub expired: bool,
}

/// What was said about the status by others goes by this event, also once its author's key is gone.
impl Payload for StatusDeleted {
    fn key(&self) -> KeyId {
        KeyId::INSTANCE
    }
}

/// The author pinned a status to the profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatusPinned {
    /// The author.
    pub account_id: AccountId,
    /// Which status.
    pub status_id: StatusId,
}

impl Payload for StatusPinned {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// The author took a pin away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatusUnpinned {
    /// The author.
    pub account_id: AccountId,
    /// Which status.
    pub status_id: StatusId,
}

impl Payload for StatusUnpinned {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// Others than before may quote a status. Quotes that were approved stay so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatusQuotePolicyChanged {
    /// The author.
    pub account_id: AccountId,
    /// Which status.
    pub status_id: StatusId,
    /// Who may quote it from now on.
    pub quote_policy: QuotePolicy,
}

impl Payload for StatusQuotePolicyChanged {
    fn key(&self) -> KeyId {
        KeyId::object(self.account_id, self.status_id.get())
    }
}
