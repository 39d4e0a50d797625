//! What others may fetch: every document, and the page at the same address.

use chronodon_activitypub::actor::Actor;
use chronodon_activitypub::audience::PUBLIC;
use chronodon_activitypub::context::{ACTIVITY_JSON, LD_JSON};
use chronodon_activitypub::object::Object;
use chronodon_activitypub::uri::UriRules;
use reqwest::header::{ACCEPT, HeaderMap, IF_NONE_MATCH};
use reqwest::{Method, StatusCode, redirect};
use serde_json::{Value, json};

use crate::media::{path, picture};
use crate::support::{TestServer, id};

/// An answer to somebody anonymous who asks for `accept`.
pub async fn ask(server: &TestServer, path: &str, accept: &str) -> (StatusCode, HeaderMap, String) {
    let client = reqwest::Client::builder().redirect(redirect::Policy::none()).build().unwrap();
    let path = path.strip_prefix(&*server.base).unwrap_or(path);
    let response = client.get(format!("{}{path}", server.base)).header(ACCEPT, accept).send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    (status, headers, response.text().await.unwrap())
}

/// A document that everybody may read.
pub async fn document(server: &TestServer, path: &str) -> Value {
    let (status, headers, text) = ask(server, path, ACTIVITY_JSON).await;
    assert_eq!(status, StatusCode::OK, "{path}: {text}");
    assert_eq!(headers["content-type"], "application/activity+json; charset=utf-8");
    assert_eq!(headers["vary"], "Accept, Signature, Signature-Input");
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["@context"][0], "https://www.w3.org/ns/activitystreams", "{path}");
    document
}

/// The status of a refusal, which no cache keeps.
pub async fn refusal(server: &TestServer, path: &str) -> (u16, String) {
    let (status, headers, text) = ask(server, path, ACTIVITY_JSON).await;
    assert_eq!(headers["cache-control"], "private, no-store", "{path}");
    (status.as_u16(), text)
}

#[tokio::test]
async fn an_actor_is_what_its_profile_says() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let fields = json!([{ "name": "Site", "value": "https://alice.example/" }]);
    let body = json!({ "display_name": "Alice", "note": "Hello <b>", "fields_attributes": fields, "locked": true,
                       "discoverable": true });
    alice.send(alice.request(Method::PATCH, "/api/v1/accounts/update_credentials").json(&body)).await;
    let actor = document(&server, "/users/alice").await;
    let uri = format!("{}/users/alice", server.base);
    for (name, value) in [
        ("id", json!(uri)),
        ("type", json!("Person")),
        ("preferredUsername", json!("alice")),
        ("webfinger", json!(format!("alice@{}", server.app.domain))),
        ("name", json!("Alice")),
        ("summary", json!("<p>Hello &lt;b&gt;</p>")),
        ("url", json!(format!("{}/@alice", server.base))),
        ("inbox", json!(format!("{uri}/inbox"))),
        ("outbox", json!(format!("{uri}/outbox"))),
        ("followers", json!(format!("{uri}/followers"))),
        ("following", json!(format!("{uri}/following"))),
        ("featured", json!(format!("{uri}/collections/featured"))),
        ("featuredTags", json!(format!("{uri}/collections/tags"))),
        ("endpoints", json!({ "sharedInbox": format!("{}/inbox", server.base) })),
        ("manuallyApprovesFollowers", json!(true)),
        ("discoverable", json!(true)),
        ("indexable", json!(false)),
    ] {
        assert_eq!(actor[name], value, "{name}");
    }
    assert_eq!(actor["attachment"][0]["type"], "PropertyValue");
    assert!(actor["attachment"][0]["value"].as_str().unwrap().contains("https://alice.example/"));
    assert!(actor.get("icon").is_none() && actor.get("movedTo").is_none() && actor.get("suspended").is_none());
    let read = Actor::read(&actor, UriRules::AlsoLoopback).unwrap();
    assert_eq!(actor["publicKey"]["id"], format!("{uri}#main-key"));
    assert_eq!(read.id.as_str(), uri);
    server.finish().await;
}

