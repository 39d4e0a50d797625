//! A picture, video or sound that can be attached to a status. Sealed under its own key.

use serde::{Deserialize, Serialize};

use crate::values::Focus;
use crate::{AccountId, KeyId, MediaId, Payload};

event_enum! {
    /// What can happen to a media attachment.
    pub enum MediaEvent {
        "media.uploaded" 1 => Uploaded(MediaUploaded),
        "media.processed" 1 => Processed(MediaProcessed),
        "media.failed" 1 => Failed(MediaFailed),
        "media.updated" 1 => Updated(MediaUpdated),
        "media.removed" 1 => Removed(MediaRemoved),
    }
}

/// An account handed in a file; processing has begun.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MediaUploaded {
    /// The owner.
    pub account_id: AccountId,
    /// Which attachment.
    pub media_id: MediaId,
    /// Alternative text.
    pub description: String,
    /// Point of interest.
    pub focus: Option<Focus>,
}

impl Payload for MediaUploaded {
    fn key(&self) -> KeyId {
        KeyId::object(self.account_id, self.media_id.get())
    }
}

/// Processing ended well.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MediaProcessed {
    /// The owner.
    pub account_id: AccountId,
    /// Which attachment.
    pub media_id: MediaId,
    /// What it turned out to be.
    pub kind: MediaKind,
    /// Of the processed file.
    pub mime_type: String,
    /// Path below the media store's root.
    pub path: String,
    /// A smaller picture.
    pub preview_path: Option<String>,
    /// Of the processed file.
    pub size_bytes: u64,
    /// Dimensions and the like, as the API shows them.
    pub meta: serde_json::Value,
    /// For a placeholder.
    pub blurhash: Option<String>,
}

impl Payload for MediaProcessed {
    fn key(&self) -> KeyId {
        KeyId::object(self.account_id, self.media_id.get())
    }
}

/// The file could not be read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MediaFailed {
    /// The owner.
    pub account_id: AccountId,
    /// Which attachment.
    pub media_id: MediaId,
    /// For the owner.
    pub reason: String,
}

impl Payload for MediaFailed {
    fn key(&self) -> KeyId {
        KeyId::object(self.account_id, self.media_id.get())
    }
}

/// Alternative text and focus, whole, as they are now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MediaUpdated {
    /// The owner.
    pub account_id: AccountId,
    /// Which attachment.
    pub media_id: MediaId,
    /// Alternative text.
    pub description: String,
    /// Point of interest.
    pub focus: Option<Focus>,
}

impl Payload for MediaUpdated {
    fn key(&self) -> KeyId {
        KeyId::object(self.account_id, self.media_id.get())
    }
}

/// The attachment and its files are gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MediaRemoved {
    /// The owner.
    pub account_id: AccountId,
    /// Which attachment.
    pub media_id: MediaId,
}

impl Payload for MediaRemoved {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// What a media attachment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// A still picture.
    Image,
    /// A silent, looping clip.
    Gifv,
    /// A video.
    Video,
    /// Sound.
    Audio,
}

impl MediaKind {
    /// The word of the API and of read models.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Gifv => "gifv",
            Self::Video => "video",
            Self::Audio => "audio",
        }
    }
}
