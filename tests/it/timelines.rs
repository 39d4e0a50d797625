//! Home, public, hashtag and list timelines over real HTTP.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Person, TestServer, id};

fn ids(timeline: &Value) -> Vec<&str> {
    timeline.as_array().unwrap().iter().map(id).collect()
}

/// The addresses of a `Link` header, without the server's own.
async fn links(server: &TestServer, person: &Person, path: &str) -> String {
    let response = person.request(Method::GET, path).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let link = response.headers().get("link").map_or("", |link| link.to_str().unwrap());
    link.replace(&server.base, "")
}

#[tokio::test]
async fn own_posts_stand_at_home_and_in_public_at_once() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let bob = server.with_user("bob").await;
    let hello = alice.posts("hello").await;
    let unlisted = alice.post("/api/v1/statuses", json!({ "status": "psst", "visibility": "unlisted" })).await;
    let answer = alice.post("/api/v1/statuses", json!({ "status": "to myself", "in_reply_to_id": hello["id"] })).await;
    let replied = bob.post("/api/v1/statuses", json!({ "status": "to you", "in_reply_to_id": hello["id"] })).await;
    let home = alice.get("/api/v1/timelines/home").await;
    assert_eq!(ids(&home), [id(&answer), id(&unlisted), id(&hello)]);
    assert_eq!(home[0]["favourited"], false);
    let everyone = bob.get("/api/v1/timelines/public").await;
    assert_eq!(ids(&everyone), [id(&answer), id(&hello)]);
    assert_eq!(bob.get("/api/v1/timelines/public?remote=true").await, json!([]));
    assert_eq!(ids(&bob.get("/api/v1/timelines/home").await), [id(&replied)]);
    alice.delete(&format!("/api/v1/statuses/{}", id(&answer))).await;
    assert_eq!(ids(&bob.get("/api/v1/timelines/public?local=true").await), [id(&hello)]);

    let anonymous = async |path: &str| server.http.get(format!("{}{path}", server.base)).send().await.unwrap();
    let seen: Value = anonymous("/api/v1/timelines/public").await.json().await.unwrap();
    assert_eq!(ids(&seen), [id(&hello)]);
    assert!(seen[0].get("favourited").is_none());
    assert_eq!(anonymous("/api/v1/timelines/home").await.status(), StatusCode::UNAUTHORIZED);
    let narrow = server.token_for(Some(alice.id), &["read:accounts"]).await;
    let refused = server.http.get(format!("{}/api/v1/timelines/home", server.base)).bearer_auth(narrow);
    assert_eq!(refused.send().await.unwrap().status(), StatusCode::FORBIDDEN);
    assert_eq!(alice.try_get("/api/v1/timelines/list/1").await.0, StatusCode::NOT_FOUND);
    server.finish().await;
}

#[tokio::test]
async fn pages_lead_on_by_their_links() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let mut posts = Vec::new();
    for number in 0..5 {
        posts.insert(0, id(&alice.posts(&format!("number {number}")).await).to_owned());
    }
    for path in ["/api/v1/timelines/home", "/api/v1/timelines/public"] {
        let first = alice.get(&format!("{path}?limit=2")).await;
        assert_eq!(ids(&first), posts[..2]);
        let expected = format!(
            "<{path}?limit=2&max_id={}>; rel=\"next\", <{path}?limit=2&min_id={}>; rel=\"prev\"",
            posts[1], posts[0]
        );
        assert_eq!(links(&server, &alice, &format!("{path}?limit=2")).await, expected);
        let next = alice.get(&format!("{path}?limit=2&max_id={}", posts[1])).await;
        assert_eq!(ids(&next), posts[2..4]);
        let just_above = alice.get(&format!("{path}?limit=2&min_id={}", posts[4])).await;
        assert_eq!(ids(&just_above), posts[2..4]);
        let newest_since = alice.get(&format!("{path}?limit=2&since_id={}", posts[4])).await;
        assert_eq!(ids(&newest_since), posts[..2]);
        assert_eq!(links(&server, &alice, &format!("{path}?max_id={}", posts[4])).await, "");
    }
    server.finish().await;
}

#[tokio::test]
async fn hashtags_are_found_however_they_are_written() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let cafe = alice.posts("at the #Café").await;
    let both = alice.posts("#cafe and #tea").await;
    let private = json!({ "status": "secret #tea", "visibility": "private" });
    alice.post("/api/v1/statuses", private).await;
    let get = async |query: &str| alice.get(&format!("/api/v1/timelines/tag/{query}")).await;
    assert_eq!(ids(&get("CAFE").await), [id(&both), id(&cafe)]);
    assert_eq!(ids(&get("cafe?none[]=Tea").await), [id(&cafe)]);
    assert_eq!(ids(&get("cafe?all[]=tea").await), [id(&both)]);
    assert_eq!(ids(&get("tea?any[]=caf%C3%A9").await), [id(&both), id(&cafe)]);
    assert_eq!(get("nothing").await, json!([]));
    server.finish().await;
}