#[tokio::test]
async fn a_note_says_what_its_status_says() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    server.with_user("bob").await;
    let media = picture(&alice).await;
    alice
        .send(alice.request(Method::PUT, &path(&media)).json(&json!({ "description": "a cat", "focus": "1,0" })))
        .await;
    let body = json!({ "status": "@bob looks at #Rust", "spoiler_text": "Careful", "media_ids": [id(&media)],
                       "language": "en" });
    let posted = alice.post("/api/v1/statuses", body).await;
    let (actor, uri) = (format!("{}/users/alice", server.base), posted["uri"].as_str().unwrap());
    let note = document(&server, uri).await;
    for (name, value) in [
        ("id", json!(uri)),
        ("type", json!("Note")),
        ("attributedTo", json!(actor)),
        ("url", posted["url"].clone()),
        ("content", posted["content"].clone()),
        ("contentMap", json!({ "en": posted["content"] })),
        ("summary", json!("Careful")),
        ("sensitive", json!(true)),
        ("published", posted["created_at"].clone()),
        ("inReplyTo", Value::Null),
        ("to", json!([PUBLIC])),
        ("cc", json!([format!("{actor}/followers"), format!("{}/users/bob", server.base)])),
        ("likes", json!({ "id": format!("{uri}/likes"), "type": "Collection", "totalItems": 0 })),
        ("shares", json!({ "id": format!("{uri}/shares"), "type": "Collection", "totalItems": 0 })),
        ("context", json!(format!("{}/contexts/{}-{}", server.base, alice.id, id(&posted)))),
    ] {
        assert_eq!(note[name], value, "{name}");
    }
    let bob = format!("@bob@{}", server.app.domain);
    let mention = json!({ "type": "Mention", "href": format!("{}/users/bob", server.base), "name": bob });
    let hashtag = json!({ "type": "Hashtag", "href": format!("{}/tags/rust", server.base), "name": "#rust" });
    assert_eq!(note["tag"], json!([mention, hashtag]));
    let file = &note["attachment"][0];
    assert_eq!(
        (&file["type"], &file["name"], &file["focalPoint"]),
        (&json!("Document"), &json!("a cat"), &json!([1.0, 0.0]))
    );
    assert!(file["width"].is_number() && file["blurhash"].is_string() && file["mediaType"].is_string(), "{file}");
    assert!(note.get("updated").is_none());
    let read = Object::read(&note, UriRules::AlsoLoopback).unwrap();
    assert_eq!(read.id.as_str(), uri);

    let edit = json!({ "status": "shorter" });
    alice.send(alice.request(Method::PUT, &format!("/api/v1/statuses/{}", id(&posted))).json(&edit)).await;
    let edited = document(&server, uri).await;
    assert!(edited["updated"].is_string() && edited["content"] == "<p>shorter</p>", "{edited}");
    server.finish().await;
}

