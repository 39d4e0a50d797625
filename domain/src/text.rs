//! What people write, and how it reads: finding mentions, hashtags, links and emoji in plain text, counting it the
//! way clients count it, and rendering it to the HTML that clients expect.
//!
//! Pure functions of text. This module must not know accounts, stores or settings: who a mention means is the
//! caller's answer (a resolver passed to [`to_html`]), and what is too long is in [`crate::limits`].
//! A new kind of entity is a file here, a variant of `entity::Entity` and an arm in `format`.
//!
//! Every function accepts any string, however hostile, never panics, and takes time linear in its length.

mod count;
mod emoji;
mod entity;
mod format;
mod hashtag;
mod html;
mod link;
mod mention;
mod plain;

pub use count::{count, count_graphemes, count_status};
pub use emoji::{EmojiMatch, emoji_shortcodes, is_shortcode};
pub use format::{Format, Mentioned, field_to_html, quote_inline, to_html};
pub use hashtag::{HashtagMatch, hashtag_key, hashtags, is_hashtag_name};
pub use html::{html_to_plain, sanitise_html};
pub use link::{LinkMatch, links};
pub use mention::{MentionMatch, is_username, mentions};
pub use plain::{escape, is_blank, searchable, strip_controls};

#[cfg(test)]
mod tests;
