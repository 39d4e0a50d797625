//! Showing a status to one's followers.

use reqwest::StatusCode;
use serde_json::json;

use crate::support::{TestServer, id};

#[tokio::test]
async fn reblogging_twice_gives_the_first() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let status = alice.posts("worth showing").await;
    let path = format!("/api/v1/statuses/{}", id(&status));
    let reblog = bob.post(&format!("{path}/reblog"), json!({})).await;
    assert_ne!(reblog["id"], status["id"]);
    assert_eq!(reblog["account"]["acct"], "bob");
    assert_eq!(reblog["content"], "");
    assert_eq!(reblog["reblogged"], true);
    assert_eq!(reblog["reblog"]["id"], status["id"]);
    assert_eq!(reblog["reblog"]["content"], status["content"]);
    assert_eq!(reblog["reblog"]["reblogs_count"], 1);
    assert_eq!(bob.post(&format!("{path}/reblog"), json!({})).await["id"], reblog["id"]);

    // A reblog of a reblog is one of the status.
    let again = alice.post(&format!("/api/v1/statuses/{}/reblog", id(&reblog)), json!({})).await;
    assert_eq!(again["reblog"]["id"], status["id"]);
    assert_eq!(alice.get(&path).await["reblogs_count"], 2);

    for _ in 0..2 {
        let original = bob.post(&format!("{path}/unreblog"), json!({})).await;
        assert_eq!((&original["id"], &original["reblogged"]), (&status["id"], &json!(false)));
        assert_eq!(original["reblogs_count"], 1);
    }
    assert_eq!(bob.try_get(&format!("/api/v1/statuses/{}", id(&reblog))).await.0, StatusCode::NOT_FOUND);
    // Again after all, under a new id.
    assert_ne!(bob.post(&format!("{path}/reblog"), json!({})).await["id"], reblog["id"]);
    server.finish().await;
}

#[tokio::test]
async fn many_at_once_make_one_reblog() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let status = alice.posts("worth showing").await;
    let path = format!("/api/v1/statuses/{}/reblog", id(&status));
    let reblogs = futures::future::join_all((0..8).map(|_| bob.post(&path, json!({})))).await;
    assert!(reblogs.iter().all(|reblog| reblog["id"] == reblogs[0]["id"]));
    assert_eq!(alice.get(&format!("/api/v1/statuses/{}", id(&status))).await["reblogs_count"], 1);
    server.finish().await;
}

#[tokio::test]
async fn what_is_not_for_everyone_is_for_its_author_to_reblog() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let post = |visibility: &'static str| {
        alice.post("/api/v1/statuses", json!({ "status": "for @bob", "visibility": visibility }))
    };
    let private = post("private").await;
    let path = format!("/api/v1/statuses/{}/reblog", id(&private));
    assert_eq!(bob.try_post(&path, json!({})).await.0, StatusCode::FORBIDDEN);
    let own = alice.post(&path, json!({ "visibility": "public" })).await;
    assert_eq!(own["visibility"], "private");
    let direct = post("direct").await;
    let path = format!("/api/v1/statuses/{}/reblog", id(&direct));
    assert_eq!(alice.try_post(&path, json!({})).await.0, StatusCode::FORBIDDEN);
    let public = post("public").await;
    let path = format!("/api/v1/statuses/{}/reblog", id(&public));
    assert_eq!(bob.post(&path, json!({ "visibility": "unlisted" })).await["visibility"], "unlisted");
    let unknown = bob.try_post(&path, json!({ "visibility": "everybody" })).await;
    assert_eq!(unknown.0, StatusCode::UNPROCESSABLE_ENTITY);
    server.finish().await;
}

#[tokio::test]
async fn a_reblog_for_followers_is_nobody_else_s_to_see() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let status = alice.posts("public").await;
    let path = format!("/api/v1/statuses/{}/reblog", id(&status));
    let reblog = bob.post(&path, json!({ "visibility": "private" })).await;
    let path = format!("/api/v1/statuses/{}", id(&reblog));
    assert_eq!(alice.try_get(&path).await.0, StatusCode::NOT_FOUND);
    assert_eq!(alice.get(&format!("/api/v1/statuses?id[]={}", id(&reblog))).await, json!([]));
    let (_, by) = alice.try_get(&format!("/api/v1/statuses/{}/reblogged_by", id(&status))).await;
    assert_eq!(by, json!([]));
    assert_eq!(bob.get(&path).await["reblog"]["id"], status["id"]);
    // Deleting it takes it back.
    bob.delete(&path).await;
    assert_eq!(bob.get(&format!("/api/v1/statuses/{}", id(&status))).await["reblogged"], false);
    server.finish().await;
}