#[tokio::test]
async fn a_poll_is_a_question_and_a_reply_names_its_parent() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let bob = server.with_user("bob").await;
    let poll = json!({ "options": ["yes", "no"], "expires_in": 600, "multiple": true });
    let asked = alice.post("/api/v1/statuses", json!({ "status": "?", "poll": poll })).await;
    bob.post(&format!("/api/v1/polls/{}/votes", id(&asked["poll"])), json!({ "choices": [1] })).await;
    let question = document(&server, asked["uri"].as_str().unwrap()).await;
    assert_eq!((&question["type"], &question["votersCount"]), (&json!("Question"), &json!(1)));
    assert_eq!(question["endTime"], asked["poll"]["expires_at"]);
    let choice = |name: &str, votes: u64| json!({ "type": "Note", "name": name, "replies": { "type": "Collection", "totalItems": votes } });
    assert_eq!(question["anyOf"], json!([choice("yes", 0), choice("no", 1)]));
    assert!(question.get("closed").is_none() && question.get("oneOf").is_none());

    let reply = json!({ "status": "why", "in_reply_to_id": id(&asked) });
    let reply = bob.post("/api/v1/statuses", reply).await;
    let note = document(&server, reply["uri"].as_str().unwrap()).await;
    assert_eq!((&note["inReplyTo"], &note["conversation"]), (&question["id"], &question["conversation"]));
    let replies = document(&server, &format!("{}/replies", question["id"].as_str().unwrap())).await;
    assert_eq!(replies["first"]["items"], json!([reply["uri"]]));
    let page = document(&server, question["replies"]["first"]["next"].as_str().unwrap()).await;
    assert_eq!((&page["type"], &page["items"]), (&json!("CollectionPage"), &json!([reply["uri"]])));
    let thread = document(&server, question["context"].as_str().unwrap()).await;
    assert_eq!(thread["first"]["items"], json!([asked["uri"], reply["uri"]]));
    assert_eq!(thread["attributedTo"], format!("{}/users/alice", server.base));
    let items = document(&server, &format!("{}/items", question["context"].as_str().unwrap())).await;
    assert_eq!(items["items"], thread["first"]["items"]);
    server.finish().await;
}

#[tokio::test]
async fn an_outbox_lists_what_made_each_status() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let bob = server.with_user("bob").await;
    let theirs = bob.posts("theirs").await;
    let mine = alice.posts("mine").await;
    let reblog = alice.post(&format!("/api/v1/statuses/{}/reblog", id(&theirs)), json!({})).await;
    let outbox = document(&server, "/users/alice/outbox").await;
    assert_eq!((&outbox["type"], &outbox["totalItems"]), (&json!("OrderedCollection"), &json!(2)));
    let page = document(&server, outbox["first"].as_str().unwrap()).await;
    let (announce, create) = (&page["orderedItems"][0], &page["orderedItems"][1]);
    assert_eq!(
        (&announce["type"], &announce["id"], &announce["object"]),
        (&json!("Announce"), &reblog["uri"], &theirs["uri"])
    );
    assert_eq!(announce["cc"][1], format!("{}/users/bob", server.base));
    assert_eq!((&create["type"], &create["object"]["id"]), (&json!("Create"), &mine["uri"]));
    assert_eq!((&create["to"], &create["cc"]), (&create["object"]["to"], &create["object"]["cc"]));
    assert_eq!(create["id"], format!("{}/activity", mine["uri"].as_str().unwrap()));
    for activity in [announce, create] {
        let alone = document(&server, activity["id"].as_str().unwrap()).await;
        assert_eq!(
            (&alone["id"], &alone["type"], &alone["actor"]),
            (&activity["id"], &activity["type"], &activity["actor"])
        );
    }
    let number = id(&reblog);
    let (status, headers, _) = ask(&server, &format!("/users/alice/statuses/{number}"), ACTIVITY_JSON).await;
    assert_eq!((status, headers["location"].to_str().unwrap()), (StatusCode::FOUND, theirs["uri"].as_str().unwrap()));

    for n in 0..20 {
        alice.posts(&format!("more {n}")).await;
    }
    let mut seen = Vec::new();
    let mut next = Some(outbox["first"].clone());
    while let Some(address) = next {
        let page = document(&server, address.as_str().unwrap()).await;
        seen.extend(page["orderedItems"].as_array().unwrap().iter().map(|item| item["id"].clone()));
        next = page.get("next").cloned();
    }
    assert_eq!(seen.len(), 22);
    let before = document(&server, outbox["last"].as_str().unwrap()).await;
    assert_eq!(before["orderedItems"].as_array().unwrap().last().unwrap()["id"], seen[21]);
    server.finish().await;
}

