//! Accounts that go from the one to the other, and their followers on both.

use reqwest::StatusCode;
use serde_json::json;

use super::{Friends, follows, keeps, relation};
use crate::federation::trio::{eventually, finds, reads};
use crate::support::id;

const PASSWORD: &str = "correct horse battery";

#[tokio::test]
async fn who_moves_takes_followers_along_in_both_directions() {
    let friends = Friends::meet().await;
    they_move_here(&friends).await;
    we_move_there(&friends).await;
    friends.finish().await;
}

/// Bob becomes Robert, who is here.
async fn they_move_here(friends: &Friends) {
    let Friends { server, peer, alice, bob, alice_url, account, .. } = friends;
    let robert = server.with_user("robert").await;
    let url = server.app.url("/users/robert");
    let dora = peer.actor("dora").await;
    dora.does("follow", json!({ "actor": bob.url })).await;
    keeps(&dora, "following", json!({ &bob.url: true })).await;
    // Robert does not say that he is Bob: nobody believes it.
    bob.does("move", json!({ "to": url })).await;
    bob.posts("<p>Am I there?</p>").await;
    reads(alice, "Am I there?").await;
    assert_eq!(relation(alice, account).await["following"], true);

    robert.post("/api/v1/accounts/alias", json!({ "also_known_as_uris": [bob.url] })).await;
    bob.does("move", json!({ "to": url })).await;
    let target = json!({ "id": robert.id.to_string() });
    eventually("alice follows robert", async || relation(alice, &target).await["following"] == true).await;
    eventually("alice follows bob no more", async || friends.relation().await["following"] == false).await;
    keeps(bob, "followers", json!([])).await;
    keeps(&dora, "following", json!({ &url: true })).await;
    let followers = robert.get(&format!("/api/v1/accounts/{}/followers", robert.id)).await;
    assert_eq!(followers.as_array().unwrap().len(), 2, "{followers}");
    assert_eq!(alice.get(&format!("/api/v1/accounts/{}", id(account))).await["moved"]["username"], "robert");
    // What he followed, he follows on.
    assert_eq!(bob.state().await["following"], json!({ alice_url: true }));
}

/// Carol becomes Caroline, who is there.
async fn we_move_there(friends: &Friends) {
    let Friends { server, peer, alice, .. } = friends;
    let carol = server.with_user("carol").await;
    server.gives_password(&carol, PASSWORD).await;
    let url = server.app.url("/users/carol");
    let (caroline, emil) = (peer.actor("caroline").await, peer.actor("emil").await);
    follows(alice, &json!({ "id": carol.id.to_string() })).await;
    emil.does("follow", json!({ "actor": url })).await;
    keeps(&emil, "following", json!({ &url: true })).await;
    let moving = json!({ "password": PASSWORD, "moved_to_uri": caroline.url });
    assert_eq!(carol.try_post("/api/v1/accounts/move", moving.clone()).await.0, StatusCode::UNPROCESSABLE_ENTITY);

    caroline.does("alias", json!({ "to": url })).await;
    assert_eq!(carol.try_post("/api/v1/accounts/move", moving).await.0, StatusCode::ACCEPTED);
    peer.hears(&[("type", "Move"), ("object", &url), ("target", &caroline.url)]).await;
    keeps(&emil, "following", json!({ &caroline.url: true })).await;
    let there = finds(alice, &caroline.url).await;
    eventually("alice follows caroline", async || relation(alice, &there).await["following"] == true).await;
    let state = caroline.state().await["followers"].clone();
    let mut followers: Vec<_> = state.as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    followers.sort_unstable();
    let mut expected = vec![friends.alice_url.as_str(), emil.url.as_str()];
    expected.sort_unstable();
    assert_eq!(followers, expected);
    let told = async || peer.object(&url).await["json"]["movedTo"] == json!(caroline.url);
    eventually("her profile says so", told).await;
    let followers = alice.get(&format!("/api/v1/accounts/{}/followers", carol.id)).await;
    assert_eq!(followers, json!([]), "nobody is left behind");
}
