//! The stored form of every event is a contract: one golden file per type and version, never edited.

use std::path::PathBuf;

use chronodon_events::Event;
use serde_json::Value;

fn golden() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden")
}

#[test]
fn every_type_and_version_has_a_golden_file() {
    for event_type in Event::types() {
        for version in 1..=event_type.schema_version {
            let file = golden().join(format!("{}.v{version}.json", event_type.name));
            assert!(file.exists(), "{} is missing", file.display());
        }
    }
}

#[test]
fn every_golden_file_decodes_and_is_stable() {
    let mut files = 0;
    for entry in std::fs::read_dir(golden()).expect("the folder is there") {
        let path = entry.expect("readable").path();
        let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("a name").to_owned();
        let (name, version) = stem.rsplit_once(".v").expect("type.vN.json");
        let json = std::fs::read(&path).expect("readable");
        let event = Event::decode(name, version.parse().expect("a number"), &json)
            .unwrap_or_else(|error| panic!("{stem}: {error}"));
        assert_eq!(event.event_type().name, name);
        if event.event_type().schema_version.to_string() == version {
            let stored: Value = serde_json::from_slice(&json).expect("JSON");
            let written: Value = serde_json::from_slice(&event.to_json()).expect("JSON");
            assert_eq!(written, stored, "{stem} is not written as it was read");
        }
        files += 1;
    }
    assert!(files >= Event::types().count());
}

#[test]
fn unknown_types_and_versions_are_refused() {
    assert!(Event::decode("status.vanished", 1, b"{}").is_err());
    assert!(Event::decode("status.deleted", 99, b"{}").is_err());
    assert!(Event::decode("status.deleted", 0, b"{}").is_err());
}
