//! Quoting a status: who may, what each sees of it, and what becomes of it.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Person, TestServer, id};

async fn quotes(person: &Person, quoted: &Value, text: &str) -> Value {
    person.post("/api/v1/statuses", json!({ "status": text, "quoted_status_id": quoted["id"] })).await
}

async fn posts_for(person: &Person, text: &str, policy: &str) -> Value {
    person.post("/api/v1/statuses", json!({ "status": text, "quote_approval_policy": policy })).await
}

fn path(status: &Value) -> String {
    format!("/api/v1/statuses/{}", id(status))
}

async fn state(person: &Person, quoting: &Value) -> Value {
    person.get(&path(quoting)).await["quote"]["state"].clone()
}

async fn heard(person: &Person, kind: &str) -> Vec<Value> {
    let told = person.get(&format!("/api/v1/notifications?types[]={kind}")).await;
    told.as_array().unwrap().iter().map(|told| told["status"]["id"].clone()).collect()
}

#[tokio::test]
async fn a_quote_shows_what_it_quotes() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let status = alice.posts("worth quoting").await;
    let approval = json!({ "automatic": ["public"], "manual": [], "current_user": "automatic" });
    assert_eq!((&status["quotes_count"], &status["quote_approval"]), (&json!(0), &approval));
    assert_eq!(status["quote"], Value::Null);

    let quoting = quotes(&bob, &status, "how true").await;
    assert_eq!(quoting["quote"]["state"], "accepted");
    assert_eq!(quoting["quote"]["quoted_status"]["id"], status["id"]);
    assert_eq!(quoting["quote"]["quoted_status"]["content"], status["content"]);
    let content = quoting["content"].as_str().unwrap();
    let link = format!("<p class=\"quote-inline\">RE: <a href=\"{}\"", status["url"].as_str().unwrap());
    assert!(content.starts_with(&link) && content.ends_with("<p>how true</p>"), "{content}");
    assert_eq!(alice.get(&path(&status)).await["quotes_count"], 1);
    assert_eq!(heard(&alice, "quote").await, [quoting["id"].clone()]);

    let again = quotes(&alice, &quoting, "quoted").await;
    let inner = &again["quote"]["quoted_status"]["quote"];
    assert_eq!(*inner, json!({ "state": "accepted", "quoted_status_id": status["id"] }), "quotes within quotes");
    let reblog = alice.post(&format!("{}/reblog", path(&quoting)), json!({})).await;
    assert_eq!((&reblog["quote"], &reblog["quotes_count"]), (&Value::Null, &json!(1)));
    assert_eq!(reblog["reblog"]["quote"]["quoted_status"]["id"], status["id"]);

    let linked = quotes(&bob, &status, &format!("see {}", status["url"].as_str().unwrap())).await;
    assert!(!linked["content"].as_str().unwrap().contains("quote-inline"), "it is linked to already");
    let (list, links) = alice.page(&format!("{}/quotes?limit=1", path(&status))).await;
    assert_eq!(list[0]["id"], linked["id"]);
    let (list, _) = alice.page(&links.next.unwrap()).await;
    assert_eq!(list[0]["id"], quoting["id"]);
    server.finish().await;
}

