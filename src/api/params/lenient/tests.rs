//! Every spelling a client is known to send.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::nested::Pairs;
use crate::api::time::iso8601;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct All {
    #[serde(deserialize_with = "super::boolean")]
    boolean: Option<bool>,
    #[serde(deserialize_with = "super::integer")]
    integer: Option<u32>,
    #[serde(deserialize_with = "super::float")]
    float: Option<f64>,
    #[serde(deserialize_with = "super::text")]
    text: Option<String>,
    #[serde(deserialize_with = "super::filled")]
    filled: Option<String>,
    #[serde(deserialize_with = "super::id")]
    id: Option<i64>,
    #[serde(deserialize_with = "super::timestamp")]
    time: Option<Timestamp>,
    #[serde(deserialize_with = "super::object")]
    object: Option<Field>,
    #[serde(deserialize_with = "super::ids")]
    ids: Vec<i64>,
    #[serde(deserialize_with = "super::ids_if_given")]
    ids_if_given: Option<Vec<i64>>,
    #[serde(deserialize_with = "super::texts")]
    texts: Vec<String>,
    #[serde(deserialize_with = "super::objects")]
    objects: Vec<Field>,
}

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
struct Field {
    #[serde(deserialize_with = "super::text")]
    name: Option<String>,
}

fn named(name: &str) -> Field {
    Field { name: Some(name.to_owned()) }
}

fn parse(value: Value) -> Result<All, serde_json::Error> {
    serde_json::from_value(value)
}

fn ok(value: Value) -> All {
    parse(value).unwrap()
}

#[test]
fn booleans() {
    for yes in [json!(true), json!("true"), json!("1"), json!(1), json!("on"), json!("t"), json!("yes")] {
        assert_eq!(ok(json!({ "boolean": yes })).boolean, Some(true), "{yes}");
    }
    for no in [json!(false), json!("false"), json!("0"), json!(0), json!("off"), json!("f"), json!("FALSE")] {
        assert_eq!(ok(json!({ "boolean": no })).boolean, Some(false), "{no}");
    }
    for absent in [json!(""), json!(null), json!([]), json!({})] {
        assert_eq!(ok(json!({ "boolean": absent })).boolean, None, "{absent}");
    }
}

#[test]
fn numbers() {
    for five in [json!(5), json!("5"), json!(" 5 "), json!(5.9), json!("5.0")] {
        assert_eq!(ok(json!({ "integer": five })).integer, Some(5), "{five}");
    }
    for absent in [json!(""), json!(null), json!({ "a": 1 })] {
        assert_eq!(ok(json!({ "integer": absent })).integer, None, "{absent}");
    }
    for bad in [json!("five"), json!(-5), json!("99999999999999999999"), json!("1e3")] {
        assert!(parse(json!({ "integer": bad })).is_err(), "{bad}");
    }
    assert_eq!(ok(json!({ "float": "-0.25" })).float, Some(-0.25));
    assert!(parse(json!({ "float": "NaN" })).is_err());
}

#[test]
fn texts() {
    assert_eq!(ok(json!({ "text": "", "filled": "" })).text.as_deref(), Some(""));
    assert_eq!(ok(json!({ "filled": "  " })).filled, None);
    assert_eq!(ok(json!({ "text": 123, "filled": true })).filled.as_deref(), Some("true"));
    assert_eq!(ok(json!({ "text": { "a": "b" } })).text, None);
    assert_eq!(ok(json!({ "texts": ["a", "", null, "b"] })).texts, ["a", "b"]);
    assert_eq!(ok(json!({ "texts": "a" })).texts, ["a"]);
    assert_eq!(ok(json!({ "texts": { "10": "k", "9": "j" } })).texts, ["j", "k"]);
}

#[test]
fn ids() {
    assert_eq!(ok(json!({ "id": "116" })).id, Some(116));
    assert_eq!(ok(json!({ "id": 116 })).id, Some(116));
    assert_eq!(ok(json!({ "id": "" })).id, None);
    assert_eq!(ok(json!({ "id": "abc" })).id, Some(-1), "names nothing, so it is not found");
    assert_eq!(ok(json!({ "ids": ["3", 1, "", "2"] })).ids, [3, 1, 2]);
    assert_eq!(ok(json!({ "ids": "7" })).ids, [7]);
    assert_eq!(ok(json!({})).ids_if_given, None);
    assert_eq!(ok(json!({ "ids_if_given": [] })).ids_if_given, Some(vec![]));
    assert_eq!(ok(json!({ "ids_if_given": [""] })).ids_if_given, Some(vec![]));
}

#[test]
fn times() {
    let cases = [
        ("2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05.678Z"),
        ("2026-01-02T03:04:05.678999+01:00", "2026-01-02T02:04:05.678Z"),
        ("2026-01-02T03:04:05", "2026-01-02T03:04:05.000Z"),
        ("2026-01-02 03:04:05", "2026-01-02T03:04:05.000Z"),
        ("2026-01-02", "2026-01-02T00:00:00.000Z"),
    ];
    for (from, to) in cases {
        assert_eq!(iso8601(ok(json!({ "time": from })).time.unwrap()), to);
    }
    assert!(ok(json!({ "time": "" })).time.is_none());
    assert!(parse(json!({ "time": "tomorrow" })).is_err());
}

#[test]
fn hashes() {
    assert_eq!(ok(json!({ "object": { "name": "a" } })).object, Some(named("a")));
    assert_eq!(ok(json!({ "object": "" })).object, None);
    assert_eq!(ok(json!({ "objects": [{ "name": "a" }, ""] })).objects, [named("a")]);
    assert_eq!(ok(json!({ "objects": { "name": "a" } })).objects, [named("a")]);
    let mut pairs = Pairs::default();
    for (name, value) in [("objects[10][name]", "c"), ("objects[9][name]", "b"), ("objects[1][name]", "a")] {
        pairs.add(name, Some(value.to_owned())).unwrap();
    }
    assert_eq!(ok(Value::Object(pairs.finish())).objects, [named("a"), named("b"), named("c")]);
}
