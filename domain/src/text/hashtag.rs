//! Hashtags: `#name` in plain text, and the key under which differently written names are one tag.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::limits;

/// One hashtag in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HashtagMatch {
    /// The name as written, without the `#`.
    pub name: String,
    /// The name by which tags are compared and looked up: [`hashtag_key`] of `name`.
    pub key: String,
    /// Bytes of the whole hashtag, from its `#`.
    pub range: Range<usize>,
}

/// A name: words, which may be joined by `_`, a middle dot or a zero-width non-joiner, and are not digits alone.
static NAME: LazyLock<Regex> = LazyLock::new(|| {
    let word = r"\p{L}\p{M}\p{Nd}\p{Pc}";
    let separators = r"_\u{b7}\u{30fb}\u{200c}";
    let alpha = r"\p{Alphabetic}\p{M}";
    let joined = format!("[{word}][{word}{separators}]*[{alpha}{separators}][{word}{separators}]*[{word}]");
    let plain = format!("[{word}]*[{alpha}][{word}]*");
    Regex::new(&format!("^(?:{joined}|{plain})")).expect("the hashtag pattern is valid")
});

/// All hashtags outside links, in order, repeated ones included.
pub fn hashtags(text: &str) -> Vec<HashtagMatch> {
    super::entity::entities(text).into_iter().filter_map(|entity| entity.into_hashtag()).collect()
}

/// Whether `name`, without `#`, is a hashtag's name from end to end (as in `/api/v1/tags/:name`).
pub fn is_hashtag_name(name: &str) -> bool {
    name_at_start(name).is_some_and(|found| found.len() == name.len())
}

/// The name by which tags are compared: NFKC (full-width forms become plain ones), lower case, and Latin letters
/// without their marks, so that `#Café` and `#cafe` are one tag as they are on Mastodon.
pub fn hashtag_key(name: &str) -> String {
    let lowered = name.nfkc().collect::<String>().to_lowercase();
    let mut key = String::with_capacity(lowered.len());
    let mut after_ascii = false;
    for c in lowered.nfd() {
        if is_combining_mark(c) && after_ascii {
            continue;
        }
        after_ascii = c.is_ascii();
        match plain_latin(c) {
            Some(plain) => key.push_str(plain),
            None => key.push(c),
        }
    }
    key.nfc().collect()
}

/// Latin letters that have no decomposition.
fn plain_latin(c: char) -> Option<&'static str> {
    Some(match c {
        'æ' => "ae",
        'ð' | 'đ' => "d",
        'ø' => "o",
        'þ' => "th",
        'ħ' => "h",
        'ı' => "i",
        'ĸ' => "k",
        'ł' => "l",
        'ŋ' => "n",
        'œ' => "oe",
        'ŧ' => "t",
        _ => return None,
    })
}

/// Every hashtag, also those that a link swallows.
pub(super) fn scan(text: &str) -> Vec<HashtagMatch> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(offset) = text[at..].find(['#', '＃']) {
        let start = at + offset;
        let name_start = start + text[start..].chars().next().map_or(1, char::len_utf8);
        at = name_start;
        if !may_start(&text[..start]) {
            continue;
        }
        let Some(name) = name_at_start(&text[name_start..]) else { continue };
        let end = name_start + name.len();
        at = end;
        if text[end..].starts_with(['#', '＃']) || text[end..].starts_with("://") {
            continue;
        }
        found.push(HashtagMatch { name: name.to_owned(), key: hashtag_key(name), range: start..end });
    }
    found
}

fn name_at_start(text: &str) -> Option<&str> {
    let name = NAME.find(text)?.as_str();
    let bounded = name.chars().nth(limits::HASHTAG_CHARS_MAX).is_none();
    (bounded && name.chars().any(char::is_alphanumeric)).then_some(name)
}

/// A `#` inside a word, a path or a query starts no tag.
fn may_start(before: &str) -> bool {
    !before.chars().next_back().is_some_and(|c| matches!(c, '=' | '/' | ')') || c.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        hashtags(text).into_iter().map(|tag| tag.name).collect()
    }

    #[test]
    fn finds_what_mastodon_finds() {
        for (text, expected) in [
            ("#rust", vec!["rust"]),
            ("a #Rust, #2024rust and #rust2024.", vec!["Rust", "2024rust", "rust2024"]),
            ("＃全角", vec!["全角"]),
            ("#日本語タグ。", vec!["日本語タグ"]),
            ("#col·lapse", vec!["col·lapse"]),
            ("#アイ・ウエ", vec!["アイ・ウエ"]),
            ("#snake_case_tag", vec!["snake_case_tag"]),
            ("#one-two", vec!["one"]),
            ("#é́tude", vec!["é́tude"]),
            ("#हिन्दी", vec!["हिन्दी"]),
            ("(#tag)", vec!["tag"]),
            ("\u{201c}#tag\u{201d}", vec!["tag"]),
            ("#2023_11", vec!["2023_11"]),
            ("#2024", vec![]),
            ("#1", vec![]),
            ("#", vec![]),
            ("# rust", vec![]),
            ("#_", vec![]),
            ("#___", vec![]),
            ("word#rust", vec![]),
            ("/#rust", vec![]),
            ("#one#two", vec![]),
            ("https://example.org/#rust", vec![]),
            ("https://example.org/a?b=#rust", vec![]),
            ("&#39;", vec![]),
        ] {
            assert_eq!(found(text), expected, "{text:?}");
        }
    }

    #[test]
    fn keys_join_the_spellings_of_one_tag() {
        for (name, key) in [
            ("Rust", "rust"),
            ("ＲＵＳＴ", "rust"),
            ("Café", "cafe"),
            ("ÆrøSkøbing", "aeroskobing"),
            ("İstanbul", "istanbul"),
            ("日本語", "日本語"),
            ("ガギグ", "ガギグ"),
            ("Ёлка", "ёлка"),
            ("हिन्दी", "हिन्दी"),
            ("col·lapse", "col·lapse"),
        ] {
            assert_eq!(hashtag_key(name), key, "{name:?}");
            assert_eq!(hashtag_key(key), key, "the key of a key is itself: {name:?}");
        }
    }

    #[test]
    fn a_name_without_end_is_no_tag() {
        assert!(is_hashtag_name(&"a".repeat(limits::HASHTAG_CHARS_MAX)));
        assert!(!is_hashtag_name(&"a".repeat(limits::HASHTAG_CHARS_MAX + 1)));
        assert!(!is_hashtag_name("a b") && !is_hashtag_name("12") && !is_hashtag_name(""));
    }
}
