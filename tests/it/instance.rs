//! What the server says of itself.

use serde_json::Value;

use crate::support::TestServer;

async fn get(server: &TestServer, path: &str) -> Value {
    let response = server.http.get(format!("{}{path}", server.base)).send().await.unwrap();
    assert!(response.status().is_success(), "{path}: {}", response.status());
    response.json().await.unwrap()
}

#[tokio::test]
async fn both_versions_say_what_composers_need() {
    let rules = vec!["Be kind".to_owned(), "No spam".to_owned()];
    let server = TestServer::start_with(|config| config.instance.rules = rules).await;
    let alice = server.with_user("alice").await;
    alice.posts("hello").await;
    let v2 = get(&server, "/api/v2/instance").await;
    assert_eq!(v2["configuration"]["polls"]["max_options"], 4);
    assert_eq!(v2["configuration"]["statuses"]["max_characters"], 500);
    assert_eq!(v2["usage"]["users"]["active_month"], 1);
    assert_eq!(v2["rules"][1]["text"], "No spam");
    assert!(v2["configuration"]["urls"]["streaming"].as_str().unwrap().starts_with("ws://"));
    let v1 = get(&server, "/api/v1/instance").await;
    assert_eq!(v1["stats"]["user_count"], 1);
    assert_eq!(v1["stats"]["status_count"], 1);
    assert_eq!(v1["uri"], v2["domain"]);
    assert_eq!(get(&server, "/api/v1/instance/rules").await[0]["id"], "1");
    let weeks = get(&server, "/api/v1/instance/activity").await;
    assert_eq!(weeks.as_array().unwrap().len(), 12);
    assert_eq!(weeks[0]["statuses"], "1");
    assert_eq!(get(&server, "/nodeinfo/2.0").await["usage"]["localPosts"], 1);
    server.finish().await;
}

#[tokio::test]
async fn webfinger_finds_local_accounts_in_both_forms() {
    let server = TestServer::start().await;
    server.with_user("Alice").await;
    for resource in [format!("acct:alice@{}", server.app.domain), format!("{}/@alice", server.base)] {
        let found = get(&server, &format!("/.well-known/webfinger?resource={resource}")).await;
        assert_eq!(found["subject"], format!("acct:Alice@{}", server.app.domain));
    }
    let missing = format!("{}/.well-known/webfinger?resource=acct:alice@elsewhere.example", server.base);
    assert_eq!(server.http.get(missing).send().await.unwrap().status(), 404);
    server.finish().await;
}
