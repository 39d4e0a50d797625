//! This server and one of another make, which knows nothing of ours: they follow, post, like, boost, edit, delete, block.

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::peer::Peer;
use super::trio::{eventually, finds, hears, reads};
use crate::support::{TestServer, id};

#[tokio::test]
async fn the_other_make_posts_and_we_answer() {
    let (server, peer) = tokio::join!(server(), Peer::start());
    let alice = server.with_user("alice").await;
    let bob = peer.actor("bob").await;
    let there = finds(&alice, &bob.url).await;
    assert_eq!(there["uri"], json!(bob.url));
    alice.post(&format!("/api/v1/accounts/{}/follow", id(&there)), json!({})).await;
    let path = format!("/api/v1/accounts/relationships?id={}", id(&there));
    eventually("bob lets alice in", async || alice.get(&path).await[0]["following"] == true).await;

    let note = bob.posts("<p>Hello from elsewhere</p>").await;
    let read = reads(&alice, "Hello from elsewhere").await;
    assert_eq!(read["uri"], json!(note));
    let status = |action: &str| format!("/api/v1/statuses/{}/{action}", id(&read));
    alice.post(&status("favourite"), json!({})).await;
    let like = peer.hears(&[("type", "Like"), ("object", &note)]).await;
    alice.post(&status("reblog"), json!({})).await;
    peer.hears(&[("type", "Announce"), ("object", &note)]).await;
    alice.post(&status("unfavourite"), json!({})).await;
    let undo = peer.hears(&[("type", "Undo")]).await;
    assert_eq!(undo["object"], like["id"], "what is undone is named as it was");
    alice.post("/api/v1/statuses", json!({ "status": "An answer", "in_reply_to_id": id(&read) })).await;
    peer.hears(&[("type", "Create")]).await;

    bob.does("edit", json!({ "object": note, "content": "<p>Hello again</p>" })).await;
    assert!(reads(&alice, "Hello again").await["edited_at"].is_string());
    bob.does("delete", json!({ "object": note })).await;
    let gone = format!("/api/v1/statuses/{}", id(&read));
    eventually("the note is gone", async || alice.try_get(&gone).await.0 == StatusCode::NOT_FOUND).await;
    bob.does("block", json!({ "actor": server.app.url("/users/alice") })).await;
    eventually("alice follows no more", async || alice.get(&path).await[0]["following"] == false).await;
    server.finish().await;
}

#[tokio::test]
async fn we_post_and_the_other_make_answers() {
    let (server, peer) = tokio::join!(server(), Peer::start());
    let alice = server.with_user("alice").await;
    let bob = peer.actor("bob").await;
    let actor = server.app.url("/users/alice");
    bob.does("follow", json!({ "actor": actor })).await;
    peer.hears(&[("type", "Accept"), ("actor", &actor)]).await;
    assert_eq!(hears(&alice, "follow").await["account"]["username"], "bob");

    let posted = alice.posts("Hello from here").await;
    let uri = posted["uri"].as_str().unwrap();
    peer.hears(&[("type", "Create"), ("object", uri)]).await;
    bob.does("like", json!({ "object": uri })).await;
    bob.does("boost", json!({ "object": uri })).await;
    assert_eq!(hears(&alice, "favourite").await["status"]["id"], posted["id"]);
    assert_eq!(hears(&alice, "reblog").await["status"]["id"], posted["id"]);
    let path = format!("/api/v1/statuses/{}", id(&posted));
    bob.does("unlike", json!({ "object": uri })).await;
    bob.does("unboost", json!({ "object": uri })).await;
    let counts = async || alice.get(&path).await;
    eventually("the like is taken back", async || counts().await["favourites_count"] == 0).await;
    eventually("the boost is taken back", async || counts().await["reblogs_count"] == 0).await;

    let edit = alice.request(Method::PUT, &path).json(&json!({ "status": "Hello once more" }));
    assert_eq!(alice.send(edit).await.0, StatusCode::OK);
    peer.hears(&[("type", "Update"), ("object", uri)]).await;
    assert!(peer.object(uri).await["content"].as_str().unwrap().contains("Hello once more"));
    alice.delete(&path).await;
    peer.hears(&[("type", "Delete"), ("object", uri)]).await;
    bob.does("unfollow", json!({ "actor": actor })).await;
    let me = format!("/api/v1/accounts/{}", alice.id);
    eventually("bob follows no more", async || alice.get(&me).await["followers_count"] == 0).await;
    server.finish().await;
}

/// Speaks plain http on loopback, as the peer does.
async fn server() -> TestServer {
    TestServer::start_with(|config| {
        config.federation.allowed_private_networks = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await
}
