//! Custom emojis of this server.

use chronodon_event_log::Recorded;
use chronodon_events::Event;
use chronodon_events::custom_emoji::CustomEmojiEvent;
use serde_json::Value;

use super::{Core, json};

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
