//! Follows between the two: asked for, granted, refused, ended and taken back.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{follows, keeps, relation};
use crate::federation::peer::{Peer, PeerActor};
use crate::federation::trio::{eventually, finds};
use crate::support::{Person, TestServer, id};

#[tokio::test]
async fn follows_are_asked_for_granted_refused_and_taken_back() {
    let (server, peer) = tokio::join!(TestServer::start(), Peer::start());
    let alice = server.with_user("alice").await;
    let url = server.app.url("/users/alice");
    let dora = peer.actor_with(json!({ "name": "dora", "manual": true })).await;
    we_ask(&alice, &url, &dora).await;
    let lock = alice.request(Method::PATCH, "/api/v1/accounts/update_credentials").json(&json!({ "locked": true }));
    assert_eq!(alice.send(lock).await.0, StatusCode::OK);
    they_ask(&alice, &url, &peer.actor("bob").await).await;
    server.finish().await;
}

async fn we_ask(alice: &Person, url: &str, dora: &PeerActor) {
    let account = finds(alice, &dora.url).await;
    assert_eq!(account["locked"], true);
    let asks = async || {
        let asked = follows(alice, &account).await;
        assert_eq!((&asked["requested"], &asked["following"]), (&json!(true), &json!(false)));
        keeps(dora, "requests", json!([url])).await;
    };
    let becomes = async |state: Value| {
        let holds = async || {
            let now = relation(alice, &account).await;
            json!([now["requested"], now["following"]]) == state
        };
        eventually(&format!("requested and following are {state}"), holds).await;
    };
    asks().await;
    dora.does("accept", json!({ "actor": url })).await;
    becomes(json!([false, true])).await;
    assert_eq!(dora.state().await["followers"], json!([url]));
    dora.does("reject", json!({ "actor": url })).await;
    becomes(json!([false, false])).await;

    asks().await;
    dora.does("reject", json!({ "actor": url })).await;
    becomes(json!([false, false])).await;
    asks().await;
    alice.post(&format!("/api/v1/accounts/{}/unfollow", id(&account)), json!({})).await;
    keeps(dora, "requests", json!([])).await;

    asks().await;
    dora.does("accept", json!({ "actor": url })).await;
    becomes(json!([false, true])).await;
    alice.post(&format!("/api/v1/accounts/{}/unfollow", id(&account)), json!({})).await;
    keeps(dora, "followers", json!([])).await;
}

async fn they_ask(alice: &Person, url: &str, bob: &PeerActor) {
    let asks = async || {
        bob.does("follow", json!({ "actor": url })).await;
        let waits = async || alice.get("/api/v1/follow_requests").await[0]["username"] == "bob";
        eventually("bob waits to be let in", waits).await;
        assert_eq!(bob.state().await["following"], json!({ url: false }));
        alice.get("/api/v1/follow_requests").await[0].clone()
    };
    let answers = async |account: &Value, answer: &str| {
        alice.post(&format!("/api/v1/follow_requests/{}/{answer}", id(account)), json!({})).await;
    };
    let account = asks().await;
    answers(&account, "authorize").await;
    keeps(bob, "following", json!({ url: true })).await;
    assert_eq!(relation(alice, &account).await["followed_by"], true);
    alice.post(&format!("/api/v1/accounts/{}/remove_from_followers", id(&account)), json!({})).await;
    keeps(bob, "following", json!({})).await;

    answers(&asks().await, "reject").await;
    keeps(bob, "following", json!({})).await;
    asks().await;
    bob.does("unfollow", json!({ "actor": url })).await;
    eventually("bob waits no more", async || alice.get("/api/v1/follow_requests").await == json!([])).await;

    answers(&asks().await, "authorize").await;
    keeps(bob, "following", json!({ url: true })).await;
    bob.does("unfollow", json!({ "actor": url })).await;
    eventually("bob follows no more", async || relation(alice, &account).await["followed_by"] == false).await;
}
