//! Whom an object mentions, and its hashtags.

use crate::document::{Fields, is_longer};
use crate::limits::{HASHTAGS_MAX, MENTIONS_MAX, TAG_NAME_CHARS_MAX, TAGS_MAX};
use crate::uri::Uri;

/// Somebody mentioned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MentionTag {
    /// The actor.
    pub href: Uri,
    /// As it stands in the text, such as `@user@example.com`; may be empty.
    pub name: String,
}

/// The mentions and hashtags among an object's tags, each once.
pub(super) fn read_all(fields: &Fields<'_>) -> (Vec<MentionTag>, Vec<String>) {
    let (mut mentions, mut hashtags): (Vec<MentionTag>, Vec<String>) = (Vec::new(), Vec::new());
    let mut known = std::collections::HashSet::new();
    for tag in fields.objects("tag", TAGS_MAX) {
        if tag.is("Mention") && mentions.len() < MENTIONS_MAX {
            mentions.extend(read_mention(&tag).filter(|mention| known.insert(mention.href.to_string())));
        } else if tag.is("Hashtag") && hashtags.len() < HASHTAGS_MAX {
            hashtags.extend(read_hashtag(&tag).filter(|name| known.insert(format!("#{}", name.to_lowercase()))));
        }
    }
    (mentions, hashtags)
}

fn read_mention(tag: &Fields<'_>) -> Option<MentionTag> {
    let name = tag.text("name").filter(|name| !is_longer(name, TAG_NAME_CHARS_MAX)).unwrap_or_default();
    Some(MentionTag { href: tag.uri("href")?, name: name.trim().to_owned() })
}

fn read_hashtag(tag: &Fields<'_>) -> Option<String> {
    let name = tag.text("name")?.trim();
    let name = name.strip_prefix(['#', '＃']).unwrap_or(name);
    let acceptable = |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '#' | '<' | '>' | '"' | '/');
    let is_tag = !name.is_empty() && !is_longer(name, TAG_NAME_CHARS_MAX) && name.chars().all(acceptable);
    is_tag.then(|| name.to_owned())
}
