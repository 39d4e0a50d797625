//! What must hold for any bytes at all. The fuzz targets in `tools/fuzz` are these functions.

use chronodon_activitypub::activity::Activity;
use chronodon_activitypub::actor::{Actor, read_key};
use chronodon_activitypub::collection::Collection;
use chronodon_activitypub::json;
use chronodon_activitypub::nodeinfo;
use chronodon_activitypub::object::Object;
use chronodon_activitypub::quote_authorization::QuoteAuthorization;
use chronodon_activitypub::reference::Reference;
use chronodon_activitypub::signature::{self, Request};
use chronodon_activitypub::synchronization::Synchronization;
use chronodon_activitypub::uri::UriRules;
use chronodon_activitypub::webfinger::Jrd;
use jiff::Timestamp;
use serde_json::Value;

/// Bytes as a document are read, and mean the same when they are written and read again, or are refused.
pub fn document(bytes: &[u8]) {
    let Ok(value) = json::read(bytes) else { return };
    read_as_everything(&value);
    if let Ok(activity) = Activity::read(&value, UriRules::Public) {
        let again = json::read(value.to_string().as_bytes()).map(|value| Activity::read(&value, UriRules::Public));
        assert_eq!(again, Ok(Ok(activity)));
    }
}

/// Text as the headers of a request, one a line, a name, a colon and a value: they are read or refused, and two signatures
/// are always refused.
pub fn headers(text: &str) {
    let mut headers: Vec<(&str, &str)> = text.lines().filter_map(|line| line.split_once(':')).collect();
    let read = |headers: &[(&str, &str)]| {
        let request = Request { method: "POST", target: "https://a.example/inbox?x=y", headers, body: b"{}" };
        signature::read(&request, Timestamp::UNIX_EPOCH)
    };
    let _ = Synchronization::read(text, UriRules::Public);
    if let Ok(claim) = read(&headers) {
        assert!((1..=2_048).contains(&claim.key_id.len()), "{}", claim.key_id.len());
        headers.push(("Signature", "x"));
        assert!(read(&headers).is_err(), "which of two is meant?");
    }
}

/// Reads the value as everything there is, and what it embeds as well.
pub fn read_as_everything(value: &Value) {
    for rules in [UriRules::Public, UriRules::AlsoLoopback] {
        let _ = (Actor::read(value, rules), read_key(value, rules), Collection::read(value, rules));
        let _ = (Jrd::read(value, rules), nodeinfo::read_index(value, rules), nodeinfo::NodeInfo::read(value));
        let _ = (Reference::read(value, rules), QuoteAuthorization::read(value, rules));
        if let Ok(object) = Object::read(value, rules) {
            let _ = (object.is_vote(), object.audience(Some("x")));
        }
        if let Ok(activity) = Activity::read(value, rules) {
            for embedded in activity.objects.iter().filter_map(Reference::embedded) {
                let _ = (Object::read(embedded, rules), Activity::read(embedded, rules));
            }
        }
    }
}
