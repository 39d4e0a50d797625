//! Objects as they are, as they must not be, and too much of everything.

use serde_json::json;

use super::*;
use crate::limits::{ATTACHMENTS_MAX, EMOJI_MAX, HASHTAGS_MAX, MENTIONS_MAX, POLL_OPTIONS_MAX};

fn note() -> Value {
    json!({"id": "https://a.example/1", "type": "Note", "attributedTo": "https://a.example/ann", "content": "<p>Hi</p>"})
}

fn with(name: &str, value: Value) -> Result<Object, DocumentError> {
    let mut note = note();
    note[name] = value;
    Object::read(&note, UriRules::Public)
}

#[test]
fn the_least_that_an_object_is() {
    let object = Object::read(&note(), UriRules::Public).unwrap();
    assert_eq!((object.kind, object.content.as_str(), object.name.as_deref()), (ObjectKind::Note, "<p>Hi</p>", None));
    assert_eq!(object.audience(None), Audience::Direct);
    assert!(!object.is_vote() && object.kind.is_native());
    for name in ["id", "attributedTo"] {
        assert_eq!(with(name, Value::Null), Err(DocumentError::Missing(name)));
    }
    for kind in [json!("Person"), json!("Tombstone"), json!([]), json!(1), Value::Null] {
        assert_eq!(with("type", kind), Err(DocumentError::WrongType));
    }
    assert_eq!(with("type", json!(["X", "Article"])).unwrap().kind, ObjectKind::Article);
}

#[test]
fn an_author_is_on_the_objects_server() {
    assert_eq!(with("attributedTo", json!("https://b.example/ann")), Err(DocumentError::Foreign("attributedTo")));
    let several =
        json!([{"type": "Group", "id": "https://a.example/c"}, {"type": "Person", "id": "https://a.example/ann"}]);
    assert_eq!(with("attributedTo", several).unwrap().attributed_to.as_str(), "https://a.example/ann");
    let first = json!(["https://a.example/one", "https://a.example/two"]);
    assert_eq!(with("attributedTo", first).unwrap().attributed_to.as_str(), "https://a.example/one");
}

#[test]
fn a_vote_has_a_name_and_no_content() {
    let mut vote = json!({"id": "https://a.example/v", "type": "Note", "attributedTo": "https://a.example/ann",
        "name": "Yes", "inReplyTo": "https://b.example/q", "to": "https://b.example/bob"});
    assert!(Object::read(&vote, UriRules::Public).unwrap().is_vote());
    vote["content"] = json!("I say yes");
    assert!(!Object::read(&vote, UriRules::Public).unwrap().is_vote());
}

#[test]
fn what_is_quoted_is_found_in_every_spelling() {
    let quoted = |object: Object| object.quote.map(|uri| uri.to_string());
    let address = "https://b.example/1";
    for name in ["quote", "quoteUri", "quoteUrl", "_misskey_quote"] {
        assert_eq!(quoted(with(name, json!(address)).unwrap()).as_deref(), Some(address), "{name}");
    }
    let tag = json!([{"type": "Link", "mediaType": "application/ld+json", "href": address,
        "rel": "https://misskey-hub.net/ns#_misskey_quote"}]);
    assert_eq!(quoted(with("tag", tag).unwrap()).as_deref(), Some(address));
    assert_eq!(quoted(with("tag", json!([{"type": "Link", "href": address}])).unwrap()), None);
    let mut deleted = note();
    deleted["quote"] = json!({"type": "Tombstone", "id": address});
    deleted["quoteUri"] = json!(address);
    assert_eq!(quoted(Object::read(&deleted, UriRules::Public).unwrap()), None);
}

#[test]
fn who_may_quote() {
    let policy = |can: Value| with("interactionPolicy", json!({ "canQuote": can })).unwrap().quote_policy;
    let public = "https://www.w3.org/ns/activitystreams#Public";
    let expected = QuotePolicy { automatic: vec![public.to_owned()], manual: vec![] };
    assert_eq!(policy(json!({"automaticApproval": public})), Some(expected.clone()));
    assert_eq!(policy(json!({"always": [public]})), Some(expected));
    assert_eq!(policy(json!("nobody")), None);
}