#[tokio::test]
async fn the_author_says_who_may_quote() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let try_quote = async |person: &Person, status: &Value| {
        let body = json!({ "status": "quoted", "quoted_status_id": status["id"] });
        person.try_post("/api/v1/statuses", body).await.0
    };
    let nobodys = posts_for(&alice, "mine", "nobody").await;
    assert_eq!(bob.get(&path(&nobodys)).await["quote_approval"]["current_user"], "denied");
    assert_eq!(try_quote(&bob, &nobodys).await, StatusCode::NOT_FOUND);
    assert_eq!(try_quote(&alice, &nobodys).await, StatusCode::OK, "one's own always");

    let followers = posts_for(&alice, "ours", "followers").await;
    assert_eq!(bob.get(&path(&followers)).await["quote_approval"]["automatic"], json!(["followers"]));
    assert_eq!(try_quote(&bob, &followers).await, StatusCode::NOT_FOUND);
    bob.post(&format!("/api/v1/accounts/{}/follow", alice.id), json!({})).await;
    assert_eq!(bob.get(&path(&followers)).await["quote_approval"]["current_user"], "automatic");
    assert_eq!(try_quote(&bob, &followers).await, StatusCode::OK);

    let private = json!({ "status": "secret", "visibility": "private", "quote_approval_policy": "public" });
    let private = alice.post("/api/v1/statuses", private).await;
    assert_eq!(private["quote_approval"], json!({ "automatic": [], "manual": [], "current_user": "automatic" }));
    assert_eq!(try_quote(&bob, &private).await, StatusCode::NOT_FOUND);
    assert_eq!(quotes(&alice, &private, "as I said").await["visibility"], "private", "no wider than what it quotes");

    let direct = json!({ "status": "@bob look", "visibility": "direct", "quoted_status_id": followers["id"] });
    let refused = bob.try_post("/api/v1/statuses", direct).await;
    assert_eq!(refused.0, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.1);
    let direct = json!({ "status": "@alice look", "visibility": "direct", "quoted_status_id": followers["id"] });
    bob.post("/api/v1/statuses", direct).await;

    alice.post(&format!("/api/v1/accounts/{}/block", bob.id), json!({})).await;
    let public = posts_for(&alice, "everybody's", "public").await;
    assert_eq!(try_quote(&bob, &public).await, StatusCode::NOT_FOUND);
    let unknown = json!({ "status": "x", "quoted_status_id": "1" });
    assert_eq!(alice.try_post("/api/v1/statuses", unknown).await.0, StatusCode::NOT_FOUND);
    let wrong = json!({ "status": "x", "quote_approval_policy": "everybody" });
    assert_eq!(alice.try_post("/api/v1/statuses", wrong).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    server.finish().await;
}

#[tokio::test]
async fn the_policy_has_a_default_and_can_be_changed() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let set = alice.request(Method::PATCH, "/api/v1/accounts/update_credentials");
    let (_, own) = alice.send(set.json(&json!({ "source": { "quote_policy": "nobody" } }))).await;
    assert_eq!(own["source"]["quote_policy"], "nobody");
    assert_eq!(alice.get("/api/v1/preferences").await["posting:default:quote_policy"], "nobody");
    let status = alice.posts("careful").await;
    assert_eq!(status["quote_approval"]["automatic"], json!([]));

    let policy = format!("{}/interaction_policy", path(&status));
    let open = json!({ "quote_approval_policy": "public" });
    let stranger = bob.send(bob.request(Method::PUT, &policy).json(&open)).await;
    assert_eq!(stranger.0, StatusCode::NOT_FOUND);
    let (code, opened) = alice.send(alice.request(Method::PUT, &policy).json(&open)).await;
    assert_eq!((code, &opened["quote_approval"]["automatic"]), (StatusCode::OK, &json!(["public"])));
    assert_eq!(opened["edited_at"], Value::Null);
    let quoting = quotes(&bob, &status, "so it is").await;

    let edit = json!({ "status": "careful again", "quote_approval_policy": "nobody" });
    let (_, edited) = alice.send(alice.request(Method::PUT, &path(&status)).json(&edit)).await;
    assert_eq!(edited["quote_approval"]["automatic"], json!([]));
    assert_eq!(state(&bob, &quoting).await, "accepted", "what was agreed to holds");
    assert_eq!(
        heard(&bob, "quoted_update").await,
        [quoting["id"].clone()],
        "bob's quote is attached, not what he quoted"
    );

    let edit = json!({ "status": "otherwise" });
    let (_, edited) = bob.send(bob.request(Method::PUT, &path(&quoting)).json(&edit)).await;
    assert_eq!(edited["quote"]["quoted_status"]["id"], status["id"], "an edit keeps the quote");
    let history = bob.get(&format!("{}/history", path(&quoting))).await;
    assert_eq!(history[0]["quote"]["quoted_status"]["id"], status["id"]);
    server.finish().await;
}

