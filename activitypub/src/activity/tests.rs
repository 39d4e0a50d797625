//! Activities of every kind, and what is none.

use serde_json::json;

use super::*;

fn like() -> Value {
    json!({"id": "https://a.example/likes/1", "type": "Like", "actor": "https://a.example/ann", "object": "https://b.example/1"})
}

fn with(name: &str, value: Value) -> Result<Activity, DocumentError> {
    let mut activity = like();
    activity[name] = value;
    Activity::read(&activity, UriRules::Public)
}

#[test]
fn the_least_that_an_activity_is() {
    let activity = Activity::read(&like(), UriRules::Public).unwrap();
    assert_eq!(activity.kind, ActivityKind::Like);
    assert_eq!(activity.object.id().map(Uri::as_str), Some("https://b.example/1"));
    assert!(activity.is_of_its_actor() && !activity.has_signature && activity.content.is_none());
    for name in ["type", "actor", "object"] {
        assert_eq!(with(name, Value::Null), Err(DocumentError::Missing(name)));
    }
    assert_eq!(with("object", json!("no address")), Err(DocumentError::Malformed("object")));
    assert!(matches!(with("id", json!("no address")), Err(DocumentError::Address("id", _))));
    assert_eq!(with("id", Value::Null).unwrap().id, None);
    assert!(!with("id", json!("https://b.example/likes/1")).unwrap().is_of_its_actor());
    assert_eq!(with("actor", json!({"type": "Person", "id": "https://a.example/ann"})), Ok(activity));
}

#[test]
fn every_kind_by_its_name() {
    for name in [
        "Accept",
        "Add",
        "Announce",
        "Block",
        "Create",
        "Delete",
        "EmojiReact",
        "Flag",
        "Follow",
        "Like",
        "Move",
        "QuoteRequest",
        "Reject",
        "Remove",
        "Undo",
        "Update",
    ] {
        let kind = with("type", json!(name)).unwrap().kind;
        assert_eq!(format!("{kind:?}"), name);
    }
    assert_eq!(with("type", json!("View")).unwrap().kind, ActivityKind::Other("View".to_owned()));
    assert_eq!(with("type", json!(["litepub:X", "Follow"])).unwrap().kind, ActivityKind::Follow);
    assert_eq!(with("type", json!("x".repeat(10_000))), Err(DocumentError::Missing("type")));
}

#[test]
fn a_reaction_has_an_emoji() {
    let tag =
        json!([{"type": "Emoji", "name": ":cat:", "icon": {"type": "Image", "url": "https://a.example/cat.png"}}]);
    let react = |content: &str| {
        let mut activity = like();
        activity["content"] = json!(content);
        activity["tag"] = tag.clone();
        let activity = Activity::read(&activity, UriRules::Public).unwrap();
        (activity.content, activity.emoji.map(|emoji| emoji.shortcode))
    };
    let cat = Some("cat".to_owned());
    assert_eq!(react(":cat:"), (Some(":cat:".to_owned()), cat.clone()));
    assert_eq!(react(":cat@a.example:"), (Some(":cat@a.example:".to_owned()), cat));
    assert_eq!(react("🐈"), (Some("🐈".to_owned()), None));
    assert_eq!(react(":dog:"), (Some(":dog:".to_owned()), None));
    assert_eq!(react(&"x".repeat(REACTION_CHARS_MAX + 1)), (None, None));
    assert_eq!(with("_misskey_reaction", json!("👍")).unwrap().content.as_deref(), Some("👍"));
}

#[test]
fn a_report_names_several_things() {
    let objects: Vec<String> = (0..10_000).map(|number| format!("https://b.example/{number}")).collect();
    let mut report = like();
    report["type"] = json!("Flag");
    report["object"] = json!(objects);
    report["content"] = json!("ä".repeat(10_000));
    let report = Activity::read(&report, UriRules::Public).unwrap();
    assert_eq!(report.objects.len(), FLAG_OBJECTS_MAX);
    assert_eq!(report.content.unwrap().chars().count(), FLAG_COMMENT_CHARS_MAX);
}
