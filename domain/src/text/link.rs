//! Links: `http://` and `https://` addresses in plain text. Nothing else is ever made clickable.

use std::ops::Range;

use linkify::{LinkFinder, LinkKind};
use url::{Host, Url};

/// One link in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkMatch {
    /// The address as written. It parses as an http or https URL with a host and without credentials.
    pub url: String,
    /// Bytes of the link.
    pub range: Range<usize>,
}

/// Signs that end a sentence or a bracket where words are written without spaces.
const WIDE_PUNCTUATION: [char; 22] = [
    '、', '。', '，', '．', '！', '？', '：', '；', '「', '」', '『', '』', '（', '）', '【', '】', '〈', '〉', '《',
    '》', '\u{3000}', '…',
];

/// All links, in order.
pub fn links(text: &str) -> Vec<LinkMatch> {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    finder
        .links(text)
        .filter(|link| may_start(&text[..link.start()]))
        .filter_map(|link| {
            let url = trim(link.as_str());
            let range = link.start()..link.start() + url.len();
            is_linkable(url).then(|| LinkMatch { url: url.to_owned(), range })
        })
        .collect()
}

/// An address glued to a word or to a sign that makes it something else is left alone.
fn may_start(before: &str) -> bool {
    !before.chars().next_back().is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '@' | '＠' | '$' | '#' | '＃'))
}

/// Cuts what belongs to the sentence: wide punctuation anywhere, and the text that follows a plain host directly,
/// as in `https://example.orgです` (no real top-level domain mixes the two).
fn trim(url: &str) -> &str {
    let url = url.split(WIDE_PUNCTUATION).next().unwrap_or_default();
    let Some(host_start) = url.find("://").map(|at| at + 3) else { return url };
    let host_end = url[host_start..].find(['/', '?', '#', ':']).map_or(url.len(), |at| host_start + at);
    let last_label = url[host_start..host_end].rfind('.').map_or(host_start, |at| host_start + at + 1);
    let label = &url[last_label..host_end];
    match label.char_indices().find(|(_, c)| !c.is_ascii()) {
        Some((at, _)) if at > 0 && !label.starts_with("xn--") => &url[..last_label + at],
        _ => url,
    }
}

fn is_linkable(url: &str) -> bool {
    let Ok(parsed) = Url::parse(url) else { return false };
    let host_is_public_form = match parsed.host() {
        Some(Host::Domain(domain)) => {
            domain.trim_end_matches('.').rsplit_once('.').is_some_and(|(rest, top)| !rest.is_empty() && top.len() > 1)
        }
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
        None => false,
    };
    matches!(parsed.scheme(), "http" | "https")
        && host_is_public_form
        && parsed.username().is_empty()
        && parsed.password().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_addresses_and_leaves_the_sentence() {
        for (text, expected) in [
            ("https://example.org", vec!["https://example.org"]),
            ("see https://example.org/a?b=c#d.", vec!["https://example.org/a?b=c#d"]),
            ("(https://example.org/a_(b))", vec!["https://example.org/a_(b)"]),
            ("HTTP://EXAMPLE.ORG/", vec!["HTTP://EXAMPLE.ORG/"]),
            ("<https://example.org/>", vec!["https://example.org/"]),
            ("\"https://example.org/\"", vec!["https://example.org/"]),
            ("https://example.orgです", vec!["https://example.org"]),
            ("詳細はhttps://example.org/日本。次", vec!["https://example.org/日本"]),
            ("https://bücher.example/x", vec!["https://bücher.example/x"]),
            ("https://192.0.2.1:8080/x", vec!["https://192.0.2.1:8080/x"]),
            ("https://a.example https://b.example", vec!["https://a.example", "https://b.example"]),
            ("https://example.org/@alice/1", vec!["https://example.org/@alice/1"]),
            ("example.org", vec![]),
            ("ftp://example.org", vec![]),
            ("javascript://example.org/%0aalert(1)", vec![]),
            ("xhttps://example.org", vec![]),
            ("@https://example.org", vec![]),
            ("https://user:secret@example.org/", vec![]),
            ("https://google.example@evil.example/", vec![]),
            ("https://localhost", vec![]),
            ("https://", vec![]),
            // linkify knows no top-level domain without ASCII letters; `xn--` writes such a link.
            ("https://例え.テスト/x", vec![]),
            ("https://xn--r8jz45g.xn--zckzah/x", vec!["https://xn--r8jz45g.xn--zckzah/x"]),
            ("me@example.org", vec![]),
        ] {
            let found: Vec<_> = links(text).into_iter().map(|link| text[link.range].to_owned()).collect();
            assert_eq!(found, expected, "{text:?}");
        }
    }
}
