//! Pages that everybody may read.

use chronodon::commands::By;
use chronodon_domain::account::Command;
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode, redirect};
use serde_json::json;

use crate::media::{path, picture};
use crate::support::{Person, TestServer, id};

struct Page {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Page {
    fn location(&self) -> &str {
        self.headers["location"].to_str().unwrap()
    }
}

/// A page as a browser without an account gets it.
async fn page(server: &TestServer, path: &str) -> Page {
    let browser = reqwest::Client::builder().redirect(redirect::Policy::none()).build().unwrap();
    let request = browser.get(format!("{}{path}", server.base)).header("accept", "text/html");
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    Page { status, headers, text: response.text().await.unwrap() }
}

async fn patch(person: &Person, body: serde_json::Value) {
    let request = person.request(Method::PATCH, "/api/v1/accounts/update_credentials").json(&body);
    let (status, body) = person.send(request).await;
    assert_eq!(status, StatusCode::OK, "{body}");
}

#[tokio::test]
async fn a_profile_shows_what_everybody_may_see() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let fields = json!([{ "name": "Site", "value": "https://alice.example/" }]);
    patch(&alice, json!({ "indexable": true })).await;
    patch(&alice, json!({ "display_name": "Alice <b>", "note": "Hello #rust", "fields_attributes": fields })).await;
    for (visibility, text) in [
        ("public", "for all <script>x</script>"),
        ("unlisted", "quietly"),
        ("private", "secret1"),
        ("direct", "secret2"),
    ] {
        alice.post("/api/v1/statuses", json!({ "status": text, "visibility": visibility })).await;
    }
    let shown = page(&server, "/@Alice").await;
    assert_eq!(shown.status, StatusCode::OK);
    for there in
        ["Alice &#60;b&#62;", "for all", "quietly", r#"<link rel="me" href="https://alice.example/">"#, "og:title"]
    {
        let escaped = there.replace("&#60;", "&lt;").replace("&#62;", "&gt;");
        assert!(shown.text.contains(there) || shown.text.contains(&escaped), "{there}: {}", shown.text);
    }
    for absent in ["secret1", "secret2", "<script", "Alice <b>", "noindex"] {
        assert!(!shown.text.contains(absent), "{absent}: {}", shown.text);
    }
    assert!(shown.headers["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
    assert!(shown.headers["cache-control"].to_str().unwrap().contains("max-age"));
    let again = server.http.get(format!("{}/@alice", server.base)).header("if-none-match", &shown.headers["etag"]);
    assert_eq!(again.send().await.unwrap().status(), StatusCode::NOT_MODIFIED);

    patch(&alice, json!({ "indexable": false })).await;
    assert!(page(&server, "/@alice").await.text.contains("noindex"));
    assert_eq!(page(&server, "/users/alice").await.location(), "/@alice");
    assert_eq!(page(&server, &format!("/@alice@{}", server.app.domain)).await.location(), "/@alice");
    assert_eq!(page(&server, "/@nobody").await.status, StatusCode::NOT_FOUND);
    server.finish().await;
}

#[tokio::test]
async fn a_status_has_a_page_of_its_own() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    server.with_user("bob").await;
    let media = picture(&alice).await;
    let request =
        alice.request(Method::PUT, &path(&media)).json(&json!({ "description": "a \"cat\"", "focus": "1,1" }));
    alice.send(request).await;
    let body = json!({ "status": "behind", "spoiler_text": "Look out", "media_ids": [id(&media)], "language": "en" });
    let posted = alice.post("/api/v1/statuses", body).await;
    let shown = page(&server, &format!("/@alice/{}", id(&posted))).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text);
    for there in ["<details", "Look out", "behind", "lang=\"en\"", "fx10 fy0"] {
        assert!(shown.text.contains(there), "{there}: {}", shown.text);
    }
    assert!(shown.text.contains("alt=\"a &#34;cat&#34;\"") || shown.text.contains("alt=\"a &quot;cat&quot;\""));
    assert!(!shown.text.contains("content=\"behind\""), "a card must not tell what a warning hides");
    assert_eq!(posted["url"], format!("{}/@alice/{}", server.base, id(&posted)));
    assert_eq!(page(&server, &format!("/@bob/{}", id(&posted))).await.location(), format!("/@alice/{}", id(&posted)));
    let activity = format!("/users/alice/statuses/{}", id(&posted));
    assert_eq!(page(&server, &activity).await.location(), format!("/@alice/{}", id(&posted)));

    let private = alice.post("/api/v1/statuses", json!({ "status": "mine", "visibility": "private" })).await;
    assert_eq!(page(&server, &format!("/@alice/{}", id(&private))).await.status, StatusCode::NOT_FOUND);
    alice.delete(&format!("/api/v1/statuses/{}", id(&posted))).await;
    let gone = page(&server, &format!("/@alice/{}", id(&posted))).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    assert!(gone.text.contains("<!doctype html>") && !gone.text.contains("behind"));
    assert_eq!(page(&server, "/@alice/x").await.status, StatusCode::NOT_FOUND);
    server.finish().await;
}

#[tokio::test]
async fn a_status_stands_in_its_thread() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let bob = server.with_user("bob").await;
    let mut last = alice.posts("first-").await;
    let mut middle = last.clone();
    for (text, visibility) in [("second-", "public"), ("hidden-", "private"), ("third-", "unlisted")] {
        let body = json!({ "status": text, "visibility": visibility, "in_reply_to_id": id(&last) });
        let posted = alice.post("/api/v1/statuses", body).await;
        if visibility != "private" {
            last = posted.clone();
        }
        if text == "second-" {
            middle = posted;
        }
    }
    let gone = bob.post("/api/v1/statuses", json!({ "status": "gone-", "in_reply_to_id": id(&middle) })).await;
    bob.delete(&format!("/api/v1/statuses/{}", id(&gone))).await;
    let whisper = json!({ "status": "whisper- @alice", "in_reply_to_id": id(&middle), "visibility": "direct" });
    bob.post("/api/v1/statuses", whisper).await;
    let shown = page(&server, &format!("/@alice/{}", id(&middle))).await.text;
    let at = |text: &str| shown.find(text);
    assert!(
        at("first-") < at("<div class=\"focus\">") && at("second-") < at("third-") && at("first-").is_some(),
        "{shown}"
    );
    assert!(at("hidden-").is_none() && at("gone-").is_none() && at("whisper-").is_none(), "{shown}");
    server.finish().await;
}

