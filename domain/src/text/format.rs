//! Plain text to the HTML that Mastodon's clients know (shapes: Mastodon's `text_formatter`).
//!
//! Every byte that came from a person is escaped; tags are written only here.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;

use super::entity::{Entity, entities};
use super::mention::MentionMatch;
use super::plain::{escape, is_blank};

/// Characters of a link that are shown; the rest is there but hidden.
const LINK_CHARACTERS_SHOWN: usize = 30;

/// How to render a text.
pub struct Format<'a> {
    /// Our own origin without a trailing slash, such as `https://social.example`: where hashtags lead.
    pub base_url: &'a str,
    /// Who a mention means. `None` leaves it plain text.
    pub resolve: &'a dyn Fn(&MentionMatch) -> Option<Mentioned>,
    /// Links say `rel="me"`: the text is somebody's profile, and its links may be verified.
    pub rel_me: bool,
    /// Mentions show the domain too.
    pub with_domains: bool,
}

/// The account that a mention means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mentioned {
    /// Its page for people.
    pub url: String,
    /// Its name without domain.
    pub username: String,
    /// Its name with domain where it is not ours: `alice` or `alice@example.org`.
    pub acct: String,
}

/// A post's or a biography's HTML: paragraphs, line breaks, links, mentions, hashtags. Blank text is empty.
pub fn to_html(text: &str, format: &Format<'_>) -> String {
    if is_blank(text) {
        return String::new();
    }
    paragraphs(&inline(&text.replace("\r\n", "\n").replace('\r', "\n"), format))
}

/// The HTML of a profile field's value: one line, no paragraph around it.
pub fn field_to_html(value: &str, format: &Format<'_>) -> String {
    if is_blank(value) { String::new() } else { inline(value, format) }
}

/// The paragraph that tells clients which know no quotes what a post quotes; it goes before the content.
pub fn quote_inline(quoted_url: &str) -> String {
    let mut out = String::from("<p class=\"quote-inline\">RE: ");
    push_link(&mut out, quoted_url, false);
    out.push_str("</p>");
    out
}

fn inline(text: &str, format: &Format<'_>) -> String {
    let resolved = resolve_all(text, format);
    let shared = shared_names(&resolved);
    let mut out = String::with_capacity(text.len() * 2);
    let mut written = 0;
    for (entity, mentioned) in &resolved {
        let range = entity.range();
        out.push_str(&escape(&text[written..range.start]));
        written = range.end;
        match (entity, mentioned) {
            (Entity::Link(link), _) => push_link(&mut out, &link.url, format.rel_me),
            (Entity::Hashtag(hashtag), _) => push_hashtag(&mut out, &hashtag.name, format.base_url),
            (Entity::Mention(_), Some(mentioned)) => {
                let full = format.with_domains || shared.contains(&mentioned.username.to_ascii_lowercase());
                push_mention(&mut out, mentioned, full);
            }
            (Entity::Mention(_), None) => out.push_str(&escape(&text[range])),
        }
    }
    out.push_str(&escape(&text[written..]));
    out
}

type Resolved = (Entity, Option<Mentioned>);

fn resolve_all(text: &str, format: &Format<'_>) -> Vec<Resolved> {
    entities(text)
        .into_iter()
        .map(|entity| {
            let mentioned = if let Entity::Mention(mention) = &entity { (format.resolve)(mention) } else { None };
            (entity, mentioned)
        })
        .collect()
}

/// The names that more than one account in the text bears, so that only the domain tells them apart.
fn shared_names(all: &[Resolved]) -> HashSet<String> {
    let mut accts = HashMap::new();
    let mut shared = HashSet::new();
    for mentioned in all.iter().filter_map(|(_, mentioned)| mentioned.as_ref()) {
        let name = mentioned.username.to_ascii_lowercase();
        let acct = mentioned.acct.to_ascii_lowercase();
        if *accts.entry(name.clone()).or_insert_with(|| acct.clone()) != acct {
            shared.insert(name);
        }
    }
    shared
}

fn push_mention(out: &mut String, mentioned: &Mentioned, full: bool) {
    let shown = if full { &mentioned.acct } else { &mentioned.username };
    let (url, shown) = (escape(&mentioned.url), escape(shown));
    push(
        out,
        format_args!(
            "<span class=\"h-card\" translate=\"no\"><a href=\"{url}\" class=\"u-url mention\">@<span>{shown}</span></a></span>"
        ),
    );
}

fn push_hashtag(out: &mut String, name: &str, base_url: &str) {
    let path: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let (base, shown) = (escape(base_url), escape(name));
    push(
        out,
        format_args!("<a href=\"{base}/tags/{path}\" class=\"mention hashtag\" rel=\"tag\">#<span>{shown}</span></a>"),
    );
}

fn push_link(out: &mut String, url: &str, rel_me: bool) {
    let rel = if rel_me { "nofollow noopener me" } else { "nofollow noopener" };
    let (hidden, rest) = url.split_at(hidden_prefix(url));
    let (shown, cut) = split_shown(rest);
    let class = if cut.is_empty() { "" } else { "ellipsis" };
    let (url, hidden, shown, cut) = (escape(url), escape(hidden), escape(shown), escape(cut));
    push(
        out,
        format_args!(
            "<a href=\"{url}\" target=\"_blank\" rel=\"{rel}\" translate=\"no\"><span class=\"invisible\">{hidden}</span>\
             <span class=\"{class}\">{shown}</span><span class=\"invisible\">{cut}</span></a>"
        ),
    );
}

fn push(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    out.write_fmt(arguments).expect("writing to a string cannot fail");
}

