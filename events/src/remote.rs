//! What another server says of its accounts and statuses, as far as it is kept. The JSON form is part of the contract.
//!
//! Texts are HTML that has been sanitised, addresses are as the other server spells them. Nothing here is rendered
//! again: what was stored is what is shown.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::MediaId;
use crate::media::MediaKind;
use crate::values::{Focus, Profile, StatusRef};

/// An account of another server, as that server describes it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RemoteActor {
    /// The actor's id, an address.
    pub uri: String,
    /// Its page for people.
    pub url: String,
    /// Without domain.
    pub username: String,
    /// The domain of its handle, with the port where that is not the scheme's own.
    pub domain: String,
    /// What it is.
    pub kind: ActorKind,
    /// How it presents itself. The note and the values of fields are HTML; pictures are not in here.
    pub profile: Profile,
    /// Its picture.
    pub avatar: Option<RemotePicture>,
    /// The picture on top of its profile.
    pub header: Option<RemotePicture>,
    /// Custom emojis that its texts name.
    pub emojis: Vec<RemoteEmoji>,
    /// Where it is written to.
    pub inbox: String,
    /// Where all of its server is written to at once.
    pub shared_inbox: Option<String>,
    /// What it posted.
    pub outbox: Option<String>,
    /// Who follows it. Posts are addressed to this.
    pub followers: Option<String>,
    /// Whom it follows.
    pub following: Option<String>,
    /// What it has pinned.
    pub featured: Option<String>,
    /// Keys that it signs with.
    pub keys: Vec<ActorKey>,
    /// Other actors that it says it is.
    pub also_known_as: Vec<String>,
    /// The actor that it says it has become.
    pub moved_to: Option<String>,
    /// Domains that may name it as the author of their pages.
    pub attribution_domains: Vec<String>,
    /// Somebody who has died.
    pub memorial: bool,
    /// Its own server has shut it out.
    pub suspended: bool,
    /// When it was made, if it says so.
    pub published: Option<Timestamp>,
}

/// What an actor is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// A person.
    #[default]
    Person,
    /// Something automatic.
    Service,
    /// Something that shares what its members say.
    Group,
    /// An organisation.
    Organization,
    /// A server itself.
    Application,
}

impl ActorKind {
    /// The word of read models.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Service => "service",
            Self::Group => "group",
            Self::Organization => "organization",
            Self::Application => "application",
        }
    }
}

/// A public key of an actor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActorKey {
    /// The key's id, an address.
    pub uri: String,
    /// The key as SPKI in PEM.
    pub pem: String,
}

/// A picture on another server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemotePicture {
    /// Where it is.
    pub url: String,
    /// Alternative text.
    pub description: String,
}

/// A custom emoji of another server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteEmoji {
    /// Between colons in texts.
    pub shortcode: String,
    /// Where its picture is.
    pub url: String,
}

/// What a status of another server has that one of ours has not.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RemoteStatus {
    /// The object's id, an address.
    pub uri: String,
    /// Its page for people.
    pub url: String,
    /// Attachments, in order; their ids are the status's `media_ids`.
    pub attachments: Vec<RemoteAttachment>,
    /// Custom emojis that its texts name.
    pub emojis: Vec<RemoteEmoji>,
    /// Votes as its own server has counted them.
    pub tally: Option<Tally>,
    /// The status it answers, where that is not known here.
    pub in_reply_to_uri: Option<String>,
    /// Its conversation, as its own server names it.
    pub conversation_uri: Option<String>,
}

/// A file of another server that a status shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RemoteAttachment {
    /// The id that it has here.
    pub media_id: MediaId,
    /// What it is; absent: something that is only linked to.
    pub kind: Option<MediaKind>,
    /// Where it is.
    pub url: String,
    /// A smaller picture of it.
    pub preview_url: Option<String>,
    /// As its own server says.
    pub mime_type: Option<String>,
    /// Alternative text.
    pub description: String,
    /// For a placeholder.
    pub blurhash: Option<String>,
    /// Point of interest.
    pub focus: Option<Focus>,
    /// In pixels.
    pub width: Option<u32>,
    /// In pixels.
    pub height: Option<u32>,
    /// Of sound and video.
    pub duration_seconds: Option<f64>,
}

/// How many voted for what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// For each option, in order.
    pub votes: Vec<u64>,
    /// How many people voted, if that is said.
    pub voters: Option<u64>,
}

/// A status that another quotes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// The quoted object's id, an address.
    pub uri: String,
    /// The quoted status, where it is known here.
    pub status: Option<StatusRef>,
    /// Whether its author lets it be quoted.
    pub state: QuoteState,
    /// The document that says so, an address.
    pub authorization: Option<String>,
}

/// Whether a quoted author has agreed (FEP-044f).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuoteState {
    /// Asked, or not asked in a way that can be answered.
    #[default]
    Pending,
    /// Agreed.
    Accepted,
    /// Refused.
    Rejected,
    /// Agreed once, and no longer.
    Revoked,
}

impl QuoteState {
    /// The word of the API and of read models.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Revoked => "revoked",
        }
    }
}

/// Who may quote a status without asking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuotePolicy {
    /// Everybody.
    Public,
    /// Those who follow the author.
    Followers,
    /// The author alone.
    #[default]
    Nobody,
}

impl QuotePolicy {
    /// The word of the API and of read models.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Followers => "followers",
            Self::Nobody => "nobody",
        }
    }

    /// Reads [`Self::as_str`] back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Public, Self::Followers, Self::Nobody].into_iter().find(|policy| policy.as_str() == word)
    }
}
