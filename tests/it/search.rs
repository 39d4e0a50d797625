//! Searching: what was just written is found, what may not be seen is not, and what is gone leaves the disk.

use std::path::Path;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Person, TestServer, id};

/// The ids of what a search finds.
async fn found(person: &Person, kind: &str, query: &str) -> Vec<String> {
    found_with(person, kind, &[("q", query)]).await
}

async fn found_with(person: &Person, kind: &str, params: &[(&str, &str)]) -> Vec<String> {
    let request = person.request(Method::GET, "/api/v2/search").query(&[("type", kind)]).query(params);
    let (status, body) = person.send(request).await;
    assert_eq!(status, StatusCode::OK, "{params:?}: {body}");
    assert_eq!(body["collections"], json!([]));
    body[kind].as_array().unwrap().iter().map(|entity| id(entity).to_owned()).collect()
}

async fn statuses(person: &Person, query: &str) -> Vec<String> {
    found(person, "statuses", query).await
}

async fn lets_be_found(person: &Person) {
    let request = person.request(Method::PATCH, "/api/v1/accounts/update_credentials");
    let (status, body) = person.send(request.json(&json!({ "indexable": true }))).await;
    assert_eq!(status, StatusCode::OK, "{body}");
}

/// Whether any file below a directory holds some bytes.
fn holds(directory: &Path, bytes: &[u8]) -> bool {
    std::fs::read_dir(directory).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            holds(&path, bytes)
        } else {
            std::fs::read(&path).unwrap_or_default().windows(bytes.len()).any(|window| window == bytes)
        }
    })
}

#[tokio::test]
async fn an_own_post_is_found_in_the_next_request() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    for round in 0..5 {
        let posted = alice.posts(&format!("The weather report number{round}, running late")).await;
        assert_eq!(statuses(&alice, &format!("number{round}")).await, [id(&posted)]);
    }
    let all = statuses(&alice, "weather RUNS").await;
    assert_eq!(all.len(), 5);
    assert!(all.is_sorted_by(|newer, older| newer > older), "newest first: {all:?}");
    let page = found_with(&alice, "statuses", &[("q", "weather"), ("limit", "2"), ("offset", "1")]).await;
    assert_eq!(page, all[1..3]);
    let older = found_with(&alice, "statuses", &[("q", "weather"), ("max_id", &all[2])]).await;
    assert_eq!(older, all[3..]);
    let newer = found_with(&alice, "statuses", &[("q", "weather"), ("min_id", &all[2])]).await;
    assert_eq!(newer, all[..2]);
    server.finish().await;
}

#[tokio::test]
async fn strangers_find_only_what_they_may() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let public = alice.posts("a xylophone for everybody").await;
    let private = json!({ "status": "a xylophone for friends", "visibility": "private" });
    alice.post("/api/v1/statuses", private).await;
    let direct = alice.post("/api/v1/statuses", json!({ "status": "xylophone @bob", "visibility": "direct" })).await;
    assert_eq!(statuses(&alice, "xylophone").await.len(), 3);
    // Named in one; the author has not let the others be found.
    assert_eq!(statuses(&bob, "xylophone").await, [id(&direct)]);
    lets_be_found(&alice).await;
    alice.get("/api/v2/search?q=xylophone").await;
    assert_eq!(statuses(&bob, "xylophone").await, [id(&direct), id(&public)]);
    assert_eq!(statuses(&bob, "in:public xylophone").await, [id(&public)]);
    assert_eq!(statuses(&bob, "in:library xylophone").await, [id(&direct)]);
    bob.post(&format!("/api/v1/statuses/{}/favourite", id(&public)), json!({})).await;
    assert_eq!(statuses(&bob, "in:library xylophone").await.len(), 2);
    bob.post(&format!("/api/v1/accounts/{}/block", alice.id), json!({})).await;
    assert!(statuses(&bob, "xylophone").await.is_empty());
    assert!(found(&bob, "accounts", "alice").await.is_empty());
    server.finish().await;
}

