//! Two peers without a Chronodon between them: the helper of the other tests works, and refuses what it should.

use serde_json::json;

use super::peer::Peer;

#[tokio::test]
async fn two_peers_follow_post_like_edit_and_delete() {
    let (one, two) = tokio::join!(Peer::start(), Peer::start());
    assert_ne!(one.base, two.base);
    let alice = one.actor_with(json!({ "name": "alice", "manual": true })).await;
    let bob = two.actor("bob").await;
    bob.does("follow", json!({ "actor": alice.url })).await;
    let follow = one.hears(&[("type", "Follow"), ("actor", &bob.url)]).await;
    assert_eq!(alice.state().await["requests"], json!([bob.url]));
    alice.does("accept", json!({ "actor": bob.url })).await;
    let accept = two.hears(&[("type", "Accept")]).await;
    assert_eq!(accept["object"], follow["id"]);

    let asked = one.requests().await.into_iter().find(|it| it["method"] == "POST").unwrap();
    assert!(asked["body"].as_str().unwrap().contains("eddsa-jcs-2022"), "what is sent has a proof of its own: {asked}");

    let note = alice.posts("<p>Hello</p>").await;
    two.hears(&[("type", "Create"), ("object", &note)]).await;
    bob.does("like", json!({ "object": note })).await;
    one.hears(&[("type", "Like"), ("object", &note)]).await;
    assert_eq!(one.object(&note).await["likes"], json!([bob.url]));
    alice.does("edit", json!({ "object": note, "content": "<p>Hello again</p>" })).await;
    two.hears(&[("type", "Update"), ("object", &note)]).await;
    assert_eq!(two.object(&note).await["content"], "<p>Hello again</p>");
    alice.does("delete", json!({ "object": note })).await;
    let delete = two.hears(&[("type", "Delete"), ("object", &note)]).await;
    assert_eq!(two.object(&note).await["deleted"], true);
    assert_eq!(two.log().await.last(), Some(&delete));
}

#[tokio::test]
async fn a_peer_believes_no_signature_of_another() {
    let peer = Peer::start_with(|command| {
        command.args(["--knock", "draft-cavage-http-signatures-12"]);
    })
    .await;
    let alice = peer.actor("alice").await;
    let mallory = peer.actor("mallory").await;
    let context = "https://www.w3.org/ns/activitystreams";
    let forged = json!({ "@context": context, "id": format!("{}#1", alice.url), "type": "Like", "actor": alice.url, "object": alice.url });
    let request = json!({ "inbox": format!("{}/inbox", alice.url), "body": forged });
    assert_eq!(mallory.does("raw", request).await["status"], 401);
    let mut requests = peer.requests().await;
    requests.retain(|request| request["method"] == "POST");
    let statuses: Vec<_> = requests.iter().map(|request| &request["status"]).collect();
    assert_eq!((statuses, peer.log().await), (vec![&json!(401)], vec![]));

    peer.set(json!({ "refuse": 503 })).await;
    assert!(mallory.tries("accept", json!({ "actor": alice.url })).await.unwrap_err().contains("did not ask"));
    let refused = mallory.does("raw", json!({ "inbox": format!("{}/inbox", peer.base), "body": "no JSON" })).await;
    assert_eq!(refused["status"], 503);
}
