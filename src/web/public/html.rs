//! Text of others as part of our pages: cleaned, with custom emojis, and shortened for cards.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::sync::LazyLock;

use ammonia::Builder;
use chronodon_domain::text::{emoji_shortcodes, escape};

use crate::api::entities::custom_emojis::CustomEmoji;

/// What may stand in a text: what the client API allows, no more.
static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let tags =
        ["a", "b", "blockquote", "br", "code", "del", "em", "i", "li", "ol", "p", "pre", "span", "strong", "u", "ul"];
    let classes = ["ellipsis", "h-card", "hashtag", "invisible", "mention", "quote-inline", "u-url"];
    let mut cleaner = Builder::empty();
    cleaner
        .tags(HashSet::from(tags))
        .clean_content_tags(HashSet::from(["script", "style"]))
        .add_allowed_classes("a", classes)
        .add_allowed_classes("p", classes)
        .add_allowed_classes("span", classes)
        .add_tag_attributes("a", ["href", "rel", "target", "translate"])
        .add_tag_attributes("span", ["translate", "lang"])
        .add_tag_attributes("p", ["lang"])
        .url_schemes(HashSet::from(["http", "https", "mailto", "xmpp", "gemini", "gopher", "magnet"]))
        .link_rel(None);
    cleaner
});

/// A text as the client API has it, fit for a page.
pub(super) fn content(html: &str, emojis: &[CustomEmoji]) -> String {
    with_emojis(&CLEANER.clean(html).to_string(), emojis)
}

/// Plain text, fit for a page.
pub(super) fn plain(text: &str, emojis: &[CustomEmoji]) -> String {
    with_emojis(&escape(text), emojis)
}

/// Puts pictures for `:shortcodes:`, between tags only.
fn with_emojis(html: &str, emojis: &[CustomEmoji]) -> String {
    if emojis.is_empty() || !html.contains(':') {
        return html.to_owned();
    }
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(tag) = rest.find('<') {
        replace(&rest[..tag], emojis, &mut out);
        let end = tag + end_of_tag(&rest[tag..]);
        out.push_str(&rest[tag..end]);
        rest = &rest[end..];
    }
    replace(rest, emojis, &mut out);
    out
}

/// Where the tag at the beginning of `html` ends: quoted values may hold anything.
fn end_of_tag(html: &str) -> usize {
    let mut quote = None;
    for (at, c) in html.char_indices() {
        match (quote, c) {
            (None, '>') => return at + 1,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    html.len()
}

fn replace(text: &str, emojis: &[CustomEmoji], out: &mut String) {
    let mut at = 0;
    for found in emoji_shortcodes(text) {
        let Some(emoji) = emojis.iter().find(|emoji| emoji.shortcode == found.shortcode) else { continue };
        out.push_str(&text[at..found.range.start]);
        let (url, code) = (escape(&emoji.url), &found.shortcode);
        let _ = write!(out, r#"<img class="emoji" src="{url}" alt=":{code}:" title=":{code}:">"#);
        at = found.range.end;
    }
    out.push_str(&text[at..]);
}

/// The words of a text, at most `chars_max` characters of them.
pub(super) fn words(html: &str, chars_max: usize) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some(tag) = rest.find('<') {
        text.push_str(&rest[..tag]);
        let end = tag + end_of_tag(&rest[tag..]);
        if rest[tag..].starts_with("<br") || rest[tag..].starts_with("</p") {
            text.push(' ');
        }
        rest = &rest[end..];
    }
    text.push_str(rest);
    let text = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", " "), ("&amp;", "&")]
        .iter()
        .fold(text, |text, (entity, c)| text.replace(entity, c));
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(chars_max) {
        Some((cut, _)) => format!("{}…", text[..cut].trim_end()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_or_frames_is_cut() {
        let evil = r#"<p onclick="x()">hi<script>alert(1)</script><img src=x onerror=y><a href="javascript:z">l</a>
            <iframe src="https://e.example"></iframe><a href="https://ok.example/" class="evil mention" style="a">m</a></p>"#;
        let clean = content(evil, &[]);
        for gone in ["script", "onclick", "onerror", "javascript", "iframe", "style", "evil"] {
            assert!(!clean.contains(gone), "{gone}: {clean}");
        }
        assert!(clean.contains(r#"class="mention""#) && clean.contains("https://ok.example/"), "{clean}");
    }

    #[test]
    fn emojis_stand_between_tags_only() {
        let url = "https://s.example/cat.png".to_owned();
        let emojis = [CustomEmoji {
            shortcode: "cat".to_owned(),
            static_url: url.clone(),
            url,
            visible_in_picker: true,
            category: None,
            featured: false,
        }];
        let shown = content(r#"<p>a :cat: <a href="https://e.example/:cat:" rel="x">b</a> :dog:</p>"#, &emojis);
        assert_eq!(shown.matches("<img").count(), 1);
        assert!(shown.contains("https://e.example/:cat:\"") && shown.contains(":dog:"), "{shown}");
        assert_eq!(plain("<b> :cat", &emojis), "&lt;b&gt; :cat");
    }

    #[test]
    fn cards_have_words() {
        assert_eq!(words("<p>a &lt;b&gt;<br>c</p><p>d &amp;lt;</p>", 100), "a <b> c d &lt;");
        assert_eq!(words("<p>abcdef</p>", 3), "abc…");
    }
}
