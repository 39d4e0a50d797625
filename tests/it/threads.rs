//! The thread around a status.

use serde_json::{Value, json};

use crate::support::{Person, TestServer, id};

async fn answers(person: &Person, status: &Value, text: &str) -> Value {
    person.post("/api/v1/statuses", json!({ "status": text, "in_reply_to_id": id(status) })).await
}

fn texts(statuses: &Value) -> Vec<&str> {
    let content = |status: &'_ Value| status["content"].as_str().unwrap().len();
    let statuses = statuses.as_array().unwrap();
    statuses.iter().map(|status| &status["content"].as_str().unwrap()[3..content(status) - 4]).collect()
}

#[tokio::test]
async fn a_thread_reads_branch_by_branch() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let root = alice.posts("root").await;
    let b1 = answers(&bob, &root, "bob 1").await;
    let b2 = answers(&bob, &root, "bob 2").await;
    let own = answers(&alice, &root, "goes on").await;
    let deep = answers(&alice, &b1, "to bob 1").await;
    let further = answers(&alice, &deep, "and further").await;
    assert_eq!(further["in_reply_to_account_id"], b1["account"]["id"], "still answers bob");
    assert_eq!(root["replies_count"], 0);
    assert_eq!(bob.get(&format!("/api/v1/statuses/{}", id(&root))).await["replies_count"], 3);

    let context = bob.get(&format!("/api/v1/statuses/{}/context", id(&root))).await;
    assert_eq!(texts(&context["descendants"]), ["goes on", "bob 1", "to bob 1", "and further", "bob 2"]);
    assert_eq!(texts(&context["ancestors"]), [""; 0]);
    let context = bob.get(&format!("/api/v1/statuses/{}/context", id(&further))).await;
    assert_eq!(texts(&context["ancestors"]), ["root", "bob 1", "to bob 1"]);
    assert_eq!(texts(&context["descendants"]), [""; 0]);

    // What is deleted takes nothing below with it, but the way to it.
    bob.delete(&format!("/api/v1/statuses/{}", id(&b1))).await;
    for _ in 0..2 {
        let context = bob.get(&format!("/api/v1/statuses/{}/context", id(&root))).await;
        assert_eq!(texts(&context["descendants"]), ["goes on", "bob 2"]);
        let context = bob.get(&format!("/api/v1/statuses/{}/context", id(&further))).await;
        assert_eq!(texts(&context["ancestors"]), ["to bob 1"]);
        server.app.rebuild("core", |_, _| ()).await.unwrap();
    }
    let _ = (b2, own);
    server.finish().await;
}

#[tokio::test]
async fn what_a_viewer_may_not_see_is_not_in_the_thread() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let root = alice.posts("root").await;
    let body = json!({ "status": "secret", "in_reply_to_id": id(&root), "visibility": "private" });
    let secret = alice.post("/api/v1/statuses", body).await;
    let public = answers(&alice, &secret, "public again").await;
    let context = |person: &Person, status: &Value| {
        let (person, path) = (person.clone(), format!("/api/v1/statuses/{}/context", id(status)));
        async move { person.get(&path).await }
    };
    assert_eq!(texts(&context(&alice, &root).await["descendants"]), ["secret", "public again"]);
    assert_eq!(texts(&context(&bob, &root).await["descendants"]), ["public again"]);
    assert_eq!(texts(&context(&bob, &public).await["ancestors"]), ["root"]);
    assert_eq!(bob.get(&format!("/api/v1/statuses/{}", id(&root))).await["replies_count"], 0);
    server.finish().await;
}

#[tokio::test]
async fn the_anonymous_see_a_part_of_a_long_thread() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let mut thread = vec![alice.posts("0").await];
    for n in 1..=45 {
        thread.push(answers(&alice, &thread[n - 1], &n.to_string()).await);
    }
    let last = format!("/api/v1/statuses/{}/context", id(&thread[45]));
    assert_eq!(alice.get(&last).await["ancestors"].as_array().unwrap().len(), 45);
    let anonymous = server.http.get(format!("{}{last}", server.base)).send().await.unwrap();
    let anonymous: Value = anonymous.json().await.unwrap();
    assert_eq!(anonymous["ancestors"].as_array().unwrap().len(), 40);
    assert_eq!(texts(&anonymous["ancestors"])[39], "44", "the nearest");
    let first = format!("/api/v1/statuses/{}/context", id(&thread[0]));
    let anonymous = server.http.get(format!("{}{first}", server.base)).send().await.unwrap();
    let anonymous: Value = anonymous.json().await.unwrap();
    assert_eq!(anonymous["descendants"].as_array().unwrap().len(), 20);
    server.finish().await;
}
