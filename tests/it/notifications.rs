//! Notifications one by one and in groups, and markers.

use chronodon_events::StatusId;
use reqwest::StatusCode;
use serde_json::json;

use crate::support::{Person, TestServer, id};

fn status_id(status: &serde_json::Value) -> StatusId {
    id(status).parse().unwrap()
}

async fn favourites(server: &TestServer, person: &Person, status: &serde_json::Value) {
    let by = chronodon::commands::By::account(person.id);
    server.app.commands.add_favourite(by, person.id, status_id(status), None).await.unwrap();
}

#[tokio::test]
async fn what_others_do_is_told_and_taken_back() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let post = alice.posts("hello").await;
    favourites(&server, &bob, &post).await;
    let reply = bob.posts("hi @alice").await;

    let told = alice.get("/api/v1/notifications").await;
    let kinds: Vec<_> = told.as_array().unwrap().iter().map(|n| n["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["mention", "favourite"]);
    assert_eq!(told[0]["status"]["id"], reply["id"]);
    assert_eq!(told[1]["account"]["acct"], "bob");
    assert_eq!(alice.get("/api/v1/notifications?types[]=mention").await.as_array().unwrap().len(), 1);
    assert_eq!(alice.get("/api/v1/notifications?exclude_types[]=mention").await[0]["type"], "favourite");
    assert_eq!(alice.get("/api/v1/notifications/unread_count").await["count"], 2);

    let by = chronodon::commands::By::account(bob.id);
    server.app.commands.remove_favourite(by, bob.id, status_id(&post)).await.unwrap();
    bob.delete(&format!("/api/v1/statuses/{}", id(&reply))).await;
    assert_eq!(alice.get("/api/v1/notifications").await, json!([]));
    server.finish().await;
}

#[tokio::test]
async fn groups_have_counts_samples_and_keys() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let post = alice.posts("popular").await;
    for name in ["bob", "carol", "dave"] {
        let fan = server.with_user(name).await;
        favourites(&server, &fan, &post).await;
    }
    let page = alice.get("/api/v2/notifications").await;
    let group = &page["notification_groups"][0];
    assert_eq!(page["notification_groups"].as_array().unwrap().len(), 1);
    assert_eq!(group["notifications_count"], 3);
    assert_eq!(group["sample_account_ids"].as_array().unwrap().len(), 3);
    assert_eq!(page["accounts"].as_array().unwrap().len(), 3);
    assert_eq!(page["statuses"][0]["id"], post["id"]);
    let key = group["group_key"].as_str().unwrap();
    assert_eq!(alice.get(&format!("/api/v2/notifications/{key}/accounts")).await.as_array().unwrap().len(), 3);
    assert_eq!(alice.get(&format!("/api/v2/notifications/{key}")).await["notification_groups"][0]["group_key"], key);
    assert_eq!(alice.get("/api/v2/notifications/unread_count").await["count"], 1);
    let partial = alice.get("/api/v2/notifications?expand_accounts=partial_avatars").await;
    assert_eq!(partial["accounts"].as_array().unwrap().len(), 1);
    assert_eq!(partial["partial_accounts"].as_array().unwrap().len(), 2);
    alice.post(&format!("/api/v2/notifications/{key}/dismiss"), json!({})).await;
    assert_eq!(alice.get("/api/v2/notifications").await["notification_groups"], json!([]));
    server.finish().await;
}

#[tokio::test]
async fn they_are_dismissed_and_cleared_by_their_owner_only() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    bob.posts("one @alice").await;
    bob.posts("two @alice").await;
    let told = alice.get("/api/v1/notifications").await;
    let path = format!("/api/v1/notifications/{}", id(&told[0]));
    assert_eq!(bob.try_get(&path).await.0, StatusCode::NOT_FOUND);
    assert_eq!(bob.try_post(&format!("{path}/dismiss"), json!({})).await.0, StatusCode::NOT_FOUND);
    alice.post(&format!("{path}/dismiss"), json!({})).await;
    assert_eq!(alice.try_get(&path).await.0, StatusCode::NOT_FOUND);
    alice.post("/api/v1/notifications/clear", json!({})).await;
    assert_eq!(alice.get("/api/v1/notifications").await, json!([]));
    server.app.rebuild("core", |_, _| ()).await.unwrap();
    assert_eq!(alice.get("/api/v1/notifications").await, json!([]));
    server.finish().await;
}

#[tokio::test]
async fn markers_move() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    assert_eq!(alice.get("/api/v1/markers?timeline[]=home").await, json!({}));
    let moved = alice.post("/api/v1/markers", json!({ "home": { "last_read_id": "5" } })).await;
    assert_eq!(moved["home"]["last_read_id"], "5");
    alice.post("/api/v1/markers", json!({ "home": { "last_read_id": "9" } })).await;
    let read = alice.get("/api/v1/markers?timeline[]=home&timeline[]=notifications").await;
    assert_eq!(read["home"]["last_read_id"], "9");
    assert_eq!(read["home"]["version"], 1);
    server.finish().await;
}

#[tokio::test]
async fn what_the_muted_and_the_blocked_whisper_is_not_told() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let whisper = || bob.post("/api/v1/statuses", json!({ "status": "@alice psst", "visibility": "direct" }));
    whisper().await;
    for (shut_out, let_in) in [("mute", "unmute"), ("block", "unblock")] {
        assert_eq!(alice.get("/api/v1/notifications").await[0]["type"], "mention", "before the {shut_out}");
        alice.post(&format!("/api/v1/accounts/{}/{shut_out}", bob.id), json!({})).await;
        whisper().await;
        for path in ["/api/v1/notifications", "/api/v1/timelines/home"] {
            assert_eq!(alice.get(path).await, json!([]), "{shut_out}: {path}");
        }
        assert_eq!(alice.get("/api/v2/notifications").await["notification_groups"], json!([]), "{shut_out}");
        alice.post(&format!("/api/v1/accounts/{}/{let_in}", bob.id), json!({})).await;
    }
    server.finish().await;
}
