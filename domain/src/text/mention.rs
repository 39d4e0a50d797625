//! Mentions: `@alice` and `@alice@example.org` in plain text, found the way Mastodon finds them.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::limits;

/// One mention in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MentionMatch {
    /// The name as written, without the `@`; lookups are case-insensitive.
    pub username: String,
    /// The domain as written, when there is one. It may be our own: that is for the caller to know.
    pub domain: Option<String>,
    /// Bytes of the whole mention, from the first `@`.
    pub range: Range<usize>,
}

/// A username: ASCII words joined by dots or dashes, not at its ends (Mastodon's form; remote names have dots).
const USERNAME: &str = r"[A-Za-z0-9_]+(?:[.-]+[A-Za-z0-9_]+)*";

/// A mention anchored at its `@`. Ports are taken only on loopback hosts, where trial servers live.
static MENTION: LazyLock<Regex> = LazyLock::new(|| {
    let word = r"[\p{L}\p{M}\p{Nd}\p{Pc}]";
    let loopback = r"(?:(?:[a-z0-9-]+\.)*localhost|127(?:\.[0-9]{1,3}){3}):[0-9]{2,5}";
    let domain = format!(r"{loopback}|{word}+(?:[.-]+{word}+)*");
    Regex::new(&format!("^@({USERNAME})(?:@({domain}))?")).expect("the mention pattern is valid")
});

static USERNAME_ONLY: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^[A-Za-z0-9_]+$").expect("the username pattern is valid"));

/// Whether `name` may be registered here: ASCII letters, digits and underscores, at most
/// [`limits::USERNAME_CHARS_MAX`] of them.
pub fn is_username(name: &str) -> bool {
    name.len() <= limits::USERNAME_CHARS_MAX && USERNAME_ONLY.is_match(name)
}

/// All mentions outside links, in order, repeated ones included.
pub fn mentions(text: &str) -> Vec<MentionMatch> {
    super::entity::entities(text).into_iter().filter_map(|entity| entity.into_mention()).collect()
}

/// Every mention, also those that a link swallows.
pub(super) fn scan(text: &str) -> Vec<MentionMatch> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(offset) = text[at..].find('@') {
        let start = at + offset;
        at = start + 1;
        if !may_start(&text[..start]) {
            continue;
        }
        let Some(captures) = MENTION.captures(&text[start..]) else { continue };
        let end = start + captures[0].len();
        at = end;
        if goes_on(&text[end..]) {
            continue;
        }
        found.push(MentionMatch {
            username: captures[1].to_owned(),
            domain: captures.get(2).map(|domain| domain.as_str().to_owned()),
            range: start..end,
        });
    }
    found
}

/// An `@` after a word is an e-mail address, after `/` or `=` a part of some path.
fn may_start(before: &str) -> bool {
    !before.chars().next_back().is_some_and(|c| matches!(c, '=' | '/') || super::entity::is_word(c))
}

/// What follows shows that this was no mention: another `@`, a scheme's `://`, or the rest of a Latin word.
fn goes_on(after: &str) -> bool {
    after.starts_with("://") || after.chars().next().is_some_and(|c| matches!(c, '@' | '＠') || is_latin_accent(c))
}

fn is_latin_accent(c: char) -> bool {
    matches!(c, '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{24f}' | '\u{250}'..='\u{2af}'
        | '\u{300}'..='\u{36f}' | '\u{1e00}'..='\u{1eff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        mentions(text).into_iter().map(|mention| text[mention.range].to_owned()).collect()
    }

    #[test]
    fn finds_what_mastodon_finds() {
        for (text, expected) in [
            ("@alice", vec!["@alice"]),
            ("hello @alice!", vec!["@alice"]),
            ("@alice@example.org.", vec!["@alice@example.org"]),
            ("(@alice@sub.example-host.org)", vec!["@alice@sub.example-host.org"]),
            ("@alice @Bob_1", vec!["@alice", "@Bob_1"]),
            ("@alice.", vec!["@alice"]),
            ("@al.ice-x@example.org", vec!["@al.ice-x@example.org"]),
            ("@aliceさん", vec!["@alice"]),
            ("こんにちは @alice", vec!["@alice"]),
            ("@alice@例え.テスト", vec!["@alice@例え.テスト"]),
            ("@alice@localhost:3000 hi", vec!["@alice@localhost:3000"]),
            ("@alice@one.localhost:3000 hi", vec!["@alice@one.localhost:3000"]),
            ("@alice@example.org:3000", vec!["@alice@example.org"]),
            ("\n@alice", vec!["@alice"]),
            (".@alice", vec!["@alice"]),
            ("me@example.org", vec![]),
            ("https://example.org/@alice", vec![]),
            ("see https://example.org/?u=@alice", vec![]),
            ("x=@alice", vec![]),
            ("@josé", vec![]),
            ("@alice@example.org@again", vec![]),
            ("@alice://", vec![]),
            ("@", vec![]),
            ("@@alice", vec!["@alice"]),
            ("@-alice", vec![]),
        ] {
            assert_eq!(found(text), expected, "{text:?}");
        }
    }

    #[test]
    fn splits_name_and_domain() {
        let all = mentions("hi @Alice@Example.org and @bob");
        assert_eq!((all[0].username.as_str(), all[0].domain.as_deref()), ("Alice", Some("Example.org")));
        assert_eq!((all[1].username.as_str(), all[1].domain.as_deref()), ("bob", None));
    }

    #[test]
    fn usernames_are_ascii_words_of_bounded_length() {
        assert!(is_username("alice_1") && is_username(&"a".repeat(30)));
        for bad in ["", "al ice", "al.ice", "älice", "alice\n", "@alice", &"a".repeat(31)] {
            assert!(!is_username(bad), "{bad:?}");
        }
    }
}