/// Bytes of `https://` or `https://www.` at the start.
fn hidden_prefix(url: &str) -> usize {
    ["https://www.", "http://www.", "https://", "http://"]
        .into_iter()
        .find(|prefix| url.starts_with(prefix))
        .map_or(0, str::len)
}

/// What is shown and what is cut. A single character is not worth an ellipsis.
fn split_shown(rest: &str) -> (&str, &str) {
    match rest.char_indices().nth(LINK_CHARACTERS_SHOWN) {
        Some((at, _)) if rest[at..].chars().nth(1).is_some() => rest.split_at(at),
        _ => (rest, ""),
    }
}

/// Blank lines make paragraphs, single line ends breaks. `html` has been escaped.
fn paragraphs(html: &str) -> String {
    let mut out = String::with_capacity(html.len() + 16);
    for paragraph in html.split("\n\n").map(|part| part.trim_matches('\n')).filter(|part| !part.is_empty()) {
        out.push_str("<p>");
        out.push_str(&paragraph.replace('\n', "<br />"));
        out.push_str("</p>");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(mention: &MentionMatch) -> Option<Mentioned> {
        let acct = match mention.domain.as_deref() {
            None => mention.username.clone(),
            Some("social.example") => mention.username.clone(),
            Some("unknown.example") => return None,
            Some(domain) => format!("{}@{domain}", mention.username),
        };
        Some(Mentioned { url: format!("https://social.example/@{acct}"), username: mention.username.clone(), acct })
    }

    fn format() -> Format<'static> {
        Format { base_url: "https://social.example", resolve: &known, rel_me: false, with_domains: false }
    }

    fn html(text: &str) -> String {
        to_html(text, &format())
    }

    #[test]
    fn paragraphs_and_breaks() {
        assert_eq!(html("one"), "<p>one</p>");
        assert_eq!(html("one\ntwo\n\nthree\r\n\r\n\r\nfour\n"), "<p>one<br />two</p><p>three</p><p>four</p>");
        assert_eq!(html(" \n\u{200b}"), "");
    }

    #[test]
    fn text_is_escaped() {
        assert_eq!(
            html("<script>alert('x')</script> & \"y\""),
            "<p>&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;y&quot;</p>"
        );
    }

    #[test]
    fn mentions() {
        assert_eq!(
            html("@alice hi"),
            "<p><span class=\"h-card\" translate=\"no\"><a href=\"https://social.example/@alice\" class=\"u-url mention\">@<span>alice</span></a></span> hi</p>"
        );
        assert!(html("@bob@remote.example").contains(">@<span>bob</span></a>"));
        assert_eq!(html("@bob@unknown.example"), "<p>@bob@unknown.example</p>");
    }

    #[test]
    fn namesakes_show_their_domain() {
        let both = html("@bob and @bob@remote.example");
        assert!(both.contains(">@<span>bob</span>") && both.contains(">@<span>bob@remote.example</span>"), "{both}");
        let same = html("@bob and @bob@social.example");
        assert!(!same.contains("bob@social.example</span>"), "{same}");
    }

    #[test]
    fn hashtags() {
        assert_eq!(
            html("#Rust"),
            "<p><a href=\"https://social.example/tags/Rust\" class=\"mention hashtag\" rel=\"tag\">#<span>Rust</span></a></p>"
        );
        assert!(html("＃日本").contains("href=\"https://social.example/tags/%E6%97%A5%E6%9C%AC\""));
        assert!(html("＃日本").contains(">#<span>日本</span></a>"));
    }

    #[test]
    fn short_links_are_whole() {
        assert_eq!(
            html("https://www.example.org/a?b=1&c=2"),
            "<p><a href=\"https://www.example.org/a?b=1&amp;c=2\" target=\"_blank\" rel=\"nofollow noopener\" translate=\"no\">\
             <span class=\"invisible\">https://www.</span><span class=\"\">example.org/a?b=1&amp;c=2</span><span class=\"invisible\"></span></a></p>"
        );
    }

    #[test]
    fn long_links_are_cut_after_thirty_characters() {
        let thirty = "example.org/345678901234567890";
        assert_eq!(thirty.len(), 30);
        let shown = |tail: &str| html(&format!("https://{thirty}{tail}"));
        assert!(
            shown("ab")
                .contains(&format!("<span class=\"ellipsis\">{thirty}</span><span class=\"invisible\">ab</span>"))
        );
        assert!(shown("a").contains(&format!("<span class=\"\">{thirty}a</span><span class=\"invisible\"></span>")));
        assert!(shown("").contains(&format!("<span class=\"\">{thirty}</span><span class=\"invisible\"></span>")));
    }

    #[test]
    fn profile_fields_are_one_line_and_ours() {
        let format = Format { rel_me: true, with_domains: true, ..format() };
        assert_eq!(field_to_html("<b>", &format), "&lt;b&gt;");
        assert!(field_to_html("https://example.org", &format).contains("rel=\"nofollow noopener me\""));
        assert!(field_to_html("@bob@remote.example", &format).contains("<span>bob@remote.example</span>"));
        assert_eq!(field_to_html("", &format), "");
    }

    #[test]
    fn a_hostile_resolver_stays_inside_its_attribute() {
        let evil = |_: &MentionMatch| {
            Some(Mentioned { url: "\"><script>".into(), username: "<b>".into(), acct: "<i>".into() })
        };
        let html = to_html("@x", &Format { resolve: &evil, ..format() });
        assert!(!html.contains("<script") && !html.contains("<b>"), "{html}");
    }

    #[test]
    fn quotes_name_their_post() {
        assert!(
            quote_inline("https://example.org/1")
                .starts_with("<p class=\"quote-inline\">RE: <a href=\"https://example.org/1\"")
        );
    }
}
