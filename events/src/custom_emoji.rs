//! Small pictures that this server gives names to.

use serde::{Deserialize, Serialize};

use crate::values::ImageFile;
use crate::{KeyId, Payload};

event_enum! {
    /// What can happen to a custom emoji.
    pub enum CustomEmojiEvent {
        "custom_emoji.added" 1 => Added(CustomEmojiAdded),
        "custom_emoji.removed" 1 => Removed(CustomEmojiRemoved),
    }
}

/// An emoji was added or its picture replaced.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CustomEmojiAdded {
    /// Without colons.
    pub shortcode: String,
    /// The picture.
    pub image: ImageFile,
    /// Heading in pickers.
    pub category: Option<String>,
    /// Offered in pickers.
    pub visible_in_picker: bool,
}

impl Payload for CustomEmojiAdded {
    fn key(&self) -> KeyId {
        KeyId::INSTANCE
    }
}

/// An emoji was removed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CustomEmojiRemoved {
    /// Without colons.
    pub shortcode: String,
}

impl Payload for CustomEmojiRemoved {
    fn key(&self) -> KeyId {
        KeyId::INSTANCE
    }
}
