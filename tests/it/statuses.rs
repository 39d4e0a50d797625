//! Posting, reading and deleting.

use chronodon::api::entities::statuses::for_viewers;
use chronodon::commands::By;
use chronodon_domain::account::Command;
use chronodon_event_log::Body;
use chronodon_events::Position;
use chronodon_events::custom_emoji::CustomEmojiAdded;
use chronodon_events::values::ImageFile;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::media::{files, picture};
use crate::support::{TestServer, id};

const SUSPEND: Command = Command::Suspend { reason: None };
const UNSUSPEND: Command = Command::Unsuspend;

#[tokio::test]
async fn a_post_is_read_by_everyone() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let bob = server.with_user("bob").await;
    let posted = alice.posts("Hello @bob, see #Rust at https://example.org/a").await;
    assert_eq!(posted["account"]["acct"], "alice");
    assert_eq!(posted["favourited"], false);
    assert_eq!(posted["mentions"][0]["acct"], "bob");
    assert_eq!(posted["tags"][0]["name"], "rust");
    assert!(posted["content"].as_str().unwrap().contains("u-url mention"));

    let seen = bob.get(&format!("/api/v1/statuses/{}", id(&posted))).await;
    assert_eq!(seen["content"], posted["content"]);
    let anonymous = server.http.get(format!("{}/api/v1/statuses/{}", server.base, id(&posted))).send().await.unwrap();
    assert_eq!(anonymous.status(), StatusCode::OK);
    let anonymous: serde_json::Value = anonymous.json().await.unwrap();
    assert!(anonymous.get("favourited").is_none());
    server.finish().await;
}

#[tokio::test]
async fn the_same_key_posts_once() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let post = || {
        let request = alice.request(Method::POST, "/api/v1/statuses").header("Idempotency-Key", "k1");
        alice.send(request.json(&json!({ "status": "once" })))
    };
    let ((first, one), (second, two), (third, three)) = tokio::join!(post(), post(), post());
    assert!(first.is_success() && second.is_success() && third.is_success(), "{one} {two} {three}");
    assert_eq!(one["id"], two["id"]);
    assert_eq!(one["id"], three["id"]);
    let (_, again) = post().await;
    assert_eq!(one["id"], again["id"]);
    server.finish().await;
}

#[tokio::test]
async fn a_deleted_post_is_erased_and_a_replay_agrees() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let posted = alice.posts("canary #gone").await;
    let kept = alice.posts("stays").await;
    let path = format!("/api/v1/statuses/{}", id(&posted));
    let deleted = alice.delete(&path).await;
    assert_eq!(deleted["text"], "canary #gone");
    assert_eq!(alice.try_get(&path).await.0, StatusCode::NOT_FOUND);
    assert_eq!(alice.send(alice.request(Method::DELETE, &path)).await.0, StatusCode::NOT_FOUND);
    let history = server.app.history(Position::START, 100).await.unwrap();
    assert!(history.iter().any(|event| event.body == Body::Erased("status.posted".to_owned())));
    assert_eq!(alice.get(&format!("/api/v1/statuses/{}", id(&kept))).await["account"]["statuses_count"], 1);
    server.app.rebuild("core", |_, _| ()).await.unwrap();
    assert_eq!(alice.get(&format!("/api/v1/statuses/{}", id(&kept))).await["account"]["statuses_count"], 1);
    assert_eq!(alice.posts("after").await["account"]["statuses_count"], 2);
    server.finish().await;
}

#[tokio::test]
async fn two_processes_show_what_either_acknowledged() {
    let server = TestServer::start().await;
    let second = server.second().await;
    let alice = server.with_user("alice").await;
    let there = alice.on(&second);
    for round in 0..20 {
        let posted = alice.posts(&format!("first {round}")).await;
        there.get(&format!("/api/v1/statuses/{}", id(&posted))).await;
        let posted = there.posts(&format!("second {round}")).await;
        alice.get(&format!("/api/v1/statuses/{}", id(&posted))).await;
    }
    second.finish().await;
    server.finish().await;
}