#[tokio::test]
async fn a_poll_is_shown() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let poll = json!({ "options": ["yes <", "no"], "expires_in": 600 });
    let posted = alice.post("/api/v1/statuses", json!({ "status": "?", "poll": poll })).await;
    let shown = page(&server, &format!("/@alice/{}", id(&posted))).await;
    assert!(shown.text.contains("yes &lt;") && shown.text.contains("<meter"), "{}", shown.text);
    server.finish().await;
}

#[tokio::test]
async fn a_suspended_account_is_gone() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let posted = alice.posts("canary #here").await;
    assert!(page(&server, "/tags/here").await.text.contains("canary"));
    let suspend = Command::Suspend { reason: None };
    server.app.commands.change_account(By::operator(), "alice", &suspend).await.unwrap();
    for path in ["/@alice".to_owned(), format!("/@alice/{}", id(&posted)), "/users/alice".to_owned()] {
        let gone = page(&server, &path).await;
        assert_eq!(gone.status, StatusCode::GONE, "{path}");
        assert!(!gone.text.contains("canary"));
    }
    assert!(!page(&server, "/tags/here").await.text.contains("canary"));
    server.finish().await;
}

#[tokio::test]
async fn lists_have_pages() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    for n in 0..45 {
        alice.posts(&format!("number-{n}- #count")).await;
    }
    for first in ["/@alice", "/tags/Count"] {
        let mut seen = Vec::new();
        let mut at = first.to_owned();
        let (mut older, mut newest) = (0, String::new());
        loop {
            let shown = page(&server, &at).await;
            seen.extend((0..45).filter(|n| shown.text.contains(&format!("number-{n}-"))));
            let link = |rel: &str| {
                let (_, rest) = shown.text.split_once(&format!("rel=\"{rel}\" href=\""))?;
                rest.split('"').next().map(ToOwned::to_owned)
            };
            assert_eq!(link("prev").is_some(), older > 0, "{at}");
            if older == 1 {
                newest = link("prev").unwrap();
            }
            let Some(next) = link("next") else { break };
            (at, older) = (next, older + 1);
        }
        assert_eq!((older, seen.len()), (2, 45), "{first}");
        let back = page(&server, &newest).await;
        assert!(back.text.contains("number-44-") && back.text.contains("number-25-"), "{newest}");
        assert!(!back.text.contains("rel=\"prev\"") && back.text.contains("rel=\"next\""), "{newest}");
    }
    server.finish().await;
}

#[tokio::test]
async fn the_server_says_what_it_is() {
    let server = TestServer::start_with(|config| {
        config.instance.title = "Tea & Co".to_owned();
        config.instance.description = "About <tea>".to_owned();
        config.instance.rules = vec!["Be kind".to_owned()];
    })
    .await;
    for path in ["/", "/about"] {
        let shown = page(&server, path).await;
        assert_eq!(shown.status, StatusCode::OK);
        assert!(shown.text.contains("Be kind") && !shown.text.contains("<tea>"), "{}", shown.text);
        assert!(shown.text.contains(&server.app.domain));
    }
    for path in ["/avatars/original/missing.png", "/headers/original/missing.png", "/favicon.ico"] {
        let file = server.http.get(format!("{}{path}", server.base)).send().await.unwrap();
        assert_eq!(file.headers()["content-type"], "image/png");
        assert!(file.bytes().await.unwrap().starts_with(b"\x89PNG"));
    }
    assert!(page(&server, "/robots.txt").await.text.contains("Disallow: /api/"));
    assert!(page(&server, "/web/public.css").await.text.contains("prefers-color-scheme"));
    let lost = page(&server, "/no/such/page").await;
    assert_eq!(lost.status, StatusCode::NOT_FOUND);
    assert!(lost.text.contains("Tea &#38; Co") || lost.text.contains("Tea &amp; Co"), "{}", lost.text);
    let api = page(&server, "/api/v1/nothing").await;
    assert_eq!(
        (api.status, api.headers["content-type"].to_str().unwrap()),
        (StatusCode::NOT_FOUND, "application/json")
    );
    server.finish().await;
}
