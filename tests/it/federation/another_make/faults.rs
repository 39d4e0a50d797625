//! The other server repeats itself, is late, out of order, broken, slow and gone. In the end all is there once.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{Friends, uri};
use crate::federation::trio::{count, eventually, reads};
use crate::support::id;

const HOME: &str = "/api/v1/timelines/home?limit=40";

#[tokio::test]
async fn what_goes_wrong_there_is_right_here_in_the_end() {
    let friends = Friends::meet().await;
    they_repeat_themselves(&friends).await;
    they_come_out_of_order(&friends).await;
    they_are_broken_and_recover(&friends).await;
    they_are_slow(&friends).await;
    they_are_gone(&friends).await;
    friends.finish().await;
}

/// Waits until all that Bob has sent so far was dealt with: the activities of one sender are dealt with in order.
async fn caught_up(friends: &Friends, mark: &str) {
    friends.bob.posts(&format!("<p>{mark}</p>")).await;
    reads(&friends.alice, mark).await;
}

async fn they_repeat_themselves(friends: &Friends) {
    let Friends { alice, bob, .. } = friends;
    let posted = friends.alice_posts(json!({ "status": "Like me once" })).await;
    let about = json!({ "object": uri(&posted) });
    let note = bob.does("post", json!({ "content": "<p>Said twice</p>" })).await;
    let activities = [&note, &bob.does("like", about.clone()).await, &bob.does("boost", about).await]
        .map(|done| done["activity"].clone());
    for activity in &activities {
        for _ in 0..3 {
            bob.does("resend", json!({ "activity": activity })).await;
        }
    }
    friends.counts(&posted, "favourites_count", 1).await;
    friends.counts(&posted, "reblogs_count", 1).await;
    caught_up(friends, "Enough of that").await;
    let now = friends.now(&posted).await;
    assert_eq!((&now["favourites_count"], &now["reblogs_count"]), (&json!(1), &json!(1)));
    assert_eq!(count(alice, HOME, "Said twice").await, 1);
    for kind in ["favourite", "reblog"] {
        let told = alice.get(&format!("/api/v1/notifications?types[]={kind}")).await;
        assert_eq!(told.as_array().unwrap().len(), 1, "{told}");
    }
}

async fn they_come_out_of_order(friends: &Friends) {
    let Friends { alice, bob, .. } = friends;
    let held = |content: &str| json!({ "content": content, "hold": true });
    let never = bob.does("post", held("<p>Never seen</p>")).await;
    bob.does("delete", json!({ "object": never["object"] })).await;
    let edited = bob.does("post", held("<p>First words</p>")).await;
    bob.does("edit", json!({ "object": edited["object"], "content": "<p>Last words</p>" })).await;
    reads(alice, "Last words").await;
    for late in [&never, &edited] {
        bob.does("resend", json!({ "activity": late["activity"] })).await;
    }
    caught_up(friends, "In order again").await;
    let seen = async |text: &str| count(alice, HOME, text).await;
    assert_eq!((seen("Never seen").await, seen("First words").await, seen("Last words").await), (0, 0, 1));
}

async fn they_are_broken_and_recover(friends: &Friends) {
    let Friends { peer, alice, .. } = friends;
    peer.set(json!({ "refuse": 500 })).await;
    let posted = alice.posts("Can you hear me?").await;
    let path = format!("/api/v1/statuses/{}/deliveries", id(&posted));
    let entry = async || alice.get(&path).await[0].clone();
    let failed = async || entry().await["last_error"].as_str().is_some_and(|error| error.contains("500"));
    eventually("it was refused", failed).await;
    assert_eq!(entry().await["state"], "waiting");
    peer.set(json!({ "refuse": 0 })).await;
    alice.post(&format!("{path}/retry"), json!({})).await;
    peer.hears(&[("type", "Create"), ("object", uri(&posted))]).await;
    eventually("it is known to have arrived", async || entry().await["state"] == "delivered").await;
    assert_eq!(heard(friends, &posted).await, 1);
}

async fn they_are_slow(friends: &Friends) {
    let Friends { peer, alice, .. } = friends;
    peer.set(json!({ "delay": 5_000 })).await;
    let begun = Instant::now();
    let mut posted = Vec::new();
    for number in 0..3 {
        posted.push(alice.posts(&format!("Slowly {number}")).await);
    }
    assert!(begun.elapsed() < Duration::from_secs(5), "who posts does not wait: {:?}", begun.elapsed());
    for status in &posted {
        peer.hears(&[("type", "Create"), ("object", uri(status))]).await;
    }
    peer.set(json!({ "delay": 0 })).await;
    for status in &posted {
        assert_eq!(heard(friends, status).await, 1);
    }
}

/// How often the peer heard that this was posted.
async fn heard(friends: &Friends, status: &Value) -> usize {
    let log = friends.peer.log().await;
    log.iter().filter(|it| it["type"] == "Create" && it["object"] == status["uri"]).count()
}

/// The document of who leaves is answered with 410 from then on.
async fn they_are_gone(friends: &Friends) {
    let Friends { alice, bob, account, .. } = friends;
    let note = reads(alice, "Last words").await;
    bob.does("leave", json!({})).await;
    for path in [format!("/api/v1/accounts/{}", id(account)), format!("/api/v1/statuses/{}", id(&note))] {
        eventually("it is gone", async || alice.try_get(&path).await.0 == StatusCode::NOT_FOUND).await;
    }
    let me = async || alice.get("/api/v1/accounts/verify_credentials").await;
    eventually("nobody is followed", async || me().await["following_count"] == 0).await;
    assert_eq!(me().await["followers_count"], 0);
    assert_eq!(count(alice, HOME, "Last words").await, 0);
}