#[tokio::test]
async fn who_may_not_see_it_does_not() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let bob = server.with_user("bob").await;
    let carol = server.with_user("carol").await;
    for (visibility, mentioned_sees) in [("private", true), ("direct", true)] {
        let body = json!({ "status": "for @bob", "visibility": visibility });
        let posted = alice.post("/api/v1/statuses", body).await;
        let path = format!("/api/v1/statuses/{}", id(&posted));
        assert_eq!(bob.try_get(&path).await.0.is_success(), mentioned_sees);
        assert_eq!(carol.try_get(&path).await.0, StatusCode::NOT_FOUND);
    }
    server.finish().await;
}

#[tokio::test]
async fn bad_input_is_refused_in_the_api_s_shape() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let (status, body) = alice.try_post("/api/v1/statuses", json!({ "status": "" })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(body["error"], "Validation failed: Text can't be blank");
    let reader = server.token_for(Some(alice.id), &["read"]).await;
    let request = server.http.post(format!("{}/api/v1/statuses", server.base)).bearer_auth(reader);
    assert_eq!(request.json(&json!({ "status": "x" })).send().await.unwrap().status(), StatusCode::FORBIDDEN);
    let app_only = server.token_for(None, &["read", "write"]).await;
    let request = server.http.post(format!("{}/api/v1/statuses", server.base)).bearer_auth(app_only);
    let refused = request.json(&json!({ "status": "x" })).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    server.finish().await;
}

#[tokio::test]
async fn a_post_begins_with_its_author_s_defaults() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let source = json!({ "source": { "privacy": "unlisted", "sensitive": true, "language": "eo" } });
    alice.send(alice.request(Method::PATCH, "/api/v1/accounts/update_credentials").json(&source)).await;
    let defaults =
        |status: &Value| (status["visibility"].clone(), status["sensitive"].clone(), status["language"].clone());
    assert_eq!(defaults(&alice.posts("x").await), (json!("unlisted"), json!(true), json!("eo")));
    let body = json!({ "status": "y", "visibility": "public", "sensitive": "false", "language": "fr" });
    let said = alice.post("/api/v1/statuses", body).await;
    assert_eq!(defaults(&said), (json!("public"), json!(false), json!("fr")));
    let body = json!({ "status": " ", "spoiler_text": "only this ", "sensitive": false });
    let warned = alice.post("/api/v1/statuses", body).await;
    assert_eq!((&warned["content"], &warned["spoiler_text"]), (&json!("<p>only this</p>"), &json!("")));
    let later = json!({ "status": "later", "scheduled_at": "2999-01-01T00:00:00Z" });
    assert_eq!(alice.try_post("/api/v1/statuses", later).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    server.finish().await;
}

#[tokio::test]
async fn several_are_read_at_once_as_far_as_one_may() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let (first, second) = (alice.posts("first").await, alice.posts("second").await);
    let secret = alice.post("/api/v1/statuses", json!({ "status": "secret", "visibility": "private" })).await;
    let path =
        |ids: &[&str]| format!("/api/v1/statuses?{}", ids.iter().map(|id| format!("id[]={id}&")).collect::<String>());
    let ids =
        |statuses: &Value| -> Vec<Value> { statuses.as_array().unwrap().iter().map(|s| s["id"].clone()).collect() };
    let asked = path(&[id(&second), id(&secret), "1", id(&first), id(&second), "x"]);
    assert_eq!(ids(&bob.get(&asked).await), [second["id"].clone(), first["id"].clone()]);
    assert_eq!(alice.get(&asked).await.as_array().unwrap().len(), 3);
    assert_eq!(bob.get("/api/v1/statuses").await, json!([]));
    let many: Vec<_> = (1..=41).map(|id| id.to_string()).collect();
    let many = path(&many.iter().map(|id| &**id).collect::<Vec<_>>());
    assert_eq!(bob.try_get(&many).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    bob.post(&format!("/api/v1/accounts/{}/mute", alice.id), json!({})).await;
    assert_eq!(bob.get(&asked).await, json!([]));
    server.finish().await;
}

