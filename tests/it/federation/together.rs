//! What people of three servers do together, as each of them sees it.

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::trio::{Trio, count, eventually, finds, finds_status, follows, handle, hears, reads, sees};
use crate::support::id;

#[tokio::test]
async fn a_conversation_between_three_servers() {
    let trio = Trio::start().await;
    let alice = trio.one.with_user("alice").await;
    let bob = trio.two.with_user("bob").await;
    let carol = trio.three.with_user("carol").await;

    let bob_there = follows(&alice, &handle(&trio.two, "bob")).await;
    assert_eq!(bob_there["acct"], json!(format!("bob@{}", trio.two.app.domain)));
    assert_eq!(hears(&bob, "follow").await["account"]["acct"], json!(format!("alice@{}", trio.one.app.domain)));
    follows(&carol, &handle(&trio.two, "bob")).await;

    let posted = bob.posts("Good morning #federation").await;
    let read = reads(&alice, "Good morning").await;
    assert_eq!(read["uri"], posted["uri"]);
    assert_eq!(read["tags"][0]["name"], "federation");
    let carols = reads(&carol, "Good morning").await;

    let answer = format!("{} Good morning to you", handle(&trio.two, "bob"));
    let reply = json!({ "status": answer, "in_reply_to_id": id(&read) });
    let answered = alice.post("/api/v1/statuses", reply).await;
    assert_eq!(answered["mentions"][0]["acct"], bob_there["acct"]);
    let mention = hears(&bob, "mention").await;
    assert_eq!(mention["status"]["in_reply_to_id"], posted["id"]);
    assert_eq!(bob.get(&format!("/api/v1/statuses/{}", id(&posted))).await["replies_count"], 1);

    alice.post(&format!("/api/v1/statuses/{}/favourite", id(&read)), json!({})).await;
    carol.post(&format!("/api/v1/statuses/{}/reblog", id(&carols)), json!({})).await;
    assert_eq!(hears(&bob, "favourite").await["status"]["id"], posted["id"]);
    assert_eq!(hears(&bob, "reblog").await["account"]["username"], "carol");
    alice.post(&format!("/api/v1/statuses/{}/unfavourite", id(&read)), json!({})).await;
    let path = format!("/api/v1/statuses/{}", id(&posted));
    eventually("the favourite is taken back", async || bob.get(&path).await["favourites_count"] == 0).await;
    assert_eq!(bob.get(&path).await["reblogs_count"], 1);

    let edit = bob.request(Method::PUT, &path).json(&json!({ "status": "Good evening #federation" }));
    assert_eq!(bob.send(edit).await.0, StatusCode::OK);
    let edited = reads(&alice, "Good evening").await;
    assert_eq!((edited["id"].as_str(), edited["edited_at"].is_string()), (read["id"].as_str(), true));
    reads(&carol, "Good evening").await;

    bob.delete(&path).await;
    let gone = async |person: &crate::support::Person, id: &str| {
        person.try_get(&format!("/api/v1/statuses/{id}")).await.0 == StatusCode::NOT_FOUND
    };
    eventually("it is gone for alice", async || gone(&alice, id(&read)).await).await;
    eventually("it is gone for carol", async || gone(&carol, id(&carols)).await).await;
    trio.finish().await;
}

#[tokio::test]
async fn locked_accounts_let_in_by_hand_and_private_posts_stay_private() {
    let trio = Trio::start().await;
    let alice = trio.one.with_user("alice").await;
    let bob = trio.two.with_user("bob").await;
    let carol = trio.three.with_user("carol").await;
    let lock = bob.request(Method::PATCH, "/api/v1/accounts/update_credentials").json(&json!({ "locked": true }));
    assert_eq!(bob.send(lock).await.0, StatusCode::OK);

    let there = finds(&alice, &handle(&trio.two, "bob")).await;
    assert_eq!(there["locked"], true);
    let asked = alice.post(&format!("/api/v1/accounts/{}/follow", id(&there)), json!({})).await;
    assert_eq!((&asked["requested"], &asked["following"]), (&json!(true), &json!(false)));
    let request = hears(&bob, "follow_request").await;
    bob.post(&format!("/api/v1/follow_requests/{}/authorize", id(&request["account"])), json!({})).await;
    let path = format!("/api/v1/accounts/relationships?id={}", id(&there));
    eventually("alice is let in", async || alice.get(&path).await[0]["following"] == true).await;

    let private = bob.post("/api/v1/statuses", json!({ "status": "among friends", "visibility": "private" })).await;
    let read = reads(&alice, "among friends").await;
    assert_eq!(read["visibility"], "private");
    let stranger = trio.one.with_user("dora").await;
    assert_eq!(stranger.try_get(&format!("/api/v1/statuses/{}", id(&read))).await.0, StatusCode::NOT_FOUND);
    assert!(finds_status(&carol, private["uri"].as_str().unwrap()).await.is_null(), "carol follows nobody");

    let whisper = format!("{} a secret", handle(&trio.one, "alice"));
    bob.post("/api/v1/statuses", json!({ "status": whisper, "visibility": "direct" })).await;
    let secret = hears(&alice, "mention").await["status"].clone();
    assert_eq!(secret["visibility"], "direct");
    assert_eq!(stranger.try_get(&format!("/api/v1/statuses/{}", id(&secret))).await.0, StatusCode::NOT_FOUND);

    let alice_there = request["account"]["id"].as_str().unwrap();
    bob.post(&format!("/api/v1/accounts/{alice_there}/block"), json!({})).await;
    eventually("alice follows bob no more", async || alice.get(&path).await[0]["following"] == false).await;
    eventually("alice knows of the block", async || alice.get(&path).await[0]["blocked_by"] == true).await;
    trio.finish().await;
}

