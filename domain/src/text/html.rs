//! HTML of other servers: what of it is kept, and what of it a reader reads.
//!
//! The tags and classes kept are those that Mastodon keeps; all else goes, its text stays. Headings become bold
//! paragraphs, pictures in texts become links to them.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

use crate::limits;

/// Classes that clients know: mentions, hashtags, shortened links, quotes, microformats.
const CLASSES: [&str; 12] = [
    "mention",
    "hashtag",
    "h-card",
    "u-url",
    "p-author",
    "h-entry",
    "e-content",
    "ellipsis",
    "invisible",
    "quote-inline",
    "u-quotation-of",
    "status-link",
];

const TAGS: [&str; 19] = [
    "p",
    "br",
    "span",
    "a",
    "del",
    "s",
    "pre",
    "blockquote",
    "code",
    "b",
    "strong",
    "u",
    "i",
    "em",
    "ul",
    "ol",
    "li",
    "ruby",
    "rt",
];

/// Schemes that a link may have.
const SCHEMES: [&str; 12] =
    ["http", "https", "dat", "dweb", "ipfs", "ipns", "ssb", "gopher", "xmpp", "magnet", "gemini", "mailto"];

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder
        .tags(TAGS.into_iter().collect())
        .clean_content_tags(HashSet::from(["script", "style", "head", "title"]))
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href", "translate"])),
            ("span", HashSet::from(["translate"])),
            ("ol", HashSet::from(["start", "reversed"])),
            ("li", HashSet::from(["value"])),
        ]))
        .generic_attributes(HashSet::from(["lang"]))
        .allowed_classes(["a", "span", "p"].into_iter().map(|tag| (tag, HashSet::from(CLASSES))).collect())
        .set_tag_attribute_value("a", "target", "_blank")
        .link_rel(Some("nofollow noopener"))
        .url_schemes(SCHEMES.into_iter().collect())
        .url_relative(UrlRelative::Deny)
        .strip_comments(true);
    builder
});

/// What is kept of a text that another server sends, at most [`limits::REMOTE_TEXT_BYTES_MAX`] of it.
#[must_use]
pub fn sanitise_html(html: &str) -> String {
    let bounded = bounded(html, limits::REMOTE_TEXT_BYTES_MAX);
    if is_too_deep(bounded) || is_long_to_escape(bounded) {
        return super::escape(&html_to_plain(bounded));
    }
    CLEANER.clean(&flat(bounded)).to_string()
}

/// What a reader reads of HTML: its text, with a line for each paragraph and break.
#[must_use]
pub fn html_to_plain(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        out.push_str(&unescape(&rest[..open]));
        let Some(close) = rest[open..].find('>') else {
            rest = "";
            break;
        };
        let tag = rest[open + 1..open + close].trim_start_matches('/').to_ascii_lowercase();
        let name = tag.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        if matches!(name, "p" | "br" | "li" | "blockquote" | "pre" | "div" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
            && !out.is_empty()
            && !out.ends_with('\n')
        {
            out.push('\n');
        }
        rest = &rest[open + close + 1..];
    }
    out.push_str(&unescape(rest));
    out.truncate(out.trim_end().len());
    out
}

