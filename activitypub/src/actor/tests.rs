//! Actors as they are, as they must not be, and too much of everything.

use serde_json::json;

use super::*;
use crate::test_keys::ALICE_PUBLIC_PEM;
use crate::uri::UriError;

fn ann() -> Value {
    json!({
        "id": "https://a.example/users/ann",
        "type": "Person",
        "preferredUsername": "ann",
        "inbox": "https://a.example/users/ann/inbox",
        "publicKey": {
            "id": "https://a.example/users/ann#main-key",
            "owner": "https://a.example/users/ann",
            "publicKeyPem": ALICE_PUBLIC_PEM,
        },
    })
}

fn with(name: &str, value: Value) -> Result<Actor, DocumentError> {
    let mut actor = ann();
    actor[name] = value;
    Actor::read(&actor, UriRules::Public)
}

fn multikey(id: &str, controller: &str) -> Value {
    json!({"type": "Multikey", "id": id, "controller": controller,
        "publicKeyMultibase": "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"})
}

#[test]
fn the_least_that_an_actor_is() {
    let actor = Actor::read(&ann(), UriRules::Public).unwrap();
    assert_eq!((actor.username.as_str(), actor.kind, actor.name.as_str()), ("ann", ActorKind::Person, ""));
    assert_eq!(actor.keys.len(), 1);
    assert_eq!(actor.keys[0].id, "https://a.example/users/ann#main-key");
    for field in ["id", "inbox", "preferredUsername"] {
        assert_eq!(with(field, Value::Null), Err(DocumentError::Missing(field)));
    }
    assert_eq!(with("type", json!("Note")), Err(DocumentError::WrongType));
    assert_eq!(with("type", json!(["X", "Group"])).unwrap().kind, ActorKind::Group);
    assert_eq!(Actor::read(&json!("https://a.example"), UriRules::Public), Err(DocumentError::NotAnObject));
}

#[test]
fn an_id_is_an_actors_address() {
    for (id, error) in [
        ("https://a.example/users/ann#x", UriError::Fragment),
        ("https://a.example", UriError::EmptyPath),
        ("/users/ann", UriError::Malformed),
        ("javascript:alert(1)", UriError::Scheme),
        ("http://a.example/users/ann", UriError::Scheme),
    ] {
        assert_eq!(with("id", json!(id)), Err(DocumentError::Address("id", error)), "{id}");
    }
}

#[test]
fn an_inbox_elsewhere_is_refused_and_a_collection_elsewhere_left_out() {
    assert_eq!(with("inbox", json!("https://b.example/inbox")), Err(DocumentError::Foreign("inbox")));
    assert_eq!(with("followers", json!("https://b.example/followers")).unwrap().followers, None);
    assert_eq!(with("endpoints", json!({"sharedInbox": "https://b.example/inbox"})).unwrap().shared_inbox, None);
    let shared = with("endpoints", json!({"sharedInbox": "https://a.example/inbox"})).unwrap().shared_inbox;
    assert_eq!(shared.unwrap().as_str(), "https://a.example/inbox");
    assert!(with("followers", json!({"id": "https://a.example/f", "type": "Collection"})).unwrap().followers.is_some());
}

#[test]
fn usernames_that_would_be_two_things_are_refused() {
    for name in ["a b", "a@b.example", "a/b", "<a>", "a\u{202e}b", "a#b"] {
        assert_eq!(
            with("preferredUsername", json!(name)),
            Err(DocumentError::Malformed("preferredUsername")),
            "{name}"
        );
    }
    let long = "a".repeat(USERNAME_CHARS_MAX + 1);
    assert_eq!(with("preferredUsername", json!(long)), Err(DocumentError::TooLong("preferredUsername")));
}

#[test]
fn addresses_that_are_no_web_addresses_are_left_out() {
    for scheme in ["javascript:alert(1)", "data:image/png;base64,AAAA", "file:///etc/passwd", "http://a.example/x.png"]
    {
        let actor = with("icon", json!({"type": "Image", "url": scheme})).unwrap();
        assert_eq!(actor.icon, None);
        assert_eq!(with("url", json!(scheme)).unwrap().url, None);
    }
    let icon =
        with("icon", json!([{"type": "Image", "url": "https://cdn.example/x.png", "name": " A cat "}])).unwrap().icon;
    assert_eq!(icon.unwrap().description, "A cat");
}

#[test]
fn too_much_of_everything_is_cut() {
    let field = json!({"type": "PropertyValue", "name": "n".repeat(5_000), "value": "v".repeat(5_000)});
    let fields = with("attachment", json!(vec![field; 1_000])).unwrap().fields;
    assert_eq!(fields.len(), PROFILE_FIELDS_MAX);
    assert_eq!((fields[0].name.len(), fields[0].value.len()), (PROFILE_FIELD_CHARS_MAX, PROFILE_FIELD_CHARS_MAX));
    assert_eq!(with("name", json!("ä".repeat(1_000_000))).unwrap().name.chars().count(), NAME_CHARS_MAX);
    assert_eq!(with("summary", json!("<b>".repeat(100_000))).unwrap().summary.len(), ACTOR_SUMMARY_CHARS_MAX);
    let aliases: Vec<String> = (0..10_000).map(|number| format!("https://b.example/{number}")).collect();
    assert_eq!(with("alsoKnownAs", json!(aliases)).unwrap().also_known_as.len(), ALSO_KNOWN_AS_MAX);
    let domains: Vec<String> = (0..10_000).map(|number| format!("d{number}.example")).collect();
    assert_eq!(with("attributionDomains", json!(domains)).unwrap().attribution_domains.len(), ATTRIBUTION_DOMAINS_MAX);
    let keys: Vec<Value> = (0..1_000)
        .map(|number| multikey(&format!("https://a.example/users/ann#{number}"), "https://a.example/users/ann"))
        .collect();
    assert_eq!(with("assertionMethod", json!(keys)).unwrap().keys.len(), crate::limits::ACTOR_KEYS_MAX);
}

