//! How others find what is here.

use chronodon::config::Scheme;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::documents::{ask, document};
use super::trio::{Trio, eventually, hears};
use crate::support::{Surfer, TestServer, id};

async fn finger(server: &TestServer, resource: &str) -> (u16, Value) {
    let (status, headers, text) = ask(server, &format!("/.well-known/webfinger?resource={resource}"), "*/*").await;
    if status == StatusCode::OK {
        assert_eq!(headers["content-type"], "application/jrd+json; charset=utf-8");
        assert_eq!(headers["cache-control"], "public, max-age=259200");
        assert_eq!(headers["access-control-allow-origin"], "*");
    } else {
        assert_eq!(text, "", "a refusal has no body");
    }
    (status.as_u16(), serde_json::from_str(&text).unwrap_or_default())
}

#[tokio::test]
async fn a_handle_leads_to_its_actor_by_either_domain() {
    let server = TestServer::start_with(|config| {
        config.server.web_domain = config.server.domain.replace("handles.example".to_owned());
        config.server.scheme = Some(Scheme::Http);
    })
    .await;
    server.with_user("Alice").await;
    let web = server.base.strip_prefix("http://").unwrap();
    for resource in [
        "acct:alice@handles.example".to_owned(),
        format!("acct:alice@{web}"),
        format!("{}/@alice", server.base),
        format!("{}/users/Alice", server.base),
    ] {
        let (status, found) = finger(&server, &resource).await;
        assert_eq!(status, 200, "{resource}");
        assert_eq!(found["subject"], "acct:Alice@handles.example");
        let actor = format!("{}/users/Alice", server.base);
        assert_eq!(found["aliases"], json!([format!("{}/@Alice", server.base), actor]));
        let link = |rel: &str| found["links"].as_array().unwrap().iter().find(|link| link["rel"] == rel).cloned();
        assert_eq!(link("self").unwrap(), json!({ "rel": "self", "type": "application/activity+json", "href": actor }));
        let template = link("http://ostatus.org/schema/1.0/subscribe").unwrap()["template"].clone();
        assert_eq!(template, format!("{}/authorize_interaction?uri={{uri}}", server.base));
    }
    let (_, found) = finger(&server, "acct:handles.example@handles.example").await;
    assert_eq!(found["links"][1]["href"], format!("{}/actor", server.base));
    assert_eq!(document(&server, "/users/alice").await["webfinger"], "Alice@handles.example");
    server.finish().await;
}

#[tokio::test]
async fn who_is_not_here_is_not_found() {
    let server = TestServer::start().await;
    for (resource, status) in [("", 400), ("acct:", 400), ("acct:a@b.example", 404), ("https://b.example/@a", 404)] {
        assert_eq!(finger(&server, resource).await.0, status, "{resource}");
    }
    assert_eq!(finger(&server, &format!("acct:nobody@{}", server.app.domain)).await.0, 404);
    let (_, _, index) = ask(&server, "/.well-known/nodeinfo", "*/*").await;
    let index: Value = serde_json::from_str(&index).unwrap();
    for (n, version) in ["2.1", "2.0"].into_iter().enumerate() {
        let (status, _, text) = ask(&server, index["links"][n]["href"].as_str().unwrap(), "*/*").await;
        let told: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((status, told["version"].as_str()), (StatusCode::OK, Some(version)));
        assert_eq!((&told["protocols"], &told["software"]["name"]), (&json!(["activitypub"]), &json!("chronodon")));
    }
    assert_eq!(ask(&server, "/nodeinfo/3.0", "*/*").await.0, StatusCode::NOT_FOUND);
    let (_, _, xml) = ask(&server, "/.well-known/host-meta", "*/*").await;
    assert!(xml.contains("rel=\"lrdd\" template=\"http"), "{xml}");
    server.finish().await;
}

#[tokio::test]
async fn an_interaction_from_elsewhere_is_for_who_is_signed_in() {
    let server = TestServer::start().await;
    let mut stranger = Surfer::new(&server);
    let page = stranger.get("/authorize_interaction?uri=http://127.0.0.1:1/trap").await;
    assert!(page.location.starts_with("/auth/sign_in?return_to=%2Fauthorize_interaction%3Furi"), "{}", page.location);
    assert_eq!(stranger.get("/authorize_interaction").await.status, StatusCode::BAD_REQUEST);
    server.finish().await;
}

#[tokio::test]
async fn who_comes_from_another_server_follows_and_favours_there() {
    let trio = Trio::start().await;
    let alice = trio.one.with_user("alice").await;
    let bob = trio.two.with_user("bob").await;
    let posted = bob.posts("found elsewhere").await;
    trio.one.gives_password(&alice, "correct horse").await;

    let mut browser = Surfer::new(&trio.one);
    let handle = format!("acct:bob@{}", trio.two.app.domain);
    let asked = browser.get(&interaction(&handle)).await;
    let sign_in = browser.get(&asked.location).await;
    let signed_in = browser.submit(&sign_in, &[("login", "alice@example.org"), ("password", "correct horse")]).await;
    assert_eq!(signed_in.location, interaction(&handle), "signing in leads back");
    let page = browser.get(&signed_in.location).await;
    assert!(page.body.contains(&format!("@bob@{}", trio.two.app.domain)), "{}", page.body);
    let done = browser.submit(&page, &[("action", "follow")]).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    eventually("bob is followed", async || {
        let own = alice.get("/api/v1/accounts/verify_credentials").await;
        own["following_count"] == 1
    })
    .await;

    let page = browser.get(&interaction(posted["uri"].as_str().unwrap())).await;
    assert!(page.body.contains("found elsewhere"), "{}", page.body);
    browser.submit(&page, &[("action", "favourite")]).await;
    hears(&bob, "favourite").await;
    let forged = browser.submit(&page, &[("action", "reblog"), ("csrf", "forged")]).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    let path = format!("/api/v1/statuses/{}", id(&posted));
    let nothing = browser.get(&interaction(&format!("https://{}/users/nobody", trio.two.app.domain))).await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND);
    assert_eq!(bob.get(&path).await["reblogs_count"], 0);
    trio.finish().await;
}

fn interaction(uri: &str) -> String {
    let uri: String = url::form_urlencoded::byte_serialize(uri.as_bytes()).collect();
    format!("/authorize_interaction?uri={uri}")
}
