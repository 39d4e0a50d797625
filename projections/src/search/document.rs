//! What the index holds of an account, an attachment and a status. The documents are also the state that events fold
//! over, so each is stored whole beside the fields by which it is found.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Which document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Key {
    Account(i64),
    Media(i64),
    Status(i64),
}

impl Key {
    /// As the index has it.
    pub(super) fn term(self) -> String {
        match self {
            Self::Account(id) => format!("a{id}"),
            Self::Media(id) => format!("m{id}"),
            Self::Status(id) => format!("s{id}"),
        }
    }
}

/// A document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Document {
    Account(Account),
    Media(Media),
    Status(Status),
}

/// An account, found by its names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Account {
    pub(super) id: i64,
    pub(super) username: String,
    pub(super) display_name: String,
    pub(super) note: String,
    pub(super) discoverable: bool,
    pub(super) indexable: bool,
}

/// An attachment: not found by itself, but kept so that its status can be found by its description.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Media {
    pub(super) id: i64,
    pub(super) description: String,
    pub(super) status_id: Option<i64>,
}

/// A status, found by its texts. Reblogs have none and are not here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Status {
    pub(super) id: i64,
    pub(super) account_id: i64,
    pub(super) created_at: Timestamp,
    pub(super) text: String,
    pub(super) spoiler_text: String,
    pub(super) options: Vec<String>,
    /// Ids and descriptions.
    pub(super) media: Vec<(i64, String)>,
    pub(super) tags: Vec<String>,
    pub(super) language: Option<String>,
    pub(super) public: bool,
    pub(super) reply: bool,
    pub(super) sensitive: bool,
    pub(super) link: bool,
}

impl Document {
    pub(super) fn key(&self) -> Key {
        match self {
            Self::Account(account) => Key::Account(account.id),
            Self::Media(media) => Key::Media(media.id),
            Self::Status(status) => Key::Status(status.id),
        }
    }
}

/// Yes-or-no facts about a document, as bits of one column.
pub(super) mod flag {
    /// Visible to everyone and listed.
    pub(in crate::search) const PUBLIC: u64 = 1;
    /// Answers another status.
    pub(in crate::search) const REPLY: u64 = 1 << 1;
    /// Media behind a warning.
    pub(in crate::search) const SENSITIVE: u64 = 1 << 2;
    /// Has attachments.
    pub(in crate::search) const MEDIA: u64 = 1 << 3;
    /// Asks a question.
    pub(in crate::search) const POLL: u64 = 1 << 4;
    /// Names an address.
    pub(in crate::search) const LINK: u64 = 1 << 5;
    /// An account whose public statuses may be found.
    pub(in crate::search) const INDEXABLE: u64 = 1 << 6;
}

impl Status {
    pub(super) fn flags(&self) -> u64 {
        let flags = [
            (self.public, flag::PUBLIC),
            (self.reply, flag::REPLY),
            (self.sensitive, flag::SENSITIVE),
            (!self.media.is_empty(), flag::MEDIA),
            (!self.options.is_empty(), flag::POLL),
            (self.link, flag::LINK),
        ];
        flags.iter().filter(|(on, _)| *on).fold(0, |all, (_, flag)| all | flag)
    }
}
