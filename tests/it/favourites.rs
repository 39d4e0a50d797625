//! Liking a status, and the lists it makes.

use reqwest::StatusCode;
use serde_json::json;

use crate::support::{TestServer, id};

#[tokio::test]
async fn liking_twice_is_liking_once() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let status = alice.posts("likeable").await;
    let path = format!("/api/v1/statuses/{}", id(&status));
    for _ in 0..2 {
        let liked = bob.post(&format!("{path}/favourite"), json!({})).await;
        assert_eq!((&liked["favourited"], &liked["favourites_count"]), (&json!(true), &json!(1)));
    }
    assert_eq!(alice.get(&path).await["favourited"], false);
    assert_eq!(alice.get(&path).await["favourites_count"], 1);
    for _ in 0..2 {
        let unliked = bob.post(&format!("{path}/unfavourite"), json!({})).await;
        assert_eq!((&unliked["favourited"], &unliked["favourites_count"]), (&json!(false), &json!(0)));
    }
    server.finish().await;
}

#[tokio::test]
async fn the_list_pages_by_when_it_was_liked() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let mut statuses = Vec::new();
    for n in 0..5 {
        statuses.push(id(&alice.posts(&format!("{n}")).await).to_owned());
    }
    // In another order than they were posted in.
    for n in [3, 0, 4, 1, 2] {
        bob.post(&format!("/api/v1/statuses/{}/favourite", statuses[n]), json!({})).await;
    }
    let liked = |page: &serde_json::Value| -> Vec<String> {
        page.as_array().unwrap().iter().map(|status| status["content"].as_str().unwrap().to_owned()).collect()
    };
    let (page, link) = bob.page("/api/v1/favourites?limit=2").await;
    assert_eq!(liked(&page), ["<p>2</p>", "<p>1</p>"]);
    let (page, second) = bob.page(&link.next.clone().unwrap()).await;
    assert_eq!(liked(&page), ["<p>4</p>", "<p>0</p>"]);
    let (back, _) = bob.page(&second.prev.unwrap()).await;
    assert_eq!(liked(&back), ["<p>2</p>", "<p>1</p>"]);
    let (page, last) = bob.page(&second.next.unwrap()).await;
    assert_eq!(liked(&page), ["<p>3</p>"]);
    assert!(last.next.is_none(), "only a full page has a next one");
    server.finish().await;
}

#[tokio::test]
async fn who_likes_a_status_is_listed_last_first() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let status = alice.posts("liked by all").await;
    let path = format!("/api/v1/statuses/{}", id(&status));
    for name in ["bob", "carol", "dave"] {
        let person = server.with_user(name).await;
        person.post(&format!("{path}/favourite"), json!({})).await;
        person.post(&format!("{path}/reblog"), json!({})).await;
    }
    let names = |page: &serde_json::Value| -> Vec<String> {
        page.as_array().unwrap().iter().map(|account| account["acct"].as_str().unwrap().to_owned()).collect()
    };
    for list in ["favourited_by", "reblogged_by"] {
        let (page, link) = alice.page(&format!("{path}/{list}?limit=2")).await;
        assert_eq!(names(&page), ["dave", "carol"]);
        assert!(link.prev.unwrap().contains("since_id="));
        let (page, link) = alice.page(&link.next.unwrap()).await;
        assert_eq!(names(&page), ["bob"]);
        assert!(link.next.is_none());
    }
    server.finish().await;
}

#[tokio::test]
async fn what_is_gone_is_liked_by_nobody_and_a_replay_agrees() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let (gone, kept) = (alice.posts("gone #tag").await, alice.posts("kept").await);
    for status in [&gone, &kept] {
        for action in ["favourite", "bookmark", "reblog", "mute"] {
            bob.post(&format!("/api/v1/statuses/{}/{action}", id(status)), json!({})).await;
        }
        alice.post(&format!("/api/v1/statuses/{}/pin", id(status)), json!({})).await;
    }
    alice.delete(&format!("/api/v1/statuses/{}", id(&gone))).await;
    let path = format!("/api/v1/statuses/{}", id(&gone));
    for round in 0..2 {
        for list in ["/api/v1/favourites", "/api/v1/bookmarks"] {
            assert_eq!(bob.get(list).await.as_array().unwrap().len(), 1, "{list}");
        }
        for action in ["favourite", "unfavourite", "bookmark", "unbookmark", "reblog", "unreblog", "mute", "pin"] {
            assert_eq!(bob.try_post(&format!("{path}/{action}"), json!({})).await.0, StatusCode::NOT_FOUND, "{action}");
        }
        assert_eq!(bob.get(&format!("/api/v1/statuses/{}", id(&kept))).await["reblogs_count"], 1);
        assert_eq!(bob.posts(&format!("{round}")).await["account"]["statuses_count"], 2 + round);
        server.app.rebuild("core", |_, _| ()).await.unwrap();
    }
    server.finish().await;
}

#[tokio::test]
async fn a_stranger_likes_nothing_private() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let status = alice.post("/api/v1/statuses", json!({ "status": "mine", "visibility": "private" })).await;
    let path = |id: &str| format!("/api/v1/statuses/{id}");
    let (there, missing) = (path(id(&status)), path("109372843234"));
    let doings =
        ["favourite", "bookmark", "reblog", "mute", "pin"].map(|action| [action.to_owned(), format!("un{action}")]);
    for action in doings.concat() {
        let answer = bob.try_post(&format!("{there}/{action}"), json!({})).await;
        assert_eq!(answer.0, StatusCode::NOT_FOUND, "{action}");
        assert_eq!(answer, bob.try_post(&format!("{missing}/{action}"), json!({})).await, "{action}");
    }
    for list in ["", "/favourited_by", "/reblogged_by", "/context", "/history", "/source", "/deliveries"] {
        let answer = bob.try_get(&format!("{there}{list}")).await;
        assert_eq!(answer.0, StatusCode::NOT_FOUND, "{list}");
        assert_eq!(answer, bob.try_get(&format!("{missing}{list}")).await, "{list}");
    }
    server.finish().await;
}
