//! Answers that come before what they answer find their place when that comes, and lose it when that goes.

use chronodon::federation::resolve;
use chronodon_activitypub::uri::Uri;
use serde_json::{Value, json};

use super::elsewhere::{Actor, Remote, follows};
use super::trio::{finds_status, sees};
use crate::support::{Person, TestServer, id};

const HOME: &str = "/api/v1/timelines/home";

fn answer(actor: &Actor, name: &str, parent: &Value, minute: u8) -> Value {
    let mut note = actor.note(name, &format!("<p>{name}</p>"));
    note["inReplyTo"] = parent["id"].clone();
    note["published"] = json!(format!("2026-01-02T03:{minute:02}:05Z"));
    note
}

async fn now(person: &Person, status: &Value) -> Value {
    person.get(&format!("/api/v1/statuses/{}", id(status))).await
}

async fn below(person: &Person, status: &Value) -> Vec<String> {
    let context = person.get(&format!("/api/v1/statuses/{}/context", id(status))).await;
    context["descendants"].as_array().unwrap().iter().map(|status| id(status).to_owned()).collect()
}

#[tokio::test]
async fn an_answer_finds_its_place_when_its_parent_comes() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let elsewhere = Remote::start().await;
    let (bob, carol) = (elsewhere.actor("bob"), elsewhere.actor("carol"));
    follows(&server, &alice, "alice", &bob).await;
    let first = carol.note("first", "<p>first</p>");
    let second = answer(&bob, "second", &first, 10);
    let third = answer(&bob, "third", &second, 20);
    for note in [&second, &third] {
        bob.tells(&server, &bob.does("Create", note.clone())).await;
    }
    let (second, third) = (sees(&alice, HOME, "second").await, sees(&alice, HOME, "third").await);
    assert!(second["in_reply_to_id"].is_null());
    assert_eq!(third["in_reply_to_id"], second["id"]);

    // It comes because somebody asks for it. Nobody here follows its author.
    let uri = first["id"].as_str().unwrap();
    elsewhere.shows(uri, first.clone());
    // It was asked for in vain a moment ago; nobody waits until that is forgotten.
    resolve::document_now(&server.app, &Uri::parse(uri, server.app.egress.rules()).unwrap()).await.unwrap();
    let first = finds_status(&alice, uri).await;
    let linked = now(&alice, &second).await;
    assert_eq!((&linked["in_reply_to_id"], &linked["in_reply_to_account_id"]), (&first["id"], &first["account"]["id"]));
    assert_eq!(now(&alice, &first).await["replies_count"], 1);
    // Who goes on comes first.
    assert_eq!(below(&alice, &first).await, [id(&third), id(&second)]);
    alice.post(&format!("/api/v1/statuses/{}/mute", id(&first)), json!({})).await;
    assert_eq!(now(&alice, &third).await["muted"], true, "it is one conversation");
    assert_eq!(id(&sees(&alice, HOME, "second").await), id(&second), "what was at home stays there");
    server.app.rebuild("core", |_, _| ()).await.unwrap();
    assert_eq!(below(&alice, &first).await, [id(&third), id(&second)]);

    carol.tells(&server, &carol.does("Delete", json!({ "id": uri, "type": "Tombstone" }))).await;
    let parted = now(&alice, &second).await;
    assert!(parted["in_reply_to_id"].is_null() && parted["in_reply_to_account_id"].is_null());
    assert_eq!(now(&alice, &third).await["muted"], false);
    assert_eq!(below(&alice, &second).await, [id(&third)]);
    server.finish().await;
}
