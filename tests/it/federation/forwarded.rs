//! What somebody passes on of somebody else's: whatever its own signature may say, its server is asked.

use serde_json::{Value, json};

use super::elsewhere::{Actor, Remote, follows};
use crate::support::TestServer;

/// A Create of bob's that bears a signature of its own, as `bend` leaves it.
fn signed(bob: &Actor, name: &str, parent: &Value, bend: impl FnOnce(&mut Value)) -> Value {
    let mut note = bob.note(name, "<p>forged</p>");
    note["inReplyTo"] = parent["id"].clone();
    let mut create = bob.does("Create", note);
    create["@context"] = json!(["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"]);
    create["signature"] = json!({
        "type": "RsaSignature2017", "creator": format!("{}#main-key", bob.uri), "created": "2026-01-02T03:04:05Z",
        "signatureValue": "AAAA",
    });
    bend(&mut create);
    create
}

#[tokio::test]
async fn a_signature_inside_is_no_proof_however_the_document_is_arranged() {
    let (server, remote, elsewhere) = (TestServer::start().await, Remote::start().await, Remote::start().await);
    let (alice, bob, eve) = (server.with_user("alice").await, remote.actor("bob"), elsewhere.actor("eve"));
    follows(&server, &alice, "alice", &eve).await;
    follows(&server, &alice, "alice", &bob).await;
    let parent = eve.note("1", "<p>parent</p>");
    eve.tells(&server, &eve.does("Create", parent.clone())).await;

    type Bend = fn(&mut Value);
    let bends: [(&str, Bend); 7] = [
        ("plain", |_| ()),
        ("graph", |create| create["@graph"] = json!([create["object"].clone()])),
        ("included", |create| create["object"]["@included"] = json!([{ "type": "Note", "content": "forged" }])),
        ("reverse", |create| create["@reverse"] = json!({ "object": create["object"].clone() })),
        ("context", |create| create["@context"] = json!([{ "content": "as:summary", "summary": "as:content" }])),
        ("nested", |create| create["object"]["tag"] = json!([{ "@context": { "id": "@type" }, "@graph": [] }])),
        ("extra", |create| create["object"]["unsigned"] = json!({ "content": "forged" })),
    ];
    for (name, bend) in bends {
        let uri = format!("{}/notes/{name}", bob.uri);
        let forged = signed(&bob, name, &parent, bend);
        eve.tells(&server, &forged).await;
        assert_eq!(remote.asked_for(&uri), 1, "{name}: its server is asked, and has none");
        let mut said = bob.note(&format!("{name}-true"), &format!("<p>{name}</p>"));
        said["inReplyTo"] = parent["id"].clone();
        remote.shows(&format!("{uri}-true"), said);
        eve.tells(&server, &signed(&bob, &format!("{name}-true"), &parent, bend)).await;
    }
    // An edit and a deletion that are passed on are no more than a reason to ask.
    let known = format!("{}/notes/plain-true", bob.uri);
    for kind in ["Update", "Delete"] {
        let mut passed_on = signed(&bob, "plain-true", &parent, |_| ());
        passed_on["type"] = json!(kind);
        passed_on["id"] = json!(format!("{}#{kind}", bob.uri));
        eve.tells(&server, &passed_on).await;
    }
    assert_eq!(remote.asked_for(&known), 3, "what was heard before is no answer");
    let home = alice.get("/api/v1/timelines/home").await.to_string();
    assert!(!home.contains("forged"), "{home}");
    for (name, _) in bends {
        assert!(home.contains(&format!("<p>{name}</p>")), "{name}: {home}");
    }
    server.finish().await;
}

#[tokio::test]
async fn what_was_deleted_does_not_come_back() {
    let (server, remote, elsewhere) = (TestServer::start().await, Remote::start().await, Remote::start().await);
    let (alice, bob, carol) = (server.with_user("alice").await, remote.actor("bob"), elsewhere.actor("carol"));
    follows(&server, &alice, "alice", &bob).await;
    follows(&server, &alice, "alice", &carol).await;
    let note = bob.note("1", "<p>once</p>");
    let uri = note["id"].as_str().unwrap();
    bob.tells(&server, &bob.does("Create", note.clone())).await;
    bob.tells(&server, &bob.does("Delete", json!({ "id": uri, "type": "Tombstone" }))).await;
    // Its server shows it all the same, a backup perhaps.
    remote.shows(uri, note.clone());
    carol.tells(&server, &carol.does("Announce", uri)).await;
    let mut edited = note.clone();
    edited["updated"] = json!("2026-02-01T00:00:00Z");
    bob.tells(&server, &bob.does("Update", edited)).await;
    let mut reply = carol.note("2", "<p>to what is gone</p>");
    reply["inReplyTo"] = note["id"].clone();
    carol.tells(&server, &carol.does("Create", reply)).await;
    let query: String = url::form_urlencoded::byte_serialize(uri.as_bytes()).collect();
    assert_eq!(alice.get(&format!("/api/v2/search?resolve=true&q={query}")).await["statuses"], json!([]));
    let home = alice.get("/api/v1/timelines/home").await;
    assert_eq!((home.as_array().unwrap().len(), &home[0]["in_reply_to_id"]), (1, &Value::Null));
    server.finish().await;
}

#[tokio::test]
async fn who_asks_sees_nothing_until_let_in() {
    let (server, remote) = (TestServer::start().await, Remote::start().await);
    let (alice, dora) = (server.with_user("alice").await, server.with_user("dora").await);
    let mut bob = remote.actor("bob");
    bob.document["manuallyApprovesFollowers"] = json!(true);
    remote.shows(&bob.uri, bob.document.clone());
    follows(&server, &alice, "alice", &bob).await;
    let account = super::elsewhere::account_of(&dora, &bob).await;
    let account = crate::support::id(&account).to_owned();
    assert_eq!(dora.post(&format!("/api/v1/accounts/{account}/follow"), json!({})).await["requested"], true);
    let mut note = bob.note("1", "<p>canary</p>");
    (note["to"], note["cc"]) = (json!([format!("{}/followers", bob.uri)]), json!([]));
    let uri = note["id"].as_str().unwrap().to_owned();
    bob.tells(&server, &bob.does("Create", note)).await;
    let seen = alice.get("/api/v1/timelines/home").await[0].clone();
    assert_eq!((&seen["content"], &seen["visibility"]), (&json!("<p>canary</p>"), &json!("private")));

    let path = format!("/api/v1/statuses/{}", crate::support::id(&seen));
    for hidden in ["", "/context", "/history", "/source", "/favourited_by"] {
        assert_eq!(dora.try_get(&format!("{path}{hidden}")).await.0, 404, "{hidden}");
    }
    assert_eq!(dora.try_post(&format!("{path}/favourite"), json!({})).await.0, 404);
    let query: String = url::form_urlencoded::byte_serialize(uri.as_bytes()).collect();
    for list in [
        "/api/v1/timelines/home".to_owned(),
        "/api/v1/timelines/public".to_owned(),
        format!("/api/v1/accounts/{account}/statuses"),
        format!("/api/v2/search?resolve=true&q={query}"),
        "/api/v2/search?q=canary".to_owned(),
    ] {
        assert!(!dora.get(&list).await.to_string().contains("canary"), "{list}");
    }
    server.finish().await;
}
