//! Values shared by several nouns. Their JSON form is part of the contract.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::remote::QuotePolicy;
use crate::{AccountId, AppId, StatusId};

/// Who may see a status. Ordered from the widest to the narrowest audience.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Everyone, on all timelines.
    #[default]
    Public,
    /// Everyone, off the public timelines and discovery.
    Unlisted,
    /// Followers and the mentioned.
    Private,
    /// Only the mentioned.
    Direct,
}

impl Visibility {
    /// The word of the API and of read models.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Unlisted => "unlisted",
            Self::Private => "private",
            Self::Direct => "direct",
        }
    }

    /// Everybody may see it, wherever.
    #[must_use]
    pub const fn is_for_all(self) -> bool {
        matches!(self, Self::Public | Self::Unlisted)
    }

    /// Followers see it on their home timelines without being mentioned.
    #[must_use]
    pub const fn reaches_followers(self) -> bool {
        !matches!(self, Self::Direct)
    }

    /// Reads [`Self::as_str`] back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Public, Self::Unlisted, Self::Private, Self::Direct].into_iter().find(|v| v.as_str() == word)
    }
}

/// What an account may do on this server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Nothing beyond its own account.
    #[default]
    User,
    /// Reports and accounts.
    Moderator,
    /// Everything but the owner's account.
    Admin,
    /// Everything.
    Owner,
}

impl Role {
    /// The word of the command line and of read models.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Moderator => "moderator",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// Reads [`Self::as_str`] back, in any case.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::User, Self::Moderator, Self::Admin, Self::Owner]
            .into_iter()
            .find(|role| role.as_str().eq_ignore_ascii_case(word))
    }
}

/// How an account presents itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Plain text.
    pub display_name: String,
    /// Plain text; rendered to HTML at read.
    pub note: String,
    /// At most `limits::PROFILE_FIELDS_MAX`.
    pub fields: Vec<Field>,
    /// Absent: the default picture.
    pub avatar: Option<ImageFile>,
    /// Absent: the default picture.
    pub header: Option<ImageFile>,
    /// Follows need approval.
    pub locked: bool,
    /// Acts automatically.
    pub bot: bool,
    /// May be suggested and listed.
    pub discoverable: bool,
    /// Public statuses may be found by search.
    pub indexable: bool,
    /// Followers and following are hidden from others.
    pub hide_collections: bool,
}

/// A row of the table on a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// The label.
    pub name: String,
    /// The content, plain text.
    pub value: String,
    /// When a link back was found.
    pub verified_at: Option<Timestamp>,
}

/// A processed picture in the media store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageFile {
    /// Path below the media store's root.
    pub path: String,
    /// Path of a still picture, when `path` is animated.
    pub static_path: Option<String>,
    /// Alternative text.
    pub description: String,
}

/// What an account's new statuses begin with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostingDefaults {
    /// Visibility of new statuses.
    pub visibility: Visibility,
    /// Media hidden behind a warning.
    pub sensitive: bool,
    /// ISO 639-1 code.
    pub language: Option<String>,
    /// Who may quote new statuses.
    pub quote_policy: QuotePolicy,
}

impl Default for PostingDefaults {
    /// What everybody may see, everybody may quote.
    fn default() -> Self {
        Self { visibility: Visibility::default(), sensitive: false, language: None, quote_policy: QuotePolicy::Public }
    }
}

/// An app as a status names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// Which app.
    pub id: AppId,
    /// Its name when the status was posted.
    pub name: String,
    /// Its website when the status was posted.
    pub website: Option<String>,
}

/// An account that a status names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mention {
    /// Who.
    pub account_id: AccountId,
    /// Without domain.
    pub username: String,
    /// Absent for local accounts.
    pub domain: Option<String>,
    /// Profile URL.
    pub url: String,
    /// Lives on this server.
    pub local: bool,
}

/// A hashtag that a status carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hashtag {
    /// Lower-case key.
    pub key: String,
    /// As written.
    pub name: String,
}

/// What an event must know of the status it is about, so that no projection has to look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusRef {
    /// Which status.
    pub status_id: StatusId,
    /// Its author.
    pub account_id: AccountId,
    /// Its author lives on this server.
    pub account_local: bool,
    /// The conversation it belongs to.
    pub conversation_id: StatusId,
    /// Its visibility.
    pub visibility: Visibility,
}

/// A question that a status asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Poll {
    /// Plain text, in order.
    pub options: Vec<String>,
    /// More than one choice allowed.
    pub multiple: bool,
    /// Counts hidden until it closes.
    pub hide_totals: bool,
    /// When it closes.
    pub expires_at: Timestamp,
}

/// A point of interest, each in -1.0 ..= 1.0, from the centre; y grows upwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Focus {
    /// Left to right.
    pub x: f64,
    /// Bottom to top.
    pub y: f64,
}