#[tokio::test]
async fn who_is_blocked_can_only_take_back() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let status = alice.posts("for all but bob").await;
    let path = format!("/api/v1/statuses/{}", id(&status));
    for action in ["favourite", "bookmark", "reblog"] {
        bob.post(&format!("{path}/{action}"), json!({})).await;
    }
    alice.post(&format!("/api/v1/accounts/{}/block", bob.id), json!({})).await;
    assert_eq!(bob.try_get(&path).await.0, StatusCode::NOT_FOUND);
    assert_eq!(bob.get("/api/v1/favourites").await, json!([]));
    assert_eq!(bob.get("/api/v1/bookmarks").await, json!([]));
    for (action, flag) in [("unfavourite", "favourited"), ("unbookmark", "bookmarked"), ("unreblog", "reblogged")] {
        assert_eq!(bob.try_post(&format!("{path}/{}", &action[2..]), json!({})).await.0, StatusCode::NOT_FOUND);
        let undone = bob.post(&format!("{path}/{action}"), json!({})).await;
        assert_eq!((&undone["id"], &undone[flag]), (&status["id"], &json!(false)), "{action}");
        assert_eq!(undone["content"], "", "nothing is told of what is hidden");
        assert_eq!(bob.try_post(&format!("{path}/{action}"), json!({})).await.0, StatusCode::NOT_FOUND, "{action}");
    }
    // Nobody likes or shows what they block.
    let other = bob.posts("by bob").await;
    for action in ["favourite", "reblog"] {
        let refused = alice.try_post(&format!("/api/v1/statuses/{}/{action}", id(&other)), json!({})).await;
        assert_eq!(refused.0, StatusCode::FORBIDDEN, "{action}");
    }
    server.finish().await;
}

#[tokio::test]
async fn the_suspended_have_said_nothing() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let status = alice.posts("heard").await;
    let reblog = bob.post(&format!("/api/v1/statuses/{}/reblog", id(&status)), json!({})).await;
    server.app.commands.change_account(By::operator(), "alice", &SUSPEND).await.unwrap();
    for gone in [&status, &reblog] {
        assert_eq!(bob.try_get(&format!("/api/v1/statuses/{}", id(gone))).await.0, StatusCode::NOT_FOUND);
    }
    assert_eq!(for_viewers(&server.app, &[bob.id], id(&status).parse().unwrap()).await.unwrap().len(), 0);
    server.app.commands.change_account(By::operator(), "alice", &UNSUSPEND).await.unwrap();
    assert_eq!(bob.get(&format!("/api/v1/statuses/{}", id(&reblog))).await["reblog"]["id"], status["id"]);
    server.finish().await;
}

#[tokio::test]
async fn one_status_is_shown_to_many_at_the_cost_of_one() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let status = alice.posts("for many").await;
    let status_id = id(&status).parse().unwrap();
    let mut viewers = vec![alice.id];
    for n in 0..10 {
        let person = server.with_user(&format!("person{n}")).await;
        if n % 2 == 0 {
            person.post(&format!("/api/v1/statuses/{}/favourite", id(&status)), json!({})).await;
        }
        viewers.push(person.id);
    }
    let mut costs = Vec::new();
    for viewers in [&viewers[..1], &viewers[..]] {
        let before = server.app.reader.statements();
        let shown = for_viewers(&server.app, viewers, status_id).await.unwrap();
        costs.push(server.app.reader.statements() - before);
        assert_eq!(shown.iter().map(|(viewer, _)| *viewer).collect::<Vec<_>>(), viewers);
        let liked = shown.iter().filter(|(_, status)| status.own.as_ref().unwrap().favourited).count();
        assert_eq!(liked, viewers.len() / 2);
        assert_eq!(shown[0].1.pinned, Some(false));
    }
    assert_eq!(costs[0], costs[1]);
    server.finish().await;
}

