//! A server that federates with some only: what it shows to whom, on every surface.

use chronodon::commands::By;
use chronodon_domain::account::Command;
use reqwest::{Method, StatusCode};

use super::elsewhere::{Remote, settled};
use crate::support::{Surfer, TestServer, id};

/// What somebody gets: nobody, an app with a token of its own, a person.
const SURFACES: &[(&str, [u16; 3])] = &[
    ("/api/v1/accounts/{account}", [401, 422, 200]),
    ("/api/v1/accounts/{account}/statuses", [401, 422, 200]),
    ("/api/v1/accounts/{account}/followers", [401, 422, 200]),
    ("/api/v1/accounts/lookup?acct=alice", [401, 422, 200]),
    ("/api/v1/accounts?id[]={account}", [401, 422, 200]),
    ("/api/v1/directory", [401, 422, 200]),
    ("/api/v1/statuses/{status}", [401, 422, 200]),
    ("/api/v1/statuses/{status}/context", [401, 422, 200]),
    ("/api/v1/statuses/{status}/reblogged_by", [401, 422, 200]),
    ("/api/v1/timelines/public", [401, 422, 200]),
    ("/api/v1/timelines/tag/hello", [401, 422, 200]),
    ("/api/v1/tags/hello", [401, 422, 200]),
    ("/api/v2/search?q=alice", [401, 422, 200]),
    ("/api/v1/streaming/public", [401, 401, 200]),
    ("/api/v1/nothing", [401, 422, 404]),
    ("/api/v1/instance", [200, 200, 200]),
    ("/api/v2/instance", [200, 200, 200]),
    ("/api/v1/instance/rules", [200, 200, 200]),
    ("/api/v1/custom_emojis", [200, 200, 200]),
    ("/api/v1/instance/peers", [404, 404, 404]),
    ("/api/v1/instance/activity", [404, 404, 404]),
    ("/api/v1/apps/verify_credentials", [401, 200, 200]),
    ("/about", [200, 200, 200]),
    ("/nodeinfo/2.0", [200, 200, 200]),
];

#[tokio::test]
async fn every_surface_asks_who_it_is() {
    let server = TestServer::start_with(|config| config.federation.limited = true).await;
    let alice = server.with_user("alice").await;
    let status = alice.posts("canary #hello").await;
    let app_token = server.token_for(None, &["read", "write"]).await;
    for (path, expected) in SURFACES {
        let path = path.replace("{account}", &alice.id.to_string()).replace("{status}", id(&status));
        for (token, expected) in [None, Some(&app_token), Some(&alice.token)].into_iter().zip(expected) {
            let request = server.http.request(Method::GET, format!("{}{path}", server.base));
            let request = if let Some(token) = token { request.bearer_auth(token) } else { request };
            assert_eq!(request.send().await.unwrap().status().as_u16(), *expected, "{path} {token:?}");
        }
    }
    let instance = alice.get("/api/v2/instance").await;
    assert_eq!(instance["usage"]["users"]["active_month"], 0);
    assert_eq!(instance["configuration"]["limited_federation"], true);
    server.finish().await;
}

#[tokio::test]
async fn pages_are_for_those_who_are_signed_in() {
    let server = TestServer::start_with(|config| config.federation.limited = true).await;
    let alice = server.with_user("alice").await;
    server.gives_password(&alice, "correct horse").await;
    let status = alice.posts("canary #hello").await;
    let paths = [
        "/@alice".to_owned(),
        "/users/alice".to_owned(),
        format!("/@alice/{}", id(&status)),
        format!("/users/alice/statuses/{}", id(&status)),
        "/tags/hello".to_owned(),
    ];
    let mut surfer = Surfer::new(&server);
    for path in &paths {
        let page = surfer.get(path).await;
        assert_eq!((page.status, &*page.location), (StatusCode::SEE_OTHER, "/auth/sign_in"), "{path}");
        assert!(!page.body.contains("canary"), "{path}");
    }
    let form = surfer.get("/auth/sign_in").await;
    surfer.submit(&form, &[("login", "alice"), ("password", "correct horse")]).await;
    for path in &paths {
        let page = surfer.get(path).await;
        assert!(page.status == StatusCode::OK || page.location.starts_with("/@alice"), "{path}: {page:?}");
        assert_eq!(page.headers["cache-control"], "private, no-store", "{path}");
    }
    server.finish().await;
}

#[tokio::test]
async fn only_servers_that_are_let_in_read_and_write() {
    let server = TestServer::start_with(|config| config.federation.limited = true).await;
    let alice = server.with_user("alice").await;
    let status = alice.posts("canary").await;
    let uri = status["uri"].as_str().unwrap().strip_prefix(&server.base).unwrap().to_owned();
    let (let_in, stranger) = (Remote::start().await, Remote::start().await);
    let (bob, eve) = (let_in.actor("bob"), stranger.actor("eve"));
    let domain = let_in.base.strip_prefix("http://").unwrap();
    server.app.commands.allow_domain(By::operator(), domain).await.unwrap();
    let like = |actor: &super::elsewhere::Actor| actor.does("Like", status["uri"].clone());
    for path in ["/users/alice", "/users/alice/outbox", "/users/alice/followers", &*uri] {
        assert_eq!((bob.reads(&server, path).await, eve.reads(&server, path).await), (200, 403), "{path}");
    }
    assert_eq!((bob.sends(&server, &like(&bob)).await, eve.sends(&server, &like(&eve)).await), (202, 403));
    settled(&server).await;
    assert_eq!(alice.get(&format!("/api/v1/statuses/{}", id(&status))).await["favourites_count"], 1);
    assert_eq!(stranger.asked(), 0, "who is not let in is not asked, either");

    // Its pictures are shown to who was told of them, and only to those.
    let account = super::elsewhere::account_of(&alice, &bob).await;
    assert!(account["id"].is_string());
    let made_up = format!("{}/media_proxy/{}/AAAAAAAAAAAAAAAAAAAAAA/aHR0cDovL2E", server.base, id(&account));
    assert_eq!(server.http.get(made_up).send().await.unwrap().status(), StatusCode::NOT_FOUND);

    let suspend = Command::Suspend { reason: None };
    server.app.commands.change_remote_account(By::operator(), &bob.uri, &suspend).await.unwrap();
    assert_eq!(bob.reads(&server, "/users/alice").await, 403);
    server.finish().await;
}