#[tokio::test]
async fn votes_are_counted_where_the_question_was_asked() {
    let trio = Trio::start().await;
    let alice = trio.one.with_user("alice").await;
    let bob = trio.two.with_user("bob").await;
    follows(&alice, &handle(&trio.two, "bob")).await;
    let poll = json!({ "options": ["Tea", "Coffee"], "expires_in": 3600 });
    let asked = bob.post("/api/v1/statuses", json!({ "status": "What do you drink?", "poll": poll })).await;
    let read = reads(&alice, "What do you drink?").await;
    assert_eq!(read["poll"]["options"][1]["title"], "Coffee");
    alice.post(&format!("/api/v1/polls/{}/votes", id(&read["poll"])), json!({ "choices": [1] })).await;
    let path = format!("/api/v1/polls/{}", id(&asked["poll"]));
    eventually("the vote is counted", async || bob.get(&path).await["options"][1]["votes_count"] == 1).await;
    assert_eq!(bob.get(&path).await["voters_count"], 1);
    trio.finish().await;
}

#[tokio::test]
async fn names_and_profiles_travel() {
    let trio = Trio::start().await;
    let alice = trio.one.with_user("alice").await;
    let bob = trio.two.with_user("bob").await;
    let there = follows(&alice, &handle(&trio.two, "bob")).await;
    let changes = json!({ "display_name": "Bob the Second", "note": "I like <b>tags</b>" });
    let change = bob.request(Method::PATCH, "/api/v1/accounts/update_credentials").json(&changes);
    assert_eq!(bob.send(change).await.0, StatusCode::OK);
    let path = format!("/api/v1/accounts/{}", id(&there));
    eventually("the new name has come", async || alice.get(&path).await["display_name"] == "Bob the Second").await;
    assert_eq!(alice.get(&path).await["note"], "<p>I like &lt;b&gt;tags&lt;/b&gt;</p>");
    let known = alice.get(&format!("/api/v1/accounts/lookup?acct=bob@{}", trio.two.app.domain)).await;
    assert_eq!(known["id"], there["id"]);
    bob.posts("once").await;
    reads(&alice, "once").await;
    assert_eq!(count(&alice, "/api/v1/timelines/home", "once").await, 1);
    sees(&alice, &format!("/api/v1/accounts/{}/statuses", id(&there)), "once").await;
    trio.finish().await;
}

#[tokio::test]
async fn who_moves_takes_followers_along() {
    let trio = Trio::start().await;
    let alice = trio.one.with_user("alice").await;
    let bob = trio.two.with_user("bob").await;
    let neighbour = trio.two.with_user("neighbour").await;
    let robert = trio.three.with_user("robert").await;
    trio.two.gives_password(&bob, "correct horse battery").await;
    let old = follows(&alice, &handle(&trio.two, "bob")).await;
    neighbour.post(&format!("/api/v1/accounts/{}/follow", bob.id), json!({})).await;

    let new = handle(&trio.three, "robert");
    let moving = json!({ "password": "correct horse battery", "moved_to_uri": new });
    let (status, body) = bob.try_post("/api/v1/accounts/move", moving.clone()).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "robert says nothing of bob: {body}");
    let aliases = json!({ "also_known_as_uris": [handle(&trio.two, "bob")] });
    robert.post("/api/v1/accounts/alias", aliases).await;
    let wrong = json!({ "password": "wrong", "moved_to_uri": new });
    assert_eq!(bob.try_post("/api/v1/accounts/move", wrong).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    for _ in 0..2 {
        assert_eq!(bob.try_post("/api/v1/accounts/move", moving.clone()).await.0, StatusCode::ACCEPTED);
    }

    for person in [&alice, &neighbour] {
        let there = finds(person, &new).await;
        let path = format!("/api/v1/accounts/relationships?id={}", id(&there));
        eventually("robert is followed", async || person.get(&path).await[0]["following"] == true).await;
    }
    let path = format!("/api/v1/accounts/relationships?id={}", id(&old));
    eventually("bob is followed no more", async || alice.get(&path).await[0]["following"] == false).await;
    let shown = alice.get(&format!("/api/v1/accounts/{}", id(&old))).await;
    assert_eq!(shown["moved"]["username"], "robert");
    robert.posts("the new home").await;
    reads(&alice, "the new home").await;
    reads(&neighbour, "the new home").await;
    let (status, _) = alice.try_post(&format!("/api/v1/accounts/{}/follow", id(&old)), json!({})).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    trio.finish().await;
}