#[tokio::test]
async fn custom_emojis_are_named_with_the_texts_that_use_them() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    for shortcode in ["blob", "cat", "unused"] {
        let image = ImageFile { path: format!("emojis/{shortcode}.png"), ..ImageFile::default() };
        let shortcode = shortcode.to_owned();
        let emoji = CustomEmojiAdded { shortcode, image, category: None, visible_in_picker: true };
        server.app.commands.add_custom_emoji(By::operator(), emoji).await.unwrap();
    }
    let poll = json!({ "options": [":cat:", "no"], "expires_in": 600 });
    let status = alice.post("/api/v1/statuses", json!({ "status": ":blob: :none:", "poll": poll })).await;
    let names =
        |emojis: &Value| -> Vec<Value> { emojis.as_array().unwrap().iter().map(|e| e["shortcode"].clone()).collect() };
    assert_eq!(names(&status["emojis"]), ["blob"]);
    assert_eq!(names(&status["poll"]["emojis"]), ["cat"]);
    let history = alice.get(&format!("/api/v1/statuses/{}/history", id(&status))).await;
    assert_eq!(names(&history[0]["emojis"]), ["blob"]);
    server.finish().await;
}

#[tokio::test]
async fn pictures_alone_are_a_post_and_an_edit_describes_them() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let (one, two) = (picture(&alice).await, picture(&alice).await);
    let status = alice.post("/api/v1/statuses", json!({ "media_ids": [id(&two), id(&one)] })).await;
    assert_eq!(status["content"], "");
    assert_eq!(status["media_attachments"][0]["id"], two["id"]);
    let path = format!("/api/v1/statuses/{}", id(&status));
    let edits = |person: &crate::support::Person, body: Value| {
        let (person, request) = (person.clone(), person.request(Method::PUT, &path).json(&body));
        async move { person.send(request).await }
    };
    let attributes = json!([{ "id": id(&one), "description": "a cat", "focus": "0.5,0.5" }]);
    let body = json!({ "media_ids": [id(&two), id(&one)], "media_attributes": attributes });
    assert_eq!(edits(&bob, body.clone()).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let (_, edited) = edits(&alice, body.clone()).await;
    assert_eq!(edited["media_attachments"][1]["description"], "a cat", "{edited}");
    assert!(edited["edited_at"].is_string());
    assert_eq!(edits(&alice, body).await.1["edited_at"], edited["edited_at"], "the same again is no edit");
    let (_, fewer) = edits(&alice, json!({ "media_ids": [id(&one)] })).await;
    assert_eq!(fewer["media_attachments"].as_array().unwrap().len(), 1);
    let before = files(&server, "attachments");
    alice.delete(&format!("{path}?delete_media=true")).await;
    assert!(files(&server, "attachments") < before);
    server.app.rebuild("core", |_, _| ()).await.unwrap();
    server.finish().await;
}

#[tokio::test]
async fn what_cannot_be_an_id_names_nothing() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    for id in ["-1", "x", "9223372036854775807", "99999999999999999999"] {
        let path = format!("/api/v1/statuses/{id}");
        assert_eq!(alice.try_get(&path).await.0, StatusCode::NOT_FOUND, "{id}");
        assert_eq!(alice.try_post(&format!("{path}/favourite"), json!({})).await.0, StatusCode::NOT_FOUND, "{id}");
        assert_eq!(alice.try_post(&format!("{path}/pin"), json!({})).await.0, StatusCode::NOT_FOUND, "{id}");
        let deleted = alice.send(alice.request(Method::DELETE, &path)).await;
        assert_eq!(deleted.0, StatusCode::NOT_FOUND, "{id}");
    }
    server.finish().await;
}