async fn does(person: &Person, action: &str, target: &Person) {
    person.post(&format!("/api/v1/accounts/{}/{action}", target.id), json!({})).await;
}

#[tokio::test]
async fn home_follows_what_one_does_about_others() {
    let server = TestServer::start().await;
    let second = server.second().await;
    let [alice, bob, carol] =
        [server.with_user("alice").await, server.with_user("bob").await, server.with_user("carol").await];
    let before = bob.posts("before the follow").await;
    let told = carol.posts("worth telling").await;
    let home = async |person: &Person| {
        let here = person.get("/api/v1/timelines/home").await;
        let there = person.on(&second).get("/api/v1/timelines/home").await;
        assert_eq!(here, there, "both processes show the same");
        ids(&here).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(home(&alice).await, Vec::<String>::new());
    does(&alice, "follow", &bob).await;
    assert_eq!(home(&alice).await, [id(&before)]);
    let reblog = bob.post(&format!("/api/v1/statuses/{}/reblog", id(&told)), json!({})).await;
    let private =
        bob.on(&second).post("/api/v1/statuses", json!({ "status": "for us", "visibility": "private" })).await;
    assert_eq!(home(&alice).await, [id(&private), id(&reblog), id(&before)]);
    let shown = alice.get("/api/v1/timelines/home?limit=2").await;
    assert_eq!(shown[1]["reblog"]["id"], told["id"]);
    // What was shown just now is not shown again by another reblog.
    does(&alice, "follow", &carol).await;
    assert_eq!(home(&alice).await, [id(&private), id(&told), id(&before)]);
    does(&alice, "unfollow", &carol).await;

    does(&alice, "mute", &carol).await;
    assert_eq!(home(&alice).await, [id(&private), id(&before)]);
    does(&alice, "unmute", &carol).await;
    does(&carol, "block", &alice).await;
    assert_eq!(home(&alice).await, [id(&private), id(&before)]);
    does(&carol, "unblock", &alice).await;
    carol.delete(&format!("/api/v1/statuses/{}", id(&told))).await;
    assert_eq!(home(&alice).await, [id(&private), id(&before)]);
    does(&alice, "unfollow", &bob).await;
    assert_eq!(home(&alice).await, Vec::<String>::new());
    assert_eq!(server.app.homes.rings(), 1);
    second.finish().await;
    server.finish().await;
}

#[tokio::test]
async fn lists_show_their_members_and_exclusive_ones_keep_them_from_home() {
    let server = TestServer::start().await;
    let [alice, bob] = [server.with_user("alice").await, server.with_user("bob").await];
    does(&alice, "follow", &bob).await;
    let posted = bob.posts("hello").await;
    assert_eq!(ids(&alice.get("/api/v1/timelines/home").await), [id(&posted)]);
    let list = alice.post("/api/v1/lists", json!({ "title": "friends" })).await;
    let path = format!("/api/v1/timelines/list/{}", id(&list));
    assert_eq!(alice.get(&path).await, json!([]));
    alice.post(&format!("/api/v1/lists/{}/accounts", id(&list)), json!({ "account_ids": [bob.id.to_string()] })).await;
    assert_eq!(ids(&alice.get(&path).await), [id(&posted)]);
    assert_eq!(ids(&alice.get("/api/v1/timelines/home").await), [id(&posted)]);
    assert_eq!(bob.try_get(&path).await.0, StatusCode::NOT_FOUND);

    let change = json!({ "title": "friends", "exclusive": true });
    let change = alice.request(Method::PUT, &format!("/api/v1/lists/{}", id(&list))).json(&change);
    assert_eq!(alice.send(change).await.0, StatusCode::OK);
    assert_eq!(alice.get("/api/v1/timelines/home").await, json!([]));
    let second = bob.posts("to the list only").await;
    assert_eq!(alice.get("/api/v1/timelines/home").await, json!([]));
    assert_eq!(ids(&alice.get(&path).await), [id(&second), id(&posted)]);
    alice.delete(&format!("/api/v1/lists/{}", id(&list))).await;
    assert_eq!(ids(&alice.get("/api/v1/timelines/home").await), [id(&second), id(&posted)]);
    server.finish().await;
}
