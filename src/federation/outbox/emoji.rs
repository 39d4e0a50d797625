//! Custom emojis as tags of documents.

use serde_json::{Value, json};

use super::media::type_by_name;
use crate::api::entities::custom_emojis::CustomEmoji;
use crate::app::App;

/// The tag for an emoji that a text names.
pub(super) fn tag(app: &App, emoji: &CustomEmoji) -> Value {
    json!({
        "id": app.url(&format!("/emojis/{}", emoji.shortcode)),
        "type": "Emoji",
        "name": format!(":{}:", emoji.shortcode),
        "icon": { "type": "Image", "mediaType": type_by_name(&emoji.url), "url": emoji.url },
    })
}
