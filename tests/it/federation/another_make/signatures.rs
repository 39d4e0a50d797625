//! Both kinds of HTTP signature in both directions, and keys that change.

use serde_json::{Value, json};

use super::{Friends, uri};
use crate::federation::peer::Peer;
use crate::federation::trio::{finds, reads};

const CAVAGE: &str = "draft-cavage-http-signatures-12";
const RFC9421: &str = "rfc9421";

#[tokio::test]
async fn both_kinds_of_signature_are_spoken_and_keys_may_change() {
    // Everywhere else the peer signs by RFC 9421 first.
    let knocks = Peer::start_with(|command| {
        command.args(["--knock", CAVAGE]);
    });
    let friends = Friends::meet_at(knocks).await;
    we_sign(&friends).await;
    they_sign(&friends).await;
    their_key_changes(&friends).await;
    friends.finish().await;
}

/// A server that knows the one kind only is written to, and read, in that kind from then on.
async fn we_sign(friends: &Friends) {
    let Friends { peer, alice, .. } = friends;
    for knows in [RFC9421, CAVAGE] {
        peer.set(json!({ "knows": knows, "secure": true })).await;
        let before = peer.requests().await.len();
        friends.alice_posts(json!({ "status": format!("Signed for {knows}") })).await;
        assert_eq!(signed(peer, "POST", before).await, [(knows != RFC9421, 401), (knows == RFC9421, 202)]);
        let before = peer.requests().await.len();
        friends.alice_posts(json!({ "status": format!("Signed for {knows} at once") })).await;
        assert_eq!(signed(peer, "POST", before).await, [(knows == RFC9421, 202)], "it is known by now");

        let before = peer.requests().await.len();
        let reader = peer.actor(&format!("reader-{}", &knows[..3])).await;
        assert_eq!(finds(alice, &reader.url).await["url"], json!(reader.url.replace("users/", "@")));
        let read = signed(peer, "GET", before).await;
        assert!(read.contains(&(knows == RFC9421, 200)), "{read:?}");
    }
    peer.set(json!({ "knows": null, "secure": false })).await;
}

/// Of each request of a method since that one that asked for something of somebody: whether it was signed by RFC 9421,
/// and the answer.
async fn signed(peer: &Peer, method: &str, since: usize) -> Vec<(bool, u16)> {
    let requests = peer.requests().await.split_off(since);
    let wanted = requests.iter().filter(|it| it["method"] == method && !it["path"].as_str().unwrap().starts_with("/."));
    let read = |it: &Value| (it["headers"]["signature-input"].is_string(), it["status"].as_u64().unwrap() as u16);
    wanted.map(read).collect()
}

async fn they_sign(friends: &Friends) {
    let Friends { server, peer, bob, .. } = friends;
    let mallory = peer.actor("mallory").await;
    let inbox = server.app.url("/inbox");
    let context = "https://www.w3.org/ns/activitystreams";
    for knock in [RFC9421, CAVAGE] {
        let posted = friends.alice_posts(json!({ "status": format!("Like this by {knock}") })).await;
        let id = format!("{}#likes/{knock}", bob.url);
        let like = json!({ "@context": context, "id": id, "type": "Like", "actor": bob.url, "object": uri(&posted) });
        let request = json!({ "inbox": inbox, "body": like, "knock": knock });
        assert_eq!(mallory.does("raw", request.clone()).await["status"], 401, "it is not mallory's to like");
        assert_eq!(bob.does("raw", request).await["status"], 202);
        friends.counts(&posted, "favourites_count", 1).await;
    }
}

async fn their_key_changes(friends: &Friends) {
    let Friends { peer, alice, bob, .. } = friends;
    bob.does("rotate", json!({ "tell": false })).await;
    let before = peer.requests().await.len();
    for number in 0..3 {
        bob.posts(&format!("<p>New key {number}</p>")).await;
        reads(alice, &format!("New key {number}")).await;
    }
    let path = url::Url::parse(&bob.url).unwrap().path().to_owned();
    let requests = peer.requests().await.split_off(before);
    let asked: Vec<_> = requests.iter().filter(|it| it["method"] == "GET" && it["path"] == path).collect();
    assert_eq!(asked.len(), 1, "the key is asked for once: {asked:#?}");
}
