//! The text of a status. Notes and questions are posts as they are; of anything else the title, the text or its abstract,
//! and where it is to be read become one.

use chronodon_activitypub::object::{Object, ObjectKind};
use chronodon_domain::{limits, text};

use super::plain;

/// What is shown, as sanitised HTML, and the warning before it, as plain text.
pub(super) fn read(object: &Object) -> (String, String) {
    if object.kind.is_native() {
        return (text::sanitise_html(&object.content), warning(&object.summary));
    }
    (text::sanitise_html(&converted(object)), String::new())
}

fn warning(summary: &str) -> String {
    let warning = text::strip_controls(summary);
    let end = warning.floor_char_boundary(limits::STATUS_BYTES_MAX.min(warning.len()));
    warning[..end].trim().to_owned()
}

/// The abstract is for what is too long to be read here, such as an article.
fn converted(object: &Object) -> String {
    let title = object.name.as_deref().map(plain).filter(|title| !title.is_empty());
    let title = title.map(|title| format!("<p><strong>{}</strong></p>", text::escape(&title)));
    let long = matches!(object.kind, ObjectKind::Article | ObjectKind::Event | ObjectKind::Video | ObjectKind::Audio);
    let body = if long && !object.summary.is_empty() { &object.summary } else { &object.content };
    let page = Some(object.url.as_ref().unwrap_or(&object.id));
    let links = object.link.as_ref().into_iter().chain(page).map(|uri| {
        let address = text::escape(uri.as_str());
        format!("<p><a href=\"{address}\">{address}</a></p>")
    });
    title.into_iter().chain([body.clone()]).chain(links).collect()
}

#[cfg(test)]
mod tests {
    use chronodon_activitypub::uri::UriRules;
    use serde_json::json;

    use super::*;

    fn object(kind: &str) -> Object {
        let value = json!({
            "id": "https://b.example/1", "type": kind, "attributedTo": "https://b.example/bob",
            "name": "A <b>title</b>", "summary": "<p>abstract<script>alert(1)</script></p>",
            "content": "<p onclick='x()'>content</p><script>alert(1)</script>", "url": "https://b.example/page?a=1&b=2",
        });
        Object::read(&value, UriRules::Public).unwrap()
    }

    #[test]
    fn a_note_is_what_it_says_and_its_summary_a_warning() {
        let (content, warning) = read(&object("Note"));
        assert_eq!(content, "<p>content</p>");
        assert!(warning.contains("abstract"));
    }

    #[test]
    fn an_article_becomes_its_title_its_abstract_and_a_link() {
        let (content, warning) = read(&object("Article"));
        assert!(content.contains("<strong>A ") && content.contains("<p>abstract</p>"), "{content}");
        assert!(content.contains("href=\"https://b.example/page?a=1&amp;b=2\""), "{content}");
        assert!(!content.contains("script") && !content.contains("content") && warning.is_empty(), "{content}");
    }

    #[test]
    fn a_page_of_a_community_is_its_text() {
        let (content, _) = read(&object("Page"));
        assert!(content.contains("<p>content</p>") && !content.contains("onclick"), "{content}");
    }
}
