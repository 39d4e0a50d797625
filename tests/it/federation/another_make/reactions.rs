//! What one does about the other's posts and about the other: likes, boosts, edits, deletions, blocks, reports.

use chronodon_projections::core::reports;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Friends, keeps, knows, relation, uri};
use crate::federation::trio::{eventually, hears, reads};
use crate::support::id;

#[tokio::test]
async fn what_one_does_about_the_other_is_seen_and_taken_back() {
    let friends = Friends::meet().await;
    we_react(&friends).await;
    they_react(&friends).await;
    they_report(&friends).await;
    we_block(&friends).await;
    they_block(&friends).await;
    friends.finish().await;
}

async fn we_react(friends: &Friends) {
    let Friends { peer, alice, bob, alice_url, .. } = friends;
    let note = bob.posts("<p>Hello from elsewhere</p>").await;
    let read = reads(alice, "Hello from elsewhere").await;
    friends.alice_does("favourite", &read).await;
    knows(peer, &note, "likes", json!([alice_url])).await;
    friends.alice_does("reblog", &read).await;
    knows(peer, &note, "boosts", json!([alice_url])).await;
    friends.alice_does("unfavourite", &read).await;
    knows(peer, &note, "likes", json!([])).await;
    friends.alice_does("unreblog", &read).await;
    knows(peer, &note, "boosts", json!([])).await;
    let (like, undo) = (peer.hears(&[("type", "Like")]).await, peer.hears(&[("type", "Undo")]).await);
    assert_eq!(undo["object"], like["id"], "what is undone is named as it was");

    bob.does("edit", json!({ "object": note, "content": "<p>Hello again</p>" })).await;
    let edited = reads(alice, "Hello again").await;
    assert_eq!((&edited["id"], edited["edited_at"].is_string()), (&read["id"], true));
    bob.does("delete", json!({ "object": note })).await;
    let gone = format!("/api/v1/statuses/{}", id(&read));
    eventually("the note is gone", async || alice.try_get(&gone).await.0 == StatusCode::NOT_FOUND).await;
}

async fn they_react(friends: &Friends) {
    let Friends { peer, alice, bob, .. } = friends;
    let posted = friends.alice_posts(json!({ "status": "Hello from here" })).await;
    let about = json!({ "object": uri(&posted) });
    bob.does("like", about.clone()).await;
    bob.does("boost", about.clone()).await;
    assert_eq!(hears(alice, "favourite").await["status"]["id"], posted["id"]);
    assert_eq!(hears(alice, "reblog").await["status"]["id"], posted["id"]);
    bob.does("unlike", about.clone()).await;
    friends.counts(&posted, "favourites_count", 0).await;
    bob.does("unboost", about.clone()).await;
    friends.counts(&posted, "reblogs_count", 0).await;
    bob.does("react", json!({ "object": uri(&posted), "emoji": "🦀" })).await;
    friends.counts(&posted, "favourites_count", 1).await;
    bob.does("unlike", about).await;
    friends.counts(&posted, "favourites_count", 0).await;

    let path = format!("/api/v1/statuses/{}", id(&posted));
    let edit = alice.request(Method::PUT, &path).json(&json!({ "status": "Hello once more" }));
    assert_eq!(alice.send(edit).await.0, StatusCode::OK);
    peer.hears(&[("type", "Update"), ("object", uri(&posted))]).await;
    assert!(peer.object(uri(&posted)).await["content"].as_str().unwrap().contains("Hello once more"));
    alice.delete(&path).await;
    knows(peer, uri(&posted), "deleted", json!(true)).await;
}

/// The other way is tried in `flags.rs`.
async fn they_report(friends: &Friends) {
    let Friends { server, alice, bob, alice_url, .. } = friends;
    let posted = friends.alice_posts(json!({ "status": "Buy this" })).await;
    let report = json!({ "actor": alice_url, "objects": [uri(&posted)], "content": "She sells things" });
    bob.does("flag", report).await;
    let filed = async || reports::by_target(&server.app.reader, alice.id, 10).await.unwrap();
    eventually("a report is filed", async || !filed().await.is_empty()).await;
    let filed = filed().await;
    assert_eq!((filed.len(), &*filed[0].comment), (1, "She sells things"));
    assert_eq!(filed[0].statuses().len(), 1);
}

async fn we_block(friends: &Friends) {
    let Friends { alice, bob, alice_url, account, .. } = friends;
    let path = |action: &str| format!("/api/v1/accounts/{}/{action}", id(account));
    alice.post(&path("block"), json!({})).await;
    keeps(bob, "blocked_by", json!([alice_url])).await;
    let state = bob.state().await;
    assert_eq!((&state["followers"], &state["following"]), (&json!([]), &json!({})));
    bob.does("follow", json!({ "actor": alice_url })).await;
    keeps(bob, "following", json!({})).await;
    alice.post(&path("unblock"), json!({})).await;
    keeps(bob, "blocked_by", json!([])).await;
    friends.follow_each_other().await;
}

async fn they_block(friends: &Friends) {
    let Friends { alice, bob, alice_url, account, .. } = friends;
    let is = async |key: &str, expected: bool| {
        let holds = async || relation(alice, account).await[key] == expected;
        eventually(&format!("{key} is {expected}"), holds).await;
    };
    bob.does("block", json!({ "actor": alice_url })).await;
    is("blocked_by", true).await;
    let now: Value = relation(alice, account).await;
    assert_eq!((&now["following"], &now["followed_by"]), (&json!(false), &json!(false)));
    bob.does("unblock", json!({ "actor": alice_url })).await;
    is("blocked_by", false).await;
}