/// The beginning of a text, cut between characters.
fn bounded(text: &str, bytes_max: usize) -> &str {
    let mut end = text.len().min(bytes_max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Parsers of HTML build trees, and trees are walked by recursion somewhere: what nests like this is no text.
fn is_too_deep(html: &str) -> bool {
    html.bytes().filter(|byte| *byte == b'<').count() > limits::REMOTE_TEXT_TAGS_MAX
}

/// An ampersand or, by its first byte, a blank that does not break, in what may be one text of this length.
fn is_long_to_escape(html: &str) -> bool {
    let escaped = html.bytes().filter(|byte| matches!(byte, b'&' | 0xc2)).count();
    escaped.saturating_mul(html.len()) > limits::REMOTE_TEXT_ESCAPING_MAX
}

/// Headings are told apart by weight, where a reader has no headings.
fn flat(html: &str) -> Cow<'_, str> {
    if !html.contains("<h") {
        return Cow::Borrowed(html);
    }
    let mut flat = html.to_owned();
    for level in 1..=6 {
        flat = flat.replace(&format!("<h{level}>"), "<p><strong>").replace(&format!("</h{level}>"), "</strong></p>");
    }
    Cow::Owned(flat)
}

/// The few entities that servers write, and numbers.
fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(12).position(|byte| byte == b';');
        match end.and_then(|end| Some((character(&rest[1..end])?, end))) {
            Some((character, end)) => {
                out.push(character);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn character(entity: &str) -> Option<char> {
    match entity {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{a0}'),
        _ => {
            let number = entity.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|c| *c == '\n' || !c.is_control())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_clients_know_is_kept() {
        let mention = "<p><span class=\"h-card\" translate=\"no\"><a href=\"https://a.example/@bob\" class=\"u-url mention\">@<span>bob</span></a></span> hi</p>";
        let kept = sanitise_html(mention);
        assert!(kept.contains("class=\"h-card\"") && kept.contains("class=\"u-url mention\""), "{kept}");
        assert!(kept.contains("rel=\"nofollow noopener\"") && kept.contains("target=\"_blank\""), "{kept}");
    }

    #[test]
    fn what_runs_or_hides_goes() {
        for evil in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "<a href=\"javascript:alert(1)\">x</a>",
            "<a href=\"data:text/html,x\">x</a>",
            "<p style=\"position:fixed\" onclick=\"x()\" id=\"x\" class=\"status__content\">x</p>",
            "<svg><style><img src=x onerror=alert(1)></style></svg>",
            "<math><mi//xlink:href=\"data:x,<script>alert(4)</script>\">",
            "<iframe src=\"https://evil.example\"></iframe><form><input></form>",
        ] {
            let kept = sanitise_html(evil);
            for sign in
                ["<script", "onerror", "javascript:", "data:", "style", "onclick", "id=", "status__", "<i", "<f"]
            {
                assert!(!kept.contains(sign), "{evil}: {kept}");
            }
        }
    }

    #[test]
    fn headings_are_bold_and_lists_stay() {
        assert_eq!(
            sanitise_html("<h1>Title</h1><ul><li>a</li></ul>"),
            "<p><strong>Title</strong></p><ul><li>a</li></ul>"
        );
    }

    #[test]
    fn any_depth_is_read_in_bounds() {
        let deep = "<b>".repeat(100_000) + "x";
        assert!(sanitise_html(&deep).len() < 1_000);
        let long = "é".repeat(limits::REMOTE_TEXT_BYTES_MAX);
        assert!(sanitise_html(&long).len() <= limits::REMOTE_TEXT_BYTES_MAX);
    }

    #[test]
    fn a_megabyte_of_soup_is_read_in_no_time() {
        let soups = [
            "<link rel=",
            "<a href='x' ",
            "<a><a>",
            "<!--",
            "&#x",
            "&amp;&",
            "<h1>",
            "</p>",
            "<a x=\"",
            "<svg><b>",
            "<",
            "\u{a0}",
        ];
        for soup in soups {
            let begun = std::time::Instant::now();
            let html = soup.repeat(1024 * 1024 / soup.len());
            let kept = sanitise_html(&html);
            assert!(kept.len() <= 8 * limits::REMOTE_TEXT_BYTES_MAX, "{soup}: {}", kept.len());
            assert!(html_to_plain(&html).len() <= html.len(), "{soup}");
            assert!(begun.elapsed().as_secs() < 10, "{soup}: {:?}, without optimisation", begun.elapsed());
        }
    }

    #[test]
    fn readers_read_text() {
        assert_eq!(html_to_plain("<p>a &amp; b</p><p>c<br>d&#39;s &lt;x&gt;</p>"), "a & b\nc\nd's <x>");
        assert_eq!(html_to_plain("a &unknown; & <b"), "a &unknown; &");
    }
}