#[tokio::test]
async fn the_author_takes_it_back() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let (status, other) = (alice.posts("quoted").await, alice.posts("not quoted").await);
    let quoting = quotes(&bob, &status, "quotes").await;
    let revoke = format!("{}/quotes/{}/revoke", path(&status), id(&quoting));
    assert_eq!(bob.try_post(&revoke, json!({})).await.0, StatusCode::NOT_FOUND, "it is not bob's");
    let elsewhere = format!("{}/quotes/{}/revoke", path(&other), id(&quoting));
    assert_eq!(alice.try_post(&elsewhere, json!({})).await.0, StatusCode::NOT_FOUND, "it does not quote that one");
    for _ in 0..2 {
        let revoked = alice.post(&revoke, json!({})).await;
        assert_eq!(revoked["quote"], json!({ "state": "revoked", "quoted_status": null }));
        assert!(!revoked["content"].as_str().unwrap().contains("quote-inline"));
    }
    assert_eq!(alice.get(&path(&status)).await["quotes_count"], 0);
    assert_eq!(alice.get(&format!("{}/quotes", path(&status))).await, json!([]));
    let gone = bob.delete(&path(&quoting)).await;
    assert_eq!(gone["quote"]["quoted_status"]["id"], status["id"], "to be quoted anew, whatever the state was");
    server.finish().await;
}

#[tokio::test]
async fn whichever_is_deleted_first() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let status = alice.posts("quoted").await;
    let (first, second) = (quotes(&bob, &status, "first").await, quotes(&bob, &status, "second").await);
    bob.delete(&path(&first)).await;
    assert_eq!(alice.get(&path(&status)).await["quotes_count"], 1);
    let edit = alice.request(Method::PUT, &path(&status)).json(&json!({ "status": "edited" }));
    assert_eq!(alice.send(edit).await.0, StatusCode::OK);
    assert_eq!(heard(&bob, "quoted_update").await.len(), 1);
    alice.delete(&path(&status)).await;
    assert_eq!(bob.get(&path(&second)).await["quote"], json!({ "state": "deleted", "quoted_status": null }));
    assert_eq!(heard(&bob, "quoted_update").await.len(), 0);
    assert_eq!(bob.try_get(&format!("{}/quotes", path(&status))).await.0, StatusCode::NOT_FOUND);
    server.app.rebuild("core", |_, _| ()).await.unwrap();
    assert_eq!(state(&bob, &second).await, "deleted");
    server.finish().await;
}

#[tokio::test]
async fn each_sees_what_they_may_see() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let (carol, dora) = (server.with_user("carol").await, server.with_user("dora").await);
    let quoting = quotes(&bob, &alice.posts("quoted").await, "quotes").await;
    carol.post(&format!("/api/v1/accounts/{}/block", alice.id), json!({})).await;
    dora.post(&format!("/api/v1/accounts/{}/mute", alice.id), json!({})).await;
    for (viewer, state, shown) in
        [(&bob, "accepted", true), (&carol, "blocked_account", true), (&dora, "muted_account", true)]
    {
        let quote = viewer.get(&path(&quoting)).await["quote"].clone();
        assert_eq!((&quote["state"], quote["quoted_status"].is_object()), (&json!(state), shown));
    }
    alice.post(&format!("/api/v1/accounts/{}/block", dora.id), json!({})).await;
    let quote = dora.get(&path(&quoting)).await["quote"].clone();
    assert_eq!(quote, json!({ "state": "unauthorized", "quoted_status": null }));

    let private = alice.post("/api/v1/statuses", json!({ "status": "friends", "visibility": "private" })).await;
    let reminder =
        json!({ "status": "friends, I said, @bob", "visibility": "private", "quoted_status_id": private["id"] });
    let reminder = alice.post("/api/v1/statuses", reminder).await;
    assert_eq!(state(&alice, &reminder).await, "accepted");
    assert_eq!(state(&bob, &reminder).await, "unauthorized", "bob is named by the one, not by the other");
    server.finish().await;
}