#[test]
fn polls_end_in_several_ways() {
    let poll = |more: Value| {
        let mut question = note();
        question["type"] = json!("Question");
        for (name, value) in more.as_object().unwrap() {
            question[name] = value.clone();
        }
        Object::read(&question, UriRules::Public).unwrap().poll
    };
    let options = json!([{"name": "a", "replies": {"totalItems": 3}}, {"name": "b"}, {"name": ""}, 5]);
    let read =
        poll(json!({"oneOf": options, "endTime": "2024-01-01T00:00:00Z", "closed": true, "votersCount": 3})).unwrap();
    assert_eq!(read.options, [PollOption { name: "a".into(), votes: 3 }, PollOption { name: "b".into(), votes: 0 }]);
    assert!(!read.multiple && read.closed == read.end_time && read.closed.is_some() && read.voters == Some(3));
    let read = poll(json!({"anyOf": options})).unwrap();
    assert!(read.multiple && read.closed.is_none() && read.end_time.is_none());
    assert_eq!(poll(json!({"oneOf": []})), None);
    assert_eq!(poll(json!({"oneOf": vec![json!({"name": "x"}); 10_000]})).unwrap().options.len(), POLL_OPTIONS_MAX);
    assert_eq!(with("oneOf", options).unwrap().poll, None);
}

#[test]
fn attachments_that_are_no_files_are_left_out() {
    let attached = |value: Value| with("attachment", value).unwrap();
    let file = json!({"type": "Document", "mediaType": "image/PNG", "url": "https://a.example/a.png", "name": "A cat",
        "blurhash": "UBL_:rOpGG-;", "focalPoint": [-2, 0.5], "width": 640, "height": 0, "duration": "PT2.5S",
        "icon": {"type": "Image", "url": "https://a.example/i.png"}});
    let read = attached(file).attachments;
    assert_eq!(read.len(), 1);
    assert_eq!((read[0].kind, read[0].media_type.as_deref()), (AttachmentKind::Image, Some("image/png")));
    assert_eq!((read[0].description.as_str(), read[0].focus), ("A cat", Some((-1.0, 0.5))));
    assert_eq!((read[0].width, read[0].height, read[0].duration_seconds), (Some(640), None, Some(2.5)));
    assert_eq!(read[0].icon.as_ref().map(Uri::as_str), Some("https://a.example/i.png"));
    for url in ["javascript:alert(1)", "data:image/png;base64,AAAA", "file:///etc/passwd", "http://a.example/a.png"] {
        assert!(attached(json!([{"type": "Image", "url": url}])).attachments.is_empty(), "{url}");
    }
    let links = attached(
        json!([{"type": "PropertyValue", "name": "a", "value": "b"}, {"type": "Link", "href": "https://c.example/"},
        {"type": "Link", "href": "https://a.example/b.gif", "mediaType": "image/gif"}]),
    );
    assert_eq!(links.attachments.len(), 1);
    assert_eq!(links.link.as_ref().map(Uri::as_str), Some("https://c.example/"));
}

#[test]
fn too_much_of_everything_is_cut() {
    let tags: Vec<Value> = (0..1_500)
        .flat_map(|number| {
            [
                json!({"type": "Mention", "href": format!("https://b.example/{number}"), "name": "@x"}),
                json!({"type": "Hashtag", "name": format!("#t{number}")}),
                json!({"type": "Emoji", "name": format!(":e{number}:"), "icon": {"url": "https://a.example/e.png"}}),
            ]
        })
        .collect();
    let object = with("tag", json!(tags)).unwrap();
    assert!(object.mentions.len() <= MENTIONS_MAX && object.mentions.len() > 600);
    assert_eq!((object.hashtags.len(), object.emojis.len()), (HASHTAGS_MAX, EMOJI_MAX));
    let file = json!({"type": "Image", "url": "https://a.example/a.png"});
    assert_eq!(with("attachment", json!(vec![file; 10_000])).unwrap().attachments.len(), ATTACHMENTS_MAX);
    assert_eq!(with("to", json!(vec!["https://b.example/b"; 10_000])).unwrap().to.len(), AUDIENCE_MAX);
}

#[test]
fn tags_are_there_once_and_without_their_sign() {
    let object = with(
        "tag",
        json!([{"type": "Hashtag", "name": "#Cats"}, {"type": "Hashtag", "name": "cats"},
        {"type": "Hashtag", "name": "#"}, {"type": "Hashtag", "name": "a b"}, {"type": "Mention", "href": "mailto:x"},
        {"type": "Mention", "href": "https://b.example/b", "name": "@b@b.example"}]),
    )
    .unwrap();
    assert_eq!(object.hashtags, ["Cats"]);
    assert_eq!((object.mentions.len(), object.mentions[0].name.as_str()), (1, "@b@b.example"));
}
