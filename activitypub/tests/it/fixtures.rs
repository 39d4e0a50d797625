//! The fixtures as documents.

use std::fs;
use std::path::Path;

use chronodon_activitypub::activity::Activity;
use chronodon_activitypub::actor::Actor;
use chronodon_activitypub::json;
use chronodon_activitypub::object::Object;
use chronodon_activitypub::reference::Reference;
use chronodon_activitypub::uri::{Uri, UriRules};
use serde_json::Value;

/// One document, such as `mastodon/actor`.
pub fn document(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(format!("{name}.json"));
    json::read(&fs::read(path).unwrap()).unwrap()
}

/// All documents, by their names.
pub fn all() -> Vec<(String, Value)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut all = Vec::new();
    for software in fs::read_dir(root).unwrap() {
        for file in fs::read_dir(software.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            all.push((path.display().to_string(), json::read(&fs::read(&path).unwrap()).unwrap()));
        }
    }
    all.sort_by(|one, other| one.0.cmp(&other.0));
    all
}

pub fn actor(name: &str) -> Actor {
    Actor::read(&document(name), UriRules::Public).unwrap()
}

pub fn activity(name: &str) -> Activity {
    Activity::read(&document(name), UriRules::Public).unwrap()
}

pub fn object(name: &str) -> Object {
    Object::read(&document(name), UriRules::Public).unwrap()
}

/// The object that an activity embeds.
pub fn embedded(reference: &Reference) -> Object {
    Object::read(reference.embedded().unwrap(), UriRules::Public).unwrap()
}

/// An address as text, where there is one.
pub fn text(uri: &Option<Uri>) -> Option<&str> {
    uri.as_ref().map(Uri::as_str)
}

pub fn id(reference: &Reference) -> &str {
    reference.id().unwrap().as_str()
}