#[test]
fn nobody_is_their_own_alias() {
    let itself = "https://a.example/users/ann";
    assert_eq!(with("movedTo", json!(itself)).unwrap().moved_to, None);
    let aliases = with("alsoKnownAs", json!([itself, "https://b.example/ann", "x", {"id": "https://c.example/ann"}]));
    let aliases: Vec<String> = aliases.unwrap().also_known_as.iter().map(ToString::to_string).collect();
    assert_eq!(aliases, ["https://b.example/ann", "https://c.example/ann"]);
}

#[test]
fn keys_of_others_and_keys_elsewhere_are_left_out() {
    let key = |id: &str, owner: &str| json!({"id": id, "owner": owner, "publicKeyPem": ALICE_PUBLIC_PEM});
    let own = "https://a.example/users/ann";
    for foreign in [
        key("https://a.example/users/ann#main-key", "https://a.example/users/bob"),
        key("https://b.example/users/ann#main-key", own),
        json!({"id": "https://a.example/users/ann#main-key", "publicKeyPem": ALICE_PUBLIC_PEM}),
        json!({"id": "https://a.example/users/ann#main-key", "owner": own, "publicKeyPem": "no key"}),
        json!("https://a.example/users/ann#main-key"),
    ] {
        assert!(with("publicKey", foreign.clone()).unwrap().keys.is_empty(), "{foreign}");
    }
    let several = json!([
        key("https://a.example/k/1", own),
        key("https://a.example/k/2", own),
        key("https://a.example/k/1", own)
    ]);
    assert_eq!(with("publicKey", several).unwrap().keys.len(), 2);
    let actor = with(
        "assertionMethod",
        json!([
            multikey("https://a.example/users/ann#ed", own),
            multikey("https://a.example/x", "https://a.example/bob")
        ]),
    );
    let ids: Vec<String> = actor.unwrap().keys.into_iter().map(|key| key.id).collect();
    assert_eq!(ids, ["https://a.example/users/ann#main-key", "https://a.example/users/ann#ed"]);
}

#[test]
fn a_key_in_a_document_of_its_own() {
    let own = "https://a.example/users/ann";
    let id = "https://a.example/users/ann/main-key";
    let document = json!({"id": id, "type": "Key", "owner": own, "publicKeyPem": ALICE_PUBLIC_PEM});
    let key = read_key(&document, UriRules::Public).unwrap();
    assert_eq!((key.id.as_str(), key.owner.as_str()), (id, own));
    let in_stub = json!({"id": own, "type": "Person", "preferredUsername": "ann", "publicKey": document});
    assert_eq!(read_key(&in_stub, UriRules::Public).as_ref(), Ok(&key));
    assert!(read_key(&multikey(id, own), UriRules::Public).is_ok());
}

#[test]
fn a_key_is_at_its_own_address_and_confirmed_by_its_owner() {
    let own = "https://a.example/users/ann";
    let at = |id: &str| Uri::parse(id, UriRules::Public).unwrap();
    let id = format!("{own}#main-key");
    let document = json!({"id": id, "owner": own, "publicKeyPem": ALICE_PUBLIC_PEM});
    let key = read_key_at(&document, &at(&id), UriRules::Public).unwrap();
    let ann_herself = Actor::read(&ann(), UriRules::Public).unwrap();
    assert!(ann_herself.confirms(&key));
    let elsewhere = read_key_at(&document, &at("https://a.example/users/ann/key"), UriRules::Public);
    assert_eq!(elsewhere, Err(DocumentError::Missing("publicKeyPem")));
    let second = format!("{own}#second");
    let several = with("assertionMethod", json!([multikey(&second, own)])).unwrap();
    let mut document = ann();
    document["assertionMethod"] = json!([multikey(&second, own)]);
    assert!(several.confirms(&read_key_at(&document, &at(&second), UriRules::Public).unwrap()));
    assert!(!ann_herself.confirms(&read_key_at(&document, &at(&second), UriRules::Public).unwrap()));
    let of_another = json!({"id": id, "owner": "https://a.example/users/bob", "publicKeyPem": ALICE_PUBLIC_PEM});
    assert!(!ann_herself.confirms(&read_key(&of_another, UriRules::Public).unwrap()));
}

#[test]
fn a_key_document_whose_owner_is_elsewhere_is_refused() {
    let id = "https://a.example/users/ann/main-key";
    let document = |owner: &str, pem: &str| json!({"id": id, "owner": owner, "publicKeyPem": pem});
    let read = |value: &Value| read_key(value, UriRules::Public).map(|_| ());
    assert_eq!(read(&document("https://b.example/users/ann", ALICE_PUBLIC_PEM)), Err(DocumentError::Foreign("owner")));
    assert_eq!(read(&document("https://a.example/users/ann", "x")), Err(DocumentError::Malformed("publicKeyPem")));
    assert_eq!(read(&json!({"id": id, "publicKeyPem": ALICE_PUBLIC_PEM})), Err(DocumentError::Missing("owner")));
    assert_eq!(read(&json!({"id": id})), Err(DocumentError::Missing("publicKeyPem")));
}

#[test]
fn a_handle_is_what_looks_like_one() {
    assert_eq!(with("webfinger", json!("acct:ann@A.example")).unwrap().webfinger.as_deref(), Some("ann@a.example"));
    assert_eq!(with("webfinger", json!("ann")).unwrap().webfinger, None);
}
