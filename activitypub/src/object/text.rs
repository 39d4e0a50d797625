//! An object's texts: alone (`content`), by language (`contentMap`), as HTML or as something that is no HTML.

use serde_json::Value;

use crate::document::{Fields, cut};
use crate::limits::{CONTENT_CHARS_MAX, LANGUAGE_CHARS_MAX, LANGUAGES_MAX};
use crate::link::media_type;

/// The content and its language.
pub(super) struct Content {
    pub(super) html: String,
    pub(super) language: Option<String>,
}

/// The content as HTML. What is marked as plain text or Markdown is escaped, and its lines kept.
pub(super) fn content(fields: &Fields<'_>) -> Content {
    let (text, language) = in_language(fields, "content", "contentMap");
    let is_html = media_type(fields).is_none_or(|kind| matches!(kind.as_str(), "text/html" | "application/xhtml+xml"));
    let text = cut(text.unwrap_or_default(), CONTENT_CHARS_MAX);
    Content { html: if is_html { text } else { html_of_plain(&text) }, language }
}

/// Another text, as it came.
pub(super) fn plain(fields: &Fields<'_>, name: &str, map_name: &str) -> Option<String> {
    in_language(fields, name, map_name).0.map(|text| cut(text.trim(), CONTENT_CHARS_MAX))
}

/// The text, and the language that it is in: where both are there, the map says in which language the text is; where
/// only the map is there, the first of it is taken.
fn in_language<'a>(fields: &Fields<'a>, name: &str, map_name: &str) -> (Option<&'a str>, Option<String>) {
    let map = fields.get(map_name).and_then(Value::as_object);
    let texts =
        || map.into_iter().flatten().take(LANGUAGES_MAX).filter_map(|(key, value)| Some((key, value.as_str()?)));
    let only = || if texts().count() == 1 { texts().next() } else { None };
    match fields.text(name) {
        Some(text) => {
            let entry = texts().find(|(_, value)| *value == text).or_else(only);
            (Some(text), entry.and_then(|(key, _)| language(key)))
        }
        None => match texts().find(|(_, value)| !value.trim().is_empty()) {
            Some((key, text)) => (Some(text), language(key)),
            None => (None, None),
        },
    }
}

/// A language's code, where it is one and says something.
pub(super) fn language(key: &str) -> Option<String> {
    let well_formed = key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    let known = !key.is_empty() && key.len() <= LANGUAGE_CHARS_MAX && well_formed && !key.eq_ignore_ascii_case("und");
    known.then(|| key.to_owned())
}

fn html_of_plain(text: &str) -> String {
    if text.trim().is_empty() {
        return String::new();
    }
    let mut html = String::with_capacity(text.len() + 16);
    html.push_str("<p>");
    for c in text.trim().chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\n' => html.push_str("<br>"),
            '\r' => {}
            other => html.push(other),
        }
    }
    html.push_str("</p>");
    html
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::uri::UriRules;

    fn read(value: Value) -> (String, Option<String>) {
        let content = content(&Fields::of(&value, UriRules::Public).unwrap());
        (content.html, content.language)
    }

    fn is(html: &str, language: Option<&str>) -> (String, Option<String>) {
        (html.to_owned(), language.map(str::to_owned))
    }

    #[test]
    fn a_text_and_its_language() {
        assert_eq!(read(json!({"content": "<p>a</p>", "contentMap": {"de": "<p>a</p>"}})), is("<p>a</p>", Some("de")));
        assert_eq!(read(json!({"content": "b", "contentMap": {"de": "a", "fr": "b"}})), is("b", Some("fr")));
        assert_eq!(read(json!({"content": "c", "contentMap": {"de": "a", "fr": "b"}})), is("c", None));
        assert_eq!(read(json!({"contentMap": {"de": " ", "fr": "b", "x": 1}})), is("b", Some("fr")));
        assert_eq!(read(json!({"content": "a", "contentMap": {"und": "a"}})), is("a", None));
        assert_eq!(read(json!({"content": "a", "contentMap": {"<b>": "a"}})), is("a", None));
        assert_eq!(read(json!({"content": 5, "contentMap": []})), is("", None));
        assert_eq!(read(json!({"source": {"content": "*a*", "mediaType": "text/markdown"}})), is("", None));
    }

    #[test]
    fn what_is_no_html_is_escaped() {
        let plain = json!({"mediaType": "text/markdown", "content": "a <b>\r\n& \"c\"\n"});
        assert_eq!(read(plain), is("<p>a &lt;b&gt;<br>&amp; &quot;c&quot;</p>", None));
        assert_eq!(read(json!({"mediaType": "text/html; charset=utf-8", "content": "<b>"})), is("<b>", None));
    }
}
