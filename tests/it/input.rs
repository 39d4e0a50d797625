//! What clients send and nothing here can hold: texts beyond all bounds, and characters that PostgreSQL has no place for.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Person, TestServer, id};

/// Every text that a person can hand in: where, and what else has to be with it.
fn texts(status: &Value, person: &Person, text: &str) -> Vec<(Method, String, Value)> {
    let path = format!("/api/v1/statuses/{}", id(status));
    let account = format!("/api/v1/accounts/{}", person.id);
    vec![
        (Method::POST, "/api/v1/statuses".to_owned(), json!({ "status": text })),
        (Method::POST, "/api/v1/statuses".to_owned(), json!({ "status": "x", "spoiler_text": text })),
        (
            Method::POST,
            "/api/v1/statuses".to_owned(),
            json!({ "status": "x", "poll": { "options": [text, "b"], "expires_in": 600 } }),
        ),
        (Method::PUT, path, json!({ "status": text })),
        (Method::POST, "/api/v1/lists".to_owned(), json!({ "title": text })),
        (Method::POST, format!("{account}/note"), json!({ "comment": text })),
        (Method::POST, "/api/v1/reports".to_owned(), json!({ "account_id": person.id.to_string(), "comment": text })),
        (Method::PATCH, "/api/v1/accounts/update_credentials".to_owned(), json!({ "display_name": text })),
        (Method::PATCH, "/api/v1/accounts/update_credentials".to_owned(), json!({ "note": text })),
        (Method::POST, "/api/v1/domain_blocks".to_owned(), json!({ "domain": text })),
        (
            Method::POST,
            "/api/v1/apps".to_owned(),
            json!({ "client_name": text, "redirect_uris": "urn:ietf:wg:oauth:2.0:oob" }),
        ),
        (Method::POST, "/api/v1/apps".to_owned(), json!({ "client_name": "x", "redirect_uris": text })),
    ]
}

#[tokio::test]
async fn what_is_too_long_is_refused_everywhere() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let status = alice.posts("x").await;
    let head = server.app.head().await.unwrap();
    let mut taken = Vec::new();
    for (method, path, body) in texts(&status, &bob, &"ä".repeat(100_000)) {
        let (answer, told) = alice.send(alice.request(method, &path).json(&body)).await;
        let (told, body) = (told.to_string(), body.to_string());
        // What is too long is not told again either.
        if !answer.is_client_error() || told.len() > 10_000 {
            let begins = |text: &str| text.chars().take(100).collect::<String>();
            taken.push(format!("{path} {}: {answer} {}", begins(&body), begins(&told)));
        }
    }
    assert!(taken.is_empty(), "{taken:#?}");
    for (method, path, body) in texts(&status, &bob, &"ä".repeat(5_000_000)) {
        // It may hang up while this is being sent.
        let answer = alice.request(method, &path).json(&body).send().await;
        assert!(answer.map_or(true, |answer| answer.status() == StatusCode::PAYLOAD_TOO_LARGE), "{path}");
    }
    assert_eq!(server.app.head().await.unwrap(), head);
    server.finish().await;
}

#[tokio::test]
async fn a_nul_is_nowhere_a_fault() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let status = alice.posts("x").await;
    let mut faults = Vec::new();
    let fields =
        json!({ "fields_attributes": [{ "name": "a\0b", "value": "a\0b" }], "source": { "language": "a\0b" } });
    let more = [
        (Method::PATCH, "/api/v1/accounts/update_credentials".to_owned(), fields),
        (Method::POST, "/api/v1/markers".to_owned(), json!({ "home": { "last_read_id": "a\0b" } })),
    ];
    for (method, path, body) in texts(&status, &bob, "a\0b").into_iter().chain(more) {
        let (answer, told) = alice.send(alice.request(method, &path).json(&body)).await;
        faults.extend(answer.is_server_error().then(|| format!("{path} {body}: {answer} {told}")));
    }
    for path in [
        "/api/v1/accounts/lookup?acct=a%00b",
        "/api/v1/accounts/search?q=a%00b",
        "/api/v2/search?q=a%00b",
        "/api/v2/search?q=%23a%00b&type=hashtags",
        "/api/v1/tags/a%00b",
        "/api/v1/timelines/tag/a%00b",
        "/api/v1/statuses/a%00b",
        "/api/v2/notifications/a%00b",
        "/@a%00b",
        "/users/a%00b",
        "/.well-known/webfinger?resource=acct:a%00b@x",
    ] {
        let (answer, told) = alice.try_get(path).await;
        faults.extend(answer.is_server_error().then(|| format!("{path}: {answer} {told}")));
    }
    assert!(faults.is_empty(), "{faults:#?}");
    let form =
        alice.request(Method::POST, "/api/v1/statuses").header("content-type", "application/x-www-form-urlencoded");
    let (answer, told) = alice.send(form.body("status=a%00b")).await;
    assert_ne!(answer, StatusCode::INTERNAL_SERVER_ERROR, "{told}");
    server.finish().await;
}
