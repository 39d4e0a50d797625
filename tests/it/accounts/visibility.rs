//! What of an account is seen by whom: followers, the blocked, everybody once it is suspended.

use chronodon::auth::accounts::Named;
use chronodon::commands::By;
use chronodon_domain::account::Command;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{anonymous, patch, texts};
use crate::support::{Person, TestServer, id};

async fn act(person: &Person, on: &Person, what: &str) {
    person.post(&format!("/api/v1/accounts/{}/{what}", on.id), json!({})).await;
}

#[tokio::test]
async fn followers_see_more_and_the_blocked_nothing() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    alice.posts("public").await;
    alice.post("/api/v1/statuses", json!({ "status": "private", "visibility": "private" })).await;
    let path = format!("/api/v1/accounts/{}/statuses", alice.id);
    assert_eq!(texts(&bob.get(&path).await), ["public"]);
    act(&bob, &alice, "follow").await;
    assert_eq!(texts(&bob.get(&path).await), ["private", "public"]);
    assert_eq!(bob.get("/api/v1/accounts/search?q=a&following=true").await[0]["acct"], "alice");
    act(&alice, &bob, "block").await;
    assert_eq!(bob.get(&path).await, json!([]));
    assert_eq!(bob.get("/api/v1/directory").await[0]["acct"], "bob");
    act(&alice, &bob, "unblock").await;
    assert_eq!(texts(&bob.get(&path).await), ["public"]);
    act(&bob, &alice, "mute").await;
    assert_eq!(texts(&bob.get(&path).await), ["public"], "asked for by name, the muted are shown");
    assert_eq!(bob.get("/api/v1/directory").await.as_array().unwrap().len(), 1);
    server.finish().await;
}

/// Everywhere a person and what they wrote can show up.
async fn surfaces(server: &TestServer, alice: &Person, bob: &Person, posted: &Value) -> Vec<(String, Value)> {
    let tag = format!("/api/v1/statuses/{}", id(posted));
    let paths = [
        "/api/v1/accounts/search?q=alice".to_owned(),
        "/api/v1/directory".to_owned(),
        format!("/api/v1/accounts/{}/statuses", alice.id),
        format!("/api/v1/accounts/{}/statuses", bob.id),
        format!("/api/v1/accounts/{}/followers", bob.id),
        format!("/api/v1/accounts/{}/following", bob.id),
        "/api/v1/timelines/home".to_owned(),
        "/api/v1/timelines/public".to_owned(),
        "/api/v1/timelines/public?local=true".to_owned(),
        "/api/v1/timelines/tag/canary".to_owned(),
        "/api/v1/notifications".to_owned(),
        "/api/v2/notifications".to_owned(),
        "/api/v1/favourites".to_owned(),
        "/api/v1/bookmarks".to_owned(),
        format!("{tag}/context"),
        format!("{tag}/history"),
        format!("{tag}/source"),
        format!("{tag}/favourited_by"),
        tag,
    ];
    let mut seen = Vec::new();
    for path in paths {
        seen.push((path.clone(), bob.try_get(&path).await.1));
        seen.push((path.clone(), anonymous(server, &path).await.1));
    }
    seen
}

#[tokio::test]
async fn a_suspended_account_is_hidden_on_every_surface_until_it_is_back() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    patch(&alice, json!({ "display_name": "canary", "note": "canary" })).await;
    act(&alice, &bob, "follow").await;
    act(&bob, &alice, "follow").await;
    let posted = alice.posts("canary #canary @bob").await;
    let of_bob = bob.posts("mine").await;
    for what in ["favourite", "bookmark", "reblog"] {
        bob.try_post(&format!("/api/v1/statuses/{}/{what}", id(&posted)), json!({})).await;
        alice.try_post(&format!("/api/v1/statuses/{}/{what}", id(&of_bob)), json!({})).await;
    }
    let shown = |seen: &[(String, Value)]| -> Vec<String> {
        let shown = seen.iter().filter(|(_, answer)| answer.to_string().contains("canary"));
        shown.map(|(path, _)| path.clone()).collect()
    };
    let before = surfaces(&server, &alice, &bob, &posted).await;
    assert!(shown(&before).len() > 10, "{:?}", shown(&before));

    let named = Named { id: alice.id, username: "alice" };
    server.app.suspend_account(By::operator(), named, None).await.unwrap();
    let during = surfaces(&server, &alice, &bob, &posted).await;
    assert_eq!(shown(&during), Vec::<String>::new());
    let followers = bob.get(&format!("/api/v1/accounts/{}/followers", bob.id)).await;
    assert_eq!(followers, json!([]));

    server.app.commands.change_account(By::operator(), "alice", &Command::Unsuspend).await.unwrap();
    let after = surfaces(&server, &alice, &bob, &posted).await;
    assert_eq!(shown(&after), shown(&before));
    let lookup = anonymous(&server, "/api/v1/accounts/lookup?acct=alice").await;
    assert_eq!((lookup.0, &lookup.1["display_name"]), (StatusCode::OK, &json!("canary")));
    server.finish().await;
}

#[tokio::test]
async fn a_profile_links_the_local_accounts_that_it_mentions() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    server.with_user("Bob").await;
    let (_, own) = patch(&alice, json!({ "note": "with @bob, @nobody and @bob@elsewhere.example" })).await;
    let note = own["note"].as_str().unwrap();
    assert_eq!(note.matches("u-url mention").count(), 1, "{note}");
    assert!(note.contains("/@Bob\" class=\"u-url mention\">@<span>Bob</span>"), "{note}");
    let statements = server.app.reader.statements();
    server.http.get(format!("{}/api/v1/accounts/{}", server.base, alice.id)).send().await.unwrap();
    assert_eq!(server.app.reader.statements() - statements, 2, "rendered accounts are kept");
    server.finish().await;
}
