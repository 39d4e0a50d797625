//! Posting, reading and deleting.

use chronodon_event_log::Body;
use chronodon_events::Position;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::{TestServer, id};

#[tokio::test]
async fn a_post_is_read_by_everyone() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let bob = server.with_user("bob").await;
    let posted = alice.posts("Hello @bob, see #Rust at https://example.org/a").await;
    assert_eq!(posted["account"]["acct"], "alice");
    assert_eq!(posted["favourited"], false);
    assert_eq!(posted["mentions"][0]["acct"], "bob");
    assert_eq!(posted["tags"][0]["name"], "rust");
    assert!(posted["content"].as_str().unwrap().contains("u-url mention"));

    let seen = bob.get(&format!("/api/v1/statuses/{}", id(&posted))).await;
    assert_eq!(seen["content"], posted["content"]);
    let anonymous = server.http.get(format!("{}/api/v1/statuses/{}", server.base, id(&posted))).send().await.unwrap();
    assert_eq!(anonymous.status(), StatusCode::OK);
    let anonymous: serde_json::Value = anonymous.json().await.unwrap();
    assert!(anonymous.get("favourited").is_none());
    server.finish().await;
}

#[tokio::test]
async fn the_same_key_posts_once() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let post = || {
        let request = alice.request(Method::POST, "/api/v1/statuses").header("Idempotency-Key", "k1");
        alice.send(request.json(&json!({ "status": "once" })))
    };
    let ((first, one), (second, two), (third, three)) = tokio::join!(post(), post(), post());
    assert!(first.is_success() && second.is_success() && third.is_success(), "{one} {two} {three}");
    assert_eq!(one["id"], two["id"]);
    assert_eq!(one["id"], three["id"]);
    let (_, again) = post().await;
    assert_eq!(one["id"], again["id"]);
    server.finish().await;
}

#[tokio::test]
async fn a_deleted_post_is_erased_and_a_replay_agrees() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let posted = alice.posts("canary #gone").await;
    let kept = alice.posts("stays").await;
    let path = format!("/api/v1/statuses/{}", id(&posted));
    let deleted = alice.delete(&path).await;
    assert_eq!(deleted["text"], "canary #gone");
    assert_eq!(alice.try_get(&path).await.0, StatusCode::NOT_FOUND);
    assert_eq!(alice.send(alice.request(Method::DELETE, &path)).await.0, StatusCode::NOT_FOUND);
    let history = server.app.history(Position::START, 100).await.unwrap();
    assert!(history.iter().any(|event| event.body == Body::Erased("status.posted".to_owned())));
    assert_eq!(alice.get(&format!("/api/v1/statuses/{}", id(&kept))).await["account"]["statuses_count"], 1);
    server.app.rebuild("core", |_, _| ()).await.unwrap();
    assert_eq!(alice.get(&format!("/api/v1/statuses/{}", id(&kept))).await["account"]["statuses_count"], 1);
    assert_eq!(alice.posts("after").await["account"]["statuses_count"], 2);
    server.finish().await;
}

#[tokio::test]
async fn two_processes_show_what_either_acknowledged() {
    let server = TestServer::start().await;
    let second = server.second().await;
    let alice = server.with_user("alice").await;
    let there = alice.on(&second);
    for round in 0..20 {
        let posted = alice.posts(&format!("first {round}")).await;
        there.get(&format!("/api/v1/statuses/{}", id(&posted))).await;
        let posted = there.posts(&format!("second {round}")).await;
        alice.get(&format!("/api/v1/statuses/{}", id(&posted))).await;
    }
    second.finish().await;
    server.finish().await;
}

#[tokio::test]
async fn who_may_not_see_it_does_not() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let bob = server.with_user("bob").await;
    let carol = server.with_user("carol").await;
    for (visibility, mentioned_sees) in [("private", true), ("direct", true)] {
        let body = json!({ "status": "for @bob", "visibility": visibility });
        let posted = alice.post("/api/v1/statuses", body).await;
        let path = format!("/api/v1/statuses/{}", id(&posted));
        assert_eq!(bob.try_get(&path).await.0.is_success(), mentioned_sees);
        assert_eq!(carol.try_get(&path).await.0, StatusCode::NOT_FOUND);
    }
    server.finish().await;
}

#[tokio::test]
async fn bad_input_is_refused_in_the_api_s_shape() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let (status, body) = alice.try_post("/api/v1/statuses", json!({ "status": "" })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(body["error"], "Validation failed: Text can't be blank");
    let reader = server.token_for(Some(alice.id), &["read"]).await;
    let request = server.http.post(format!("{}/api/v1/statuses", server.base)).bearer_auth(reader);
    assert_eq!(request.json(&json!({ "status": "x" })).send().await.unwrap().status(), StatusCode::FORBIDDEN);
    let app_only = server.token_for(None, &["read", "write"]).await;
    let request = server.http.post(format!("{}/api/v1/statuses", server.base)).bearer_auth(app_only);
    let refused = request.json(&json!({ "status": "x" })).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    server.finish().await;
}