#[tokio::test]
async fn edits_and_deletions_are_seen_and_nothing_stays_on_disk() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let posted = alice.posts("canaryone sings").await;
    let kept = alice.posts("canarytwo sings").await;
    assert_eq!(statuses(&alice, "canaryone").await, [id(&posted)]);
    let edit = alice.request(Method::PUT, &format!("/api/v1/statuses/{}", id(&posted)));
    let (status, body) = alice.send(edit.json(&json!({ "status": "canarythree sings" }))).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert!(statuses(&alice, "canaryone").await.is_empty());
    assert_eq!(statuses(&alice, "canarythree").await, [id(&posted)]);
    alice.delete(&format!("/api/v1/statuses/{}", id(&posted))).await;
    assert_eq!(statuses(&alice, "sings").await, [id(&kept)]);
    let index = server.config.server.data_dir.join("search");
    server.app.search.purge().await.unwrap();
    assert!(holds(&index, b"canarytwo"), "the words of what is there are in the index");
    for gone in ["canaryone", "canarythree"] {
        assert!(!holds(&index, gone.as_bytes()), "{gone} is still in the index's files");
    }
    server.app.rebuild("search", |_, _| ()).await.unwrap();
    assert_eq!(statuses(&alice, "sings").await, [id(&kept)]);
    assert_eq!(statuses(&alice, "canarytwo").await, [id(&kept)]);
    alice.posts("canaryfour sings").await;
    assert_eq!(statuses(&alice, "sings").await.len(), 2);
    server.finish().await;
}

#[tokio::test]
async fn operators_choose() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    lets_be_found(&alice).await;
    let poll = json!({ "options": ["pears", "plums"], "expires_in": 3600 });
    let poll = alice.post("/api/v1/statuses", json!({ "status": "fruit?", "poll": poll })).await;
    let link = alice.posts("fruit at https://example.org/fruit").await;
    let body = json!({ "status": "fruit salad", "in_reply_to_id": id(&link), "language": "de", "sensitive": true });
    let reply = alice.post("/api/v1/statuses", body).await;
    let tagged = alice.posts("東京タワーの fruit #Früchte").await;
    let own = bob.posts("fruit of bob").await;
    // Bob's search waits for bob's own post, which came last.
    assert_eq!(statuses(&bob, "from:me fruit").await, [id(&own)]);
    for (query, expected) in [
        ("has:poll", vec![&poll]),
        ("plums", vec![&poll]),
        ("has:link fruit", vec![&link]),
        ("is:reply", vec![&reply]),
        ("is:sensitive language:de", vec![&reply]),
        ("\"fruit salad\"", vec![&reply]),
        ("\"salad fruit\"", vec![]),
        ("fruit -salad -has:poll -has:link from:alice", vec![&tagged]),
        (&format!("from:@alice@{} #fruchte", server.app.domain), vec![&tagged]),
        ("京タ", vec![&tagged]),
        ("京東", vec![]),
        ("from:nobody fruit", vec![]),
        ("before:2020-01-01 fruit", vec![]),
        ("after:2020 from:bob", vec![&own]),
        ("-after:2020 fruit", vec![]),
    ] {
        let expected: Vec<_> = expected.into_iter().map(id).collect();
        assert_eq!(statuses(&bob, query).await, expected, "{query}");
    }
    let by_account = found_with(&bob, "statuses", &[("q", "fruit"), ("account_id", &bob.id.to_string())]).await;
    assert_eq!(by_account, [id(&own)]);
    server.finish().await;
}

#[tokio::test]
async fn addresses_and_handles_are_found_whole() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let posted = alice.posts("by address").await;
    let hidden = alice.post("/api/v1/statuses", json!({ "status": "hidden", "visibility": "private" })).await;
    for query in [posted["url"].as_str().unwrap(), posted["uri"].as_str().unwrap()] {
        let found = bob.get(&format!("/api/v2/search?resolve=true&q={query}")).await;
        assert_eq!(found["statuses"][0]["id"], posted["id"], "{query}");
        assert_eq!(found["accounts"], json!([]));
    }
    let answer = bob.get(&format!("/api/v2/search?q={}", hidden["url"].as_str().unwrap())).await;
    assert_eq!(answer["statuses"], json!([]));
    let handle = format!("ALICE@{}", server.app.domain);
    for query in ["alice", "@Alice", "al", &handle, alice_url(&posted)] {
        let named = found(&bob, "accounts", query).await;
        assert_eq!(named, [alice.id.to_string()], "{query}");
    }
    assert!(found(&bob, "accounts", "alice@elsewhere.example").await.is_empty());
    let following = [("q", "alice"), ("following", "true")];
    assert!(found_with(&bob, "accounts", &following).await.is_empty());
    bob.post(&format!("/api/v1/accounts/{}/follow", alice.id), json!({})).await;
    assert_eq!(found_with(&bob, "accounts", &following).await, [alice.id.to_string()]);
    server.finish().await;
}

