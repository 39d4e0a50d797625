//! Questions of the one that the other votes on, and how the votes come back.

use serde_json::{Value, json};

use super::{Friends, knows, uri};
use crate::federation::delivery::sql;
use crate::federation::trio::{eventually, reads};
use crate::support::id;

#[tokio::test]
async fn votes_are_cast_there_and_counted_here_and_the_other_way_round() {
    let friends = Friends::meet().await;
    we_vote(&friends).await;
    they_vote(&friends).await;
    friends.finish().await;
}

async fn we_vote(friends: &Friends) {
    let Friends { peer, alice, bob, alice_url, .. } = friends;
    let question = json!({ "content": "<p>What do you drink?</p>", "poll": { "options": ["Tea", "Coffee", "Milk"], "multiple": true } });
    let asked = bob.does("post", question).await["object"].clone();
    let question = asked.as_str().unwrap();
    let poll = reads(alice, "What do you drink?").await["poll"].clone();
    assert_eq!((&poll["multiple"], &poll["voters_count"]), (&json!(true), &json!(0)));
    let path = format!("/api/v1/polls/{}", id(&poll));
    alice.post(&format!("{path}/votes"), json!({ "choices": [0, 2] })).await;
    knows(peer, question, "votes", json!({ alice_url: ["Tea", "Milk"] })).await;
    let mine = alice.get(&path).await;
    assert_eq!((&mine["voted"], &mine["own_votes"]), (&json!(true), &json!([0, 2])));
    // Another votes there, and the tallies come.
    bob.does("vote", json!({ "question": question, "choices": ["Milk"] })).await;
    knows(peer, question, "votes", json!({ alice_url: ["Tea", "Milk"], &bob.url: ["Milk"] })).await;
    bob.does("edit", json!({ "object": question })).await;
    eventually("the tallies have come", async || votes(&alice.get(&path).await) == [1, 0, 2]).await;
    let (poll, status) = (alice.get(&path).await, reads(alice, "What do you drink?").await);
    assert_eq!((&poll["voters_count"], &poll["own_votes"]), (&json!(2), &json!([0, 2])));
    assert!(status["edited_at"].is_null(), "it was counted, not edited");
}

async fn they_vote(friends: &Friends) {
    let Friends { server, peer, alice, bob, .. } = friends;
    let question = json!({ "status": "Well?", "poll": { "options": ["Yes", "No"], "expires_in": 3600 } });
    let asked = friends.alice_posts(question).await;
    let path = format!("/api/v1/polls/{}", id(&asked["poll"]));
    for choice in ["No", "No", "Yes"] {
        bob.does("vote", json!({ "question": uri(&asked), "choices": [choice] })).await;
        eventually("the vote is counted", async || votes(&alice.get(&path).await) == [0, 1]).await;
    }
    // Votes are told together; here nobody waits for that.
    let told =
        format!("UPDATE server.jobs SET run_at = now() WHERE payload ->> 'order' = '{}' RETURNING 1", id(&asked));
    eventually("the votes are to be told", async || !sql(server, &told).await.is_empty()).await;
    peer.hears(&[("type", "Update"), ("object", uri(&asked))]).await;
    let told = peer.object(uri(&asked)).await["json"].clone();
    let counts = [&told["oneOf"][0], &told["oneOf"][1]].map(|option| option["replies"]["totalItems"].clone());
    assert_eq!((counts, &told["votersCount"]), ([json!(0), json!(1)], &json!(1)), "{told}");
    assert!(told["updated"].is_null(), "it was counted, not edited: {told}");
    let again = alice.get(&path).await;
    assert_eq!((votes(&again), &again["voters_count"]), (vec![0, 1], &json!(1)));
}

fn votes(poll: &Value) -> Vec<u64> {
    poll["options"].as_array().unwrap().iter().map(|option| option["votes_count"].as_u64().unwrap()).collect()
}
