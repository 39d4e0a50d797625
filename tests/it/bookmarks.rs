//! Keeping statuses for later, muting their conversations, pinning one's own.

use reqwest::StatusCode;
use serde_json::json;

use crate::support::{TestServer, id};

#[tokio::test]
async fn a_bookmark_is_kept_once_and_is_nobody_else_s() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let status = alice.posts("for later").await;
    let path = format!("/api/v1/statuses/{}", id(&status));
    for _ in 0..2 {
        assert_eq!(bob.post(&format!("{path}/bookmark"), json!({})).await["bookmarked"], true);
    }
    let (page, link) = bob.page("/api/v1/bookmarks").await;
    assert_eq!(page.as_array().unwrap().len(), 1);
    assert_eq!(page[0]["id"], status["id"]);
    assert!(link.next.is_none() && link.prev.is_some());
    assert_eq!(alice.get("/api/v1/bookmarks").await, json!([]));
    assert_eq!(bob.post(&format!("{path}/unbookmark"), json!({})).await["bookmarked"], false);
    assert_eq!(bob.get("/api/v1/bookmarks").await, json!([]));
    server.finish().await;
}

#[tokio::test]
async fn a_conversation_is_muted_as_a_whole() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let first = alice.posts("first").await;
    let body = json!({ "status": "second", "in_reply_to_id": id(&first) });
    let second = alice.post("/api/v1/statuses", body).await;
    let muted = bob.post(&format!("/api/v1/statuses/{}/mute", id(&second)), json!({})).await;
    assert_eq!(muted["muted"], true);
    assert_eq!(bob.get(&format!("/api/v1/statuses/{}", id(&first))).await["muted"], true);
    assert_eq!(alice.get(&format!("/api/v1/statuses/{}", id(&first))).await["muted"], false);
    let unmuted = bob.post(&format!("/api/v1/statuses/{}/unmute", id(&first)), json!({})).await;
    assert_eq!(unmuted["muted"], false);
    server.finish().await;
}

#[tokio::test]
async fn pins_are_one_s_own_and_few() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let mut statuses = Vec::new();
    for n in 0..6 {
        statuses.push(id(&alice.posts(&format!("{n}")).await).to_owned());
    }
    for status in &statuses[..5] {
        assert_eq!(alice.post(&format!("/api/v1/statuses/{status}/pin"), json!({})).await["pinned"], true);
    }
    // Again, at the limit: it already is.
    alice.post(&format!("/api/v1/statuses/{}/pin", statuses[0]), json!({})).await;
    let (status, body) = alice.try_post(&format!("/api/v1/statuses/{}/pin", statuses[5]), json!({})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    let (status, _) = bob.try_post(&format!("/api/v1/statuses/{}/pin", statuses[5]), json!({})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    for _ in 0..2 {
        assert_eq!(alice.post(&format!("/api/v1/statuses/{}/unpin", statuses[0]), json!({})).await["pinned"], false);
    }
    assert_eq!(alice.post(&format!("/api/v1/statuses/{}/pin", statuses[5]), json!({})).await["pinned"], true);
    assert!(bob.get(&format!("/api/v1/statuses/{}", statuses[5])).await.get("pinned").is_none());
    server.finish().await;
}