#[tokio::test]
async fn the_followers_of_who_hides_them_are_only_counted() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let mut uris = Vec::new();
    for n in 0..14 {
        let person = server.with_user(&format!("person{n}")).await;
        person.post(&format!("/api/v1/accounts/{}/follow", alice.id), json!({})).await;
        uris.push(format!("{}/users/person{n}", server.base));
    }
    let followers = document(&server, "/users/alice/followers").await;
    assert_eq!((&followers["totalItems"], &followers["type"]), (&json!(14), &json!("OrderedCollection")));
    let first = document(&server, followers["first"].as_str().unwrap()).await;
    let second = document(&server, first["next"].as_str().unwrap()).await;
    let items = |page: &Value| page["orderedItems"].as_array().unwrap().clone();
    assert_eq!((items(&first).len(), items(&second).len(), second.get("next")), (12, 2, None));
    let listed: Vec<_> = items(&first).into_iter().chain(items(&second)).rev().collect();
    assert_eq!(listed, uris);
    let following = document(&server, "/users/person1/following?page=1").await;
    assert_eq!(following["orderedItems"], json!([format!("{}/users/alice", server.base)]));
    let body = json!({ "hide_collections": true });
    alice.send(alice.request(Method::PATCH, "/api/v1/accounts/update_credentials").json(&body)).await;
    let hidden = document(&server, "/users/alice/followers").await;
    assert!(hidden["totalItems"] == 14 && hidden.get("first").is_none(), "{hidden}");
    assert_eq!(refusal(&server, "/users/alice/followers?page=1").await.0, 403);
    server.finish().await;
}

#[tokio::test]
async fn pinned_statuses_are_featured_and_the_server_is_an_actor() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let posted = alice.posts("look").await;
    alice.post(&format!("/api/v1/statuses/{}/pin", id(&posted)), json!({})).await;
    let featured = document(&server, "/users/alice/collections/featured").await;
    assert_eq!((&featured["totalItems"], &featured["orderedItems"][0]["id"]), (&json!(1), &posted["uri"]));
    assert_eq!(document(&server, "/users/alice/collections/tags").await["totalItems"], 0);
    let actor = document(&server, "/actor").await;
    assert_eq!((&actor["type"], &actor["preferredUsername"]), (&json!("Application"), &json!(server.app.domain)));
    assert!(Actor::read(&actor, UriRules::AlsoLoopback).is_ok());
    assert_eq!(document(&server, "/actor/outbox").await["totalItems"], 0);
    server.finish().await;
}

#[tokio::test]
async fn who_prefers_a_page_gets_it_at_the_same_address() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let posted = alice.posts("hello").await;
    let addresses = [
        "/users/alice".to_owned(),
        "/@alice".to_owned(),
        format!("/users/alice/statuses/{}", id(&posted)),
        format!("/@alice/{}", id(&posted)),
    ];
    for address in addresses {
        for accept in [ACTIVITY_JSON, LD_JSON, "text/html;q=0.5, application/activity+json"] {
            let (status, headers, _) = ask(&server, &address, accept).await;
            assert_eq!(status, StatusCode::OK, "{address} {accept}");
            assert_eq!(headers["content-type"], "application/activity+json; charset=utf-8");
            assert_eq!(headers["cache-control"], "public, max-age=180");
        }
        for accept in ["text/html", "*/*", "text/html, application/activity+json;q=0.9"] {
            let (status, headers, _) = ask(&server, &address, accept).await;
            let is_page =
                headers.get("content-type").is_some_and(|kind| kind.to_str().unwrap().starts_with("text/html"));
            assert!(is_page || status == StatusCode::FOUND, "{address} {accept} {status}");
        }
    }
    let (_, headers, _) = ask(&server, "/users/alice", ACTIVITY_JSON).await;
    let again = server.http.get(format!("{}/users/alice", server.base)).header(ACCEPT, ACTIVITY_JSON);
    let again = again.header(IF_NONE_MATCH, &headers["etag"]).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    server.finish().await;
}
