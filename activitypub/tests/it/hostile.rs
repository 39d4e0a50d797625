//! What nobody honest sends: any JSON at all, and honest documents with something else in one place. Everything ends in a
//! value or an error, never in a panic.

use chronodon_activitypub::json;
use chronodon_activitypub::signature::{self, Request};
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::fixtures::all;
use crate::oracle::read_as_everything;

/// Names of fields that something reads.
const NAMES: &str = "id type actor object attributedTo content contentMap name tag attachment url href icon mediaType to cc \
    inbox endpoints preferredUsername publicKey publicKeyPem owner oneOf replies totalItems closed published focalPoint \
    duration items first next links subject rel height quote interactionPolicy canQuote language";

/// Texts that mean something to somebody.
const TEXTS: &str = "https://a.example/1 https://a.example Note Question Person Create Like Mention Hashtag Emoji Link \
    Image Video Document Collection image/png video/mp4 :a: #a a 2024-01-01T00:00:00Z PT1S 😀 self true";

fn any_json() -> impl Strategy<Value = Value> {
    let names = prop::sample::select(NAMES.split_whitespace().collect::<Vec<_>>());
    let texts = prop::sample::select(TEXTS.split_whitespace().collect::<Vec<_>>());
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        texts.prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 8, move |inner| {
        let map = prop::collection::vec((names.clone(), inner.clone()), 0..8);
        prop_oneof![
            prop::collection::vec(inner, 0..5).prop_map(Value::from),
            map.prop_map(|entries| Value::Object(
                entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
            )),
        ]
    })
}

/// What stands in a document instead of something else.
fn replacements() -> Vec<Value> {
    let empty = Value::Object(Map::new());
    vec![
        Value::Null,
        json!(true),
        json!(-1),
        json!(1e300),
        json!(""),
        json!("\u{202e}é😀"),
        json!("javascript:alert(1)"),
        json!([]),
        json!([[[]]]),
        json!([null, 5, "x", {}]),
        empty,
        json!({"id": {"id": {}}}),
        json!("x".repeat(5_000)),
        json!({"type": "Note"}),
        json!("https://a.example/1"),
        json!(u64::MAX),
    ]
}

/// Calls `visit` with the document once for every place in it, with `replacement` there.
fn bend(document: &Value, replacement: &Value, visit: &mut dyn FnMut(&Value)) {
    let mut paths = Vec::new();
    collect_paths(document, String::new(), &mut paths);
    for path in paths {
        let mut bent = document.clone();
        *bent.pointer_mut(&path).unwrap() = replacement.clone();
        visit(&bent);
    }
}

fn collect_paths(value: &Value, path: String, paths: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(map) => {
            map.iter().map(|(key, value)| (key.replace('~', "~0").replace('/', "~1"), value)).collect()
        }
        Value::Array(values) => values.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    for (key, child) in children.into_iter().filter(|(key, _)| key != "@context") {
        collect_paths(child, format!("{path}/{key}"), paths);
    }
    paths.push(path);
}

#[test]
fn a_fixture_with_anything_in_any_place_is_read_or_refused() {
    // Each place gets some of the replacements, and all of them in the long variant.
    let each = if std::env::var_os("CHRONODON_LONG").is_some() { 1 } else { 8 };
    let replacements = replacements();
    for (number, (_, document)) in all().into_iter().enumerate() {
        for replacement in replacements.iter().skip(number % each).step_by(each) {
            bend(&document, replacement, &mut read_as_everything);
        }
    }
}

#[test]
fn a_fixture_cut_anywhere_is_refused() {
    for (name, document) in all() {
        let text = document.to_string();
        for end in (0..text.len()).step_by(7) {
            assert!(json::read(&text.as_bytes()[..end]).is_err(), "{name} {end}");
        }
    }
}

#[test]
fn a_document_at_its_bounds_is_read_in_no_time() {
    let tags = vec![json!({"type": "Hashtag", "name": "#a"}); 30_000];
    let note = json!({"id": "https://a.example/1", "type": "Note", "attributedTo": "https://a.example/a",
        "content": "<div>".repeat(20_000), "tag": tags});
    let begun = std::time::Instant::now();
    let value = json::read(note.to_string().as_bytes()).unwrap();
    read_as_everything(&value);
    assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
}

proptest! {
    #[test]
    fn any_json_is_read_or_refused(value in any_json()) {
        read_as_everything(&value);
        if let Ok(read) = json::read(value.to_string().as_bytes()) {
            read_as_everything(&read);
        }
    }

    #[test]
    fn any_signature_headers_are_read_or_refused(
        signature in r#"[a-zA-Z0-9=",:;()\-@ /#.]{0,120}"#,
        input in prop::option::of(r#"[a-zA-Z0-9=",:;()\-@ /#.]{0,120}"#),
        date in "\\PC{0,30}",
        body in prop::collection::vec(any::<u8>(), 0..20),
    ) {
        let mut headers = vec![("host", "a.example"), ("date", date.as_str()), ("signature", signature.as_str())];
        headers.extend(input.as_deref().map(|input| ("signature-input", input)));
        let request = Request { method: "POST", target: "https://a.example/inbox", headers: &headers, body: &body };
        let _ = signature::read(&request, Timestamp::UNIX_EPOCH);
    }
}