fn alice_url(status: &Value) -> &str {
    status["account"]["url"].as_str().unwrap()
}

#[tokio::test]
async fn hashtags_are_found_by_their_beginning() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    for text in ["#rustaceans", "#Rust one", "#rust two", "#ruby"] {
        alice.posts(text).await;
    }
    alice.post("/api/v1/statuses", json!({ "status": "#rusty secret", "visibility": "direct" })).await;
    let names = |body: Value| -> Vec<String> {
        body["hashtags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap().to_owned()).collect()
    };
    let own = names(alice.get("/api/v2/search?q=%23rust").await);
    assert_eq!(own[0], "rust");
    assert_eq!(own.len(), 3);
    let others = bob.get("/api/v2/search?q=rust&type=hashtags").await;
    let tag = &others["hashtags"][0];
    assert_eq!(names(others.clone()), ["rust", "rustaceans"]);
    assert_eq!((&tag["history"][0]["uses"], &tag["history"][0]["accounts"]), (&json!("2"), &json!("1")));
    assert_eq!(tag["history"].as_array().unwrap().len(), 7);
    assert_eq!((&tag["following"], &tag["featuring"]), (&json!(false), &json!(false)));
    let shown = bob.get("/api/v1/tags/RUST").await;
    assert_eq!(&shown, tag);
    assert_eq!(bob.get("/api/v1/tags/nobody").await["history"][0]["uses"], "0");
    assert_eq!(bob.try_get("/api/v1/tags/no%20tag").await.0, StatusCode::NOT_FOUND);
    assert_eq!(bob.get("/api/v1/search?q=rust").await["hashtags"], json!(["rust", "rustaceans"]));
    server.finish().await;
}

#[tokio::test]
async fn the_anonymous_find_accounts_and_hashtags() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    lets_be_found(&alice).await;
    alice.posts("alice likes #alice").await;
    alice.get("/api/v2/search?q=alice").await;
    let get = async |params: &str| {
        let response = server.http.get(format!("{}/api/v2/search?{params}", server.base)).send().await.unwrap();
        (response.status(), response.json::<Value>().await.unwrap())
    };
    let (_, body) = get("q=alice").await;
    assert_eq!(body["accounts"][0]["acct"], "alice");
    assert_eq!(body["statuses"], json!([]));
    assert!(body["hashtags"][0].get("following").is_none());
    assert_eq!(get("q=alice&resolve=true").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(get("q=alice&offset=5&type=accounts").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(get("q=").await.0, StatusCode::BAD_REQUEST);
    let writer = server.token_for(Some(alice.id), &["write"]).await;
    let request = server.http.get(format!("{}/api/v2/search?q=a", server.base)).bearer_auth(writer);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::FORBIDDEN);
    server.finish().await;
}

#[tokio::test]
async fn two_processes_find_what_either_acknowledged() {
    let server = TestServer::start().await;
    let second = server.second().await;
    let alice = server.with_user("alice").await;
    let there = alice.on(&second);
    for round in 0..3 {
        let posted = alice.posts(&format!("here{round}")).await;
        assert_eq!(statuses(&there, &format!("here{round}")).await, [id(&posted)]);
        let posted = there.posts(&format!("there{round}")).await;
        assert_eq!(statuses(&alice, &format!("there{round}")).await, [id(&posted)]);
    }
    let places: Vec<_> = server.app.standings().await.unwrap().into_iter().map(|standing| standing.slot).collect();
    assert_eq!(places[1..], ["search/0/a", "search/1/a"]);
    second.finish().await;
    server.finish().await;
}
