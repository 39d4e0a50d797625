//! Lists of accounts.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Person, TestServer, id};

async fn follow(person: &Person, target: &Person) {
    person.post(&format!("/api/v1/accounts/{}/follow", target.id), json!({})).await;
}

async fn add(person: &Person, list: &str, members: &[&Person]) -> (StatusCode, Value) {
    let ids: Vec<_> = members.iter().map(|member| member.id.to_string()).collect();
    person.try_post(&format!("/api/v1/lists/{list}/accounts"), json!({ "account_ids": ids })).await
}

async fn members(person: &Person, list: &str, query: &str) -> Vec<String> {
    let accounts = person.get(&format!("/api/v1/lists/{list}/accounts{query}")).await;
    accounts.as_array().unwrap().iter().map(|account| account["acct"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_list_is_made_changed_and_deleted() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let made = alice.post("/api/v1/lists", json!({ "title": " Friends " })).await;
    let path = format!("/api/v1/lists/{}", id(&made));
    assert_eq!(made, json!({ "id": id(&made), "title": "Friends", "replies_policy": "list", "exclusive": false }));
    assert_eq!(alice.get(&path).await, made);
    let change = alice.request(Method::PUT, &path).form(&[("replies_policy", "none"), ("exclusive", "true")]);
    let (status, changed) = alice.send(change).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        (&changed["title"], &changed["replies_policy"], &changed["exclusive"]),
        (&json!("Friends"), &json!("none"), &json!(true))
    );
    assert_eq!(alice.get("/api/v1/lists").await, json!([changed]));

    for body in [json!({}), json!({ "title": " " }), json!({ "title": "x", "replies_policy": "some" })] {
        let (status, refused) = alice.try_post("/api/v1/lists", body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{refused}");
    }
    assert_eq!(alice.delete(&path).await, json!({}));
    assert_eq!(alice.try_get(&path).await.0, StatusCode::NOT_FOUND);
    assert_eq!(alice.get("/api/v1/lists").await, json!([]));
    assert_eq!(alice.send(alice.request(Method::DELETE, &path)).await.0, StatusCode::NOT_FOUND);
    for nowhere in ["/api/v1/lists/-3", "/api/v1/lists/5"] {
        assert_eq!(alice.send(alice.request(Method::DELETE, nowhere)).await.0, StatusCode::NOT_FOUND);
    }
    server.finish().await;
}

#[tokio::test]
async fn the_same_key_makes_one_list() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let make = || {
        let request = alice.request(Method::POST, "/api/v1/lists").header("Idempotency-Key", "k");
        alice.send(request.json(&json!({ "title": "once" })))
    };
    let ((_, one), (_, two)) = tokio::join!(make(), make());
    let (_, three) = make().await;
    assert_eq!((&one["id"], &one["id"]), (&two["id"], &three["id"]));
    assert_eq!(alice.get("/api/v1/lists").await.as_array().unwrap().len(), 1);
    server.finish().await;
}

#[tokio::test]
async fn only_whom_one_follows_is_on_a_list() {
    let server = TestServer::start().await;
    let (alice, bob, carol) =
        (server.with_user("alice").await, server.with_user("bob").await, server.with_user("carol").await);
    let list = alice.post("/api/v1/lists", json!({ "title": "Friends" })).await;
    let list = id(&list);
    follow(&alice, &bob).await;
    assert_eq!(add(&alice, list, &[&carol]).await.0, StatusCode::NOT_FOUND);
    assert_eq!(add(&alice, list, &[&bob, &carol]).await.0, StatusCode::NOT_FOUND, "all or none");
    assert_eq!(members(&alice, list, "").await, [""; 0]);
    for _ in 0..2 {
        assert_eq!(add(&alice, list, &[&bob, &alice, &bob]).await, (StatusCode::OK, json!({})));
        assert_eq!(members(&alice, list, "").await.len(), 2);
    }
    follow(&alice, &carol).await;
    assert!(add(&alice, list, &[&carol]).await.0.is_success());
    assert_eq!(members(&alice, list, "?limit=1").await, ["carol"]);
    assert_eq!(members(&alice, list, "?limit=0").await.len(), 3);
    let with_bob = format!("/api/v1/accounts/{}/lists", bob.id);
    assert_eq!(alice.get(&with_bob).await[0]["id"], list);
    assert_eq!(bob.get(&with_bob).await, json!([]));

    for _ in 0..2 {
        let path = format!("/api/v1/lists/{list}/accounts?account_ids[]={}", carol.id);
        assert_eq!(alice.delete(&path).await, json!({}));
    }
    alice.post(&format!("/api/v1/accounts/{}/unfollow", bob.id), json!({})).await;
    assert_eq!(members(&alice, list, "").await, ["alice"]);
    follow(&alice, &bob).await;
    assert_eq!(members(&alice, list, "").await, ["alice"], "following again brings nobody back");
    assert!(add(&alice, list, &[&bob]).await.0.is_success());
    assert_eq!(members(&alice, list, "").await, ["bob", "alice"]);
    bob.post(&format!("/api/v1/accounts/{}/block", alice.id), json!({})).await;
    assert_eq!(members(&alice, list, "").await, ["alice"]);
    server.app.rebuild("core", |_, _| ()).await.unwrap();
    assert_eq!(members(&alice, list, "").await, ["alice"]);
    server.finish().await;
}

#[tokio::test]
async fn somebody_else_s_list_is_not_there() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let list = alice.post("/api/v1/lists", json!({ "title": "Secret" })).await;
    let path = format!("/api/v1/lists/{}", id(&list));
    let requests = [
        bob.request(Method::GET, &path),
        bob.request(Method::PUT, &path).json(&json!({ "title": "Mine" })),
        bob.request(Method::DELETE, &path),
        bob.request(Method::GET, &format!("{path}/accounts")),
        bob.request(Method::POST, &format!("{path}/accounts")).json(&json!({ "account_ids": [bob.id.to_string()] })),
        bob.request(Method::DELETE, &format!("{path}/accounts")).json(&json!({ "account_ids": [bob.id.to_string()] })),
    ];
    for request in requests {
        assert_eq!(bob.send(request).await.0, StatusCode::NOT_FOUND);
    }
    assert_eq!(bob.get("/api/v1/lists").await, json!([]));
    assert_eq!(alice.get(&path).await, list);
    let reader = server.token_for(Some(alice.id), &["read"]).await;
    let refused = server.http.delete(format!("{}{path}", server.base)).bearer_auth(reader).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    server.finish().await;
}
