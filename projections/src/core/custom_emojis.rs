//! Custom emojis of this server.

use chronodon_event_log::Recorded;
use chronodon_events::Event;
use chronodon_events::custom_emoji::CustomEmojiEvent;
use serde_json::Value;

use super::{Core, json};
use crate::{ProjectionError, Reader, Row};

row! {
    /// A custom emoji; `image` has the JSON form of `values::ImageFile`.
    pub struct CustomEmoji in "custom_emojis" {
        key { shortcode: String }
        image: Value,
        category: Option<String>,
        visible_in_picker: bool,
    }
}

pub(super) fn want(_: &mut Core, _: &Recorded, _: &Event) {}

pub(super) fn apply(core: &mut Core, _: &Recorded, event: &Event) {
    match event {
        Event::CustomEmoji(CustomEmojiEvent::Added(e)) => core.custom_emojis.put(CustomEmoji {
            shortcode: e.shortcode.clone(),
            image: json(&e.image),
            category: e.category.clone(),
            visible_in_picker: e.visible_in_picker,
        }),
        Event::CustomEmoji(CustomEmojiEvent::Removed(e)) => {
            core.custom_emojis.remove((e.shortcode.clone(),));
        }
        _ => {}
    }
}

/// All custom emojis, by shortcode.
///
/// # Errors
/// When the database cannot be read.
pub async fn all(reader: &Reader) -> Result<Vec<CustomEmoji>, ProjectionError> {
    let sql = "SELECT * FROM custom_emojis ORDER BY shortcode COLLATE \"C\"";
    Ok(reader.query(sql, &[]).await?.iter().map(CustomEmoji::read).collect())
}

/// The custom emojis of these names, in no order.
///
/// # Errors
/// When the database cannot be read.
pub async fn by_shortcodes(reader: &Reader, shortcodes: &[String]) -> Result<Vec<CustomEmoji>, ProjectionError> {
    let sql = "SELECT * FROM custom_emojis WHERE shortcode = ANY($1)";
    Ok(reader.lookup(sql, &[&shortcodes]).await?.iter().map(CustomEmoji::read).collect())
}
