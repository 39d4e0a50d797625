//! Saying it otherwise, and what was said before.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Person, TestServer, id};

async fn edits(person: &Person, status: &Value, body: Value) -> (StatusCode, Value) {
    let request = person.request(Method::PUT, &format!("/api/v1/statuses/{}", id(status)));
    person.send(request.json(&body)).await
}

#[tokio::test]
async fn an_edit_replaces_what_is_said_and_keeps_what_was() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let body = json!({ "status": "frist #one", "language": "de", "spoiler_text": "cw" });
    let status = alice.post("/api/v1/statuses", body).await;
    assert_eq!(status["edited_at"], Value::Null);
    let path = format!("/api/v1/statuses/{}", id(&status));
    let history = bob.get(&format!("{path}/history")).await;
    assert_eq!(history.as_array().unwrap().len(), 1, "{history}");
    bob.post(&format!("{path}/favourite"), json!({})).await;

    let (code, edited) = edits(&alice, &status, json!({ "status": "first #two @bob" })).await;
    assert_eq!(code, StatusCode::OK, "{edited}");
    assert!(edited["edited_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!((&edited["spoiler_text"], &edited["sensitive"]), (&json!(""), &json!(false)));
    assert_eq!(edited["language"], "de", "kept when the edit does not say");
    assert_eq!((&edited["tags"][0]["name"], &edited["mentions"][0]["acct"]), (&json!("two"), &json!("bob")));
    assert_eq!((&edited["favourites_count"], &edited["created_at"]), (&json!(1), &status["created_at"]));

    // The same again is no edit.
    let (_, again) = edits(&alice, &status, json!({ "status": "first #two @bob" })).await;
    assert_eq!(again["edited_at"], edited["edited_at"]);
    for round in 0..2 {
        let history = bob.get(&format!("{path}/history")).await;
        let history = history.as_array().unwrap();
        assert_eq!(history.len(), 2, "round {round}");
        assert_eq!((&history[0]["spoiler_text"], &history[0]["created_at"]), (&json!("cw"), &status["created_at"]));
        assert_eq!((&history[1]["content"], &history[1]["created_at"]), (&edited["content"], &edited["edited_at"]));
        assert_eq!(history[1]["account"]["acct"], "alice");
        server.app.rebuild("core", |_, _| ()).await.unwrap();
    }
    let source = alice.get(&format!("{path}/source")).await;
    assert_eq!(source, json!({ "id": id(&status), "text": "first #two @bob", "spoiler_text": "" }));
    server.finish().await;
}

#[tokio::test]
async fn only_the_author_edits_and_nobody_to_nothing() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let status = alice.posts("mine").await;
    assert_eq!(edits(&bob, &status, json!({ "status": "yours" })).await.0, StatusCode::NOT_FOUND);
    assert_eq!(edits(&alice, &status, json!({ "status": "" })).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    alice.delete(&format!("/api/v1/statuses/{}", id(&status))).await;
    assert_eq!(edits(&alice, &status, json!({ "status": "again" })).await.0, StatusCode::NOT_FOUND);
    let history = format!("/api/v1/statuses/{}/history", id(&status));
    assert_eq!(alice.try_get(&history).await.0, StatusCode::NOT_FOUND);
    server.finish().await;
}

#[tokio::test]
async fn a_deleted_status_leaves_no_version_and_a_replay_agrees() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let poll = json!({ "options": ["a", "b"], "expires_in": 600 });
    let status = alice.post("/api/v1/statuses", json!({ "status": "canary #one", "poll": poll })).await;
    edits(&alice, &status, json!({ "status": "canary #two" })).await;
    let history = alice.get(&format!("/api/v1/statuses/{}/history", id(&status))).await;
    assert_eq!(history[0]["poll"]["options"][0]["title"], "a");
    assert!(history[1].get("poll").is_none());
    alice.delete(&format!("/api/v1/statuses/{}", id(&status))).await;
    server.app.rebuild("core", |_, _| ()).await.unwrap();
    server.finish().await;
}
