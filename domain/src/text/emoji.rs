//! Custom emoji: `:shortcode:` in plain text.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::limits;

/// One custom emoji in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmojiMatch {
    /// The name between the colons, as written (shortcodes are case-sensitive).
    pub shortcode: String,
    /// Bytes of the emoji with its colons.
    pub range: Range<usize>,
}

static SHORTCODE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("^:([A-Za-z0-9_]{2,}):").expect("the shortcode pattern is valid"));

/// Whether `name`, without colons, may name a custom emoji.
pub fn is_shortcode(name: &str) -> bool {
    (limits::EMOJI_SHORTCODE_CHARS_MIN..=limits::EMOJI_SHORTCODE_CHARS_MAX).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// All custom emoji in order, repeated ones included. Both ends stand free: neither a letter, a digit nor another
/// colon touches them, so `12:30:45` and `a::b::c` hold none.
pub fn emoji_shortcodes(text: &str) -> Vec<EmojiMatch> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(offset) = text[at..].find(':') {
        let start = at + offset;
        at = start + 1;
        if text[..start].chars().next_back().is_some_and(touches) {
            continue;
        }
        let Some(captures) = SHORTCODE.captures(&text[start..]) else { continue };
        let end = start + captures[0].len();
        if text[end..].chars().next().is_some_and(touches) || !is_shortcode(&captures[1]) {
            // The closing colon may open the next one.
            at = end - 1;
            continue;
        }
        at = end;
        found.push(EmojiMatch { shortcode: captures[1].to_owned(), range: start..end });
    }
    found
}

fn touches(c: char) -> bool {
    c == ':' || c.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_stand_free() {
        for (text, expected) in [
            (":blobcat:", vec!["blobcat"]),
            ("hi :blobcat: and :Blob_Cat2:!", vec!["blobcat", "Blob_Cat2"]),
            ("(:aa:)\n:bb:", vec!["aa", "bb"]),
            (":aa: :aa:", vec!["aa", "aa"]),
            (":aa::bb:", vec![]),
            ("x:aa:", vec![]),
            (":aa:x", vec![]),
            ("12:30:45", vec![]),
            (":a:", vec![]),
            (":a b:", vec![]),
            ("::aa::", vec![]),
            ("日:aa:本", vec![]),
        ] {
            let found: Vec<_> = emoji_shortcodes(text).into_iter().map(|emoji| emoji.shortcode).collect();
            assert_eq!(found, expected, "{text:?}");
        }
    }
}
