//! Length as clients count it.

use unicode_segmentation::UnicodeSegmentation;

use super::entity::{Entity, entities};
use crate::limits;

/// Characters as a reader sees them (extended grapheme clusters): a flag or a family emoji is one.
pub fn count_graphemes(text: &str) -> usize {
    text.graphemes(true).count()
}

/// The length of a post's text: graphemes, with every link as [`limits::STATUS_CHARACTERS_PER_URL`] and mentions
/// without their domain, so that neither costs more on one server than on another.
pub fn count(text: &str) -> usize {
    let mut countable = String::with_capacity(text.len());
    let mut written = 0;
    for entity in entities(text) {
        let range = entity.range();
        countable.push_str(&text[written..range.start]);
        written = range.end;
        match entity {
            Entity::Link(_) => countable.extend(std::iter::repeat_n('x', limits::STATUS_CHARACTERS_PER_URL)),
            Entity::Mention(mention) => {
                countable.push('@');
                countable.push_str(&mention.username);
            }
            Entity::Hashtag(_) => countable.push_str(&text[range]),
        }
    }
    countable.push_str(&text[written..]);
    count_graphemes(&countable)
}

/// The length of a whole post, to compare with [`limits::STATUS_CHARACTERS_MAX`]: its content warning, which is
/// counted as it stands, and its text.
pub fn count_status(spoiler_text: &str, text: &str) -> usize {
    count_graphemes(spoiler_text) + count(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_like_mastodon() {
        for (text, expected) in [
            ("", 0),
            ("hello", 5),
            ("日本語", 3),
            ("👨‍👩‍👧‍👦🇪🇺", 2),
            ("e\u{301}", 1),
            ("a\nb", 3),
            ("https://example.org", 23),
            ("https://example.org/a/very/long/path/that/goes/on/and/on/and/on", 23),
            ("x https://a.example y https://b.example", 5 + 2 * 23),
            ("@alice", 6),
            ("@alice@example.org", 6),
            ("hi @alice@example.org!", 10),
            ("#hashtag", 8),
            ("me@example.org", 14),
        ] {
            assert_eq!(count(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_content_warning_counts_with_it() {
        assert_eq!(count_status("https://example.org", "hello"), 19 + 5);
    }
}
