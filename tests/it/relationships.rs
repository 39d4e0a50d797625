//! Following, blocking, muting, and the lists of those who do.

use chronodon::commands::By;
use chronodon_domain::account::Command;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Person, TestServer};

/// `POST /api/v1/accounts/:id/{action}`, which must succeed.
async fn does(person: &Person, action: &str, target: &Person) -> Value {
    person.post(&format!("/api/v1/accounts/{}/{action}", target.id), json!({})).await
}

async fn between(person: &Person, target: &Person) -> Value {
    person.get(&format!("/api/v1/accounts/relationships?id={}", target.id)).await[0].clone()
}

async fn changes_profile(person: &Person, changes: Value) {
    let request = person.request(Method::PATCH, "/api/v1/accounts/update_credentials").json(&changes);
    let (status, answer) = person.send(request).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
}

async fn names(person: &Person, path: &str) -> Vec<String> {
    names_in(&person.get(path).await)
}

fn names_in(accounts: &Value) -> Vec<String> {
    accounts.as_array().unwrap().iter().map(|account| account["acct"].as_str().unwrap().to_owned()).collect()
}

/// How many accounts a person follows, and how many follow them.
async fn counts(server: &TestServer, person: &Person) -> (i64, i64) {
    let rows = chronodon_projections::core::accounts::by_ids(&server.app.reader, &[person.id.get()]).await.unwrap();
    (rows[0].following_count, rows[0].followers_count)
}

#[tokio::test]
async fn following_twice_is_following_once_and_so_is_unfollowing() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let first = does(&alice, "follow", &bob).await;
    assert_eq!(
        first,
        json!({
            "id": bob.id.to_string(), "following": true, "showing_reblogs": true, "notifying": false,
            "languages": null, "followed_by": false, "blocking": false, "blocked_by": false, "muting": false,
            "muting_notifications": false, "muting_expires_at": null, "requested": false, "requested_by": false,
            "domain_blocking": false, "endorsed": false, "note": "",
        })
    );
    assert_eq!(does(&alice, "follow", &bob).await, first);
    assert_eq!(between(&bob, &alice).await["followed_by"], true);
    assert_eq!((counts(&server, &alice).await, counts(&server, &bob).await), ((1, 0), (0, 1)));

    let path = format!("/api/v1/accounts/{}/follow", bob.id);
    let changed = alice.request(Method::POST, &path).form(&[("reblogs", "false"), ("languages[]", "de")]);
    let (status, changed) = alice.send(changed).await;
    assert_eq!(
        (status, &changed["showing_reblogs"], &changed["languages"]),
        (StatusCode::OK, &json!(false), &json!(["de"]))
    );
    let bell = alice.post(&path, json!({ "notify": true })).await;
    assert_eq!(
        (&bell["notifying"], &bell["showing_reblogs"]),
        (&json!(true), &json!(false)),
        "what is not asked stays"
    );

    for _ in 0..2 {
        let ended = does(&alice, "unfollow", &bob).await;
        assert_eq!((&ended["following"], &ended["showing_reblogs"]), (&json!(false), &json!(false)));
    }
    assert_eq!((counts(&server, &alice).await, counts(&server, &bob).await), ((0, 0), (0, 0)));
    assert_eq!(does(&alice, "follow", &bob).await["following"], true);
    assert_eq!(does(&bob, "remove_from_followers", &alice).await["followed_by"], false);
    assert_eq!(between(&alice, &bob).await["following"], false);
    server.finish().await;
}

#[tokio::test]
async fn nobody_follows_themselves_strangers_to_the_server_or_the_suspended() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    server.app.commands.change_account(By::operator(), "bob", &Command::Suspend { reason: None }).await.unwrap();
    for target in [alice.id.to_string(), bob.id.to_string(), "1".to_owned(), "x".to_owned()] {
        let (status, body) = alice.try_post(&format!("/api/v1/accounts/{target}/follow"), json!({})).await;
        assert!(matches!(status, StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST), "{target}: {status} {body}");
    }
    let reader = server.token_for(Some(alice.id), &["read"]).await;
    let path = format!("{}/api/v1/accounts/{}/follow", server.base, bob.id);
    let refused = server.http.post(&path).bearer_auth(reader).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert_eq!(server.http.post(&path).send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    server.finish().await;
}

#[tokio::test]
async fn a_locked_account_lets_in_by_hand() {
    let server = TestServer::start().await;
    let (alice, bob, carol) =
        (server.with_user("alice").await, server.with_user("bob").await, server.with_user("carol").await);
    changes_profile(&bob, json!({ "locked": true })).await;
    for _ in 0..2 {
        let asked = does(&alice, "follow", &bob).await;
        assert_eq!((&asked["requested"], &asked["following"]), (&json!(true), &json!(false)));
    }
    does(&carol, "follow", &bob).await;
    assert_eq!(between(&bob, &alice).await["requested_by"], true);
    assert_eq!(names(&bob, "/api/v1/follow_requests").await, ["carol", "alice"]);
    assert_eq!(counts(&server, &bob).await, (0, 0));

    for _ in 0..2 {
        let accepted = bob.post(&format!("/api/v1/follow_requests/{}/authorize", alice.id), json!({})).await;
        assert_eq!((&accepted["followed_by"], &accepted["requested_by"]), (&json!(true), &json!(false)));
    }
    for _ in 0..2 {
        let rejected = bob.post(&format!("/api/v1/follow_requests/{}/reject", carol.id), json!({})).await;
        assert_eq!((&rejected["followed_by"], &rejected["requested_by"]), (&json!(false), &json!(false)));
    }
    assert_eq!(names(&bob, "/api/v1/follow_requests").await, [""; 0]);
    assert_eq!(between(&alice, &bob).await["following"], true);
    assert_eq!(between(&carol, &bob).await["requested"], false);

    does(&carol, "follow", &bob).await;
    assert_eq!(does(&carol, "unfollow", &bob).await["requested"], false);
    let late = bob.post(&format!("/api/v1/follow_requests/{}/authorize", carol.id), json!({})).await;
    assert_eq!(late["followed_by"], false, "what was withdrawn cannot be let through");
    server.finish().await;
}

#[tokio::test]
async fn a_block_ends_what_is_between_two() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    does(&alice, "follow", &bob).await;
    does(&bob, "follow", &alice).await;
    for _ in 0..2 {
        let blocked = does(&alice, "block", &bob).await;
        assert_eq!(
            (&blocked["blocking"], &blocked["following"], &blocked["followed_by"]),
            (&json!(true), &json!(false), &json!(false))
        );
    }
    assert_eq!((counts(&server, &alice).await, counts(&server, &bob).await), ((0, 0), (0, 0)));
    assert_eq!(between(&bob, &alice).await["blocked_by"], true);
    assert_eq!(names(&alice, "/api/v1/blocks").await, ["bob"]);
    assert_eq!(names(&bob, "/api/v1/blocks").await, [""; 0]);
    for (person, target) in [(&alice, &bob), (&bob, &alice)] {
        let (status, body) = person.try_post(&format!("/api/v1/accounts/{}/follow", target.id), json!({})).await;
        assert_eq!((status, &body["error"]), (StatusCode::FORBIDDEN, &json!("This action is not allowed")));
    }
    for _ in 0..2 {
        assert_eq!(does(&alice, "unblock", &bob).await["blocking"], false);
    }
    assert_eq!(does(&bob, "follow", &alice).await["following"], true);
    server.app.rebuild("core", |_, _| ()).await.unwrap();
    assert_eq!(between(&bob, &alice).await["following"], true);
    assert_eq!(counts(&server, &alice).await, (0, 1));
    server.finish().await;
}

#[tokio::test]
async fn mutes_end_by_themselves() {
    let server = TestServer::start().await;
    let (alice, bob, carol) =
        (server.with_user("alice").await, server.with_user("bob").await, server.with_user("carol").await);
    let path = format!("/api/v1/accounts/{}/mute", bob.id);
    let muted = alice.post(&path, json!({ "notifications": false, "duration": 3600 })).await;
    assert_eq!((&muted["muting"], &muted["muting_notifications"]), (&json!(true), &json!(false)));
    assert!(muted["muting_expires_at"].as_str().unwrap().ends_with('Z'));
    let page = alice.get("/api/v1/mutes").await;
    assert_eq!((&page[0]["acct"], &page[0]["mute_expires_at"]), (&json!("bob"), &muted["muting_expires_at"]));

    let for_good = does(&alice, "mute", &bob).await;
    assert_eq!((&for_good["muting_notifications"], &for_good["muting_expires_at"]), (&json!(true), &json!(null)));
    alice.post(&format!("/api/v1/accounts/{}/mute", carol.id), json!({ "duration": 1 })).await;
    assert_eq!(names(&alice, "/api/v1/mutes").await, ["carol", "bob"]);
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    assert_eq!(names(&alice, "/api/v1/mutes").await, ["bob"]);
    let ended = between(&alice, &carol).await;
    assert_eq!((&ended["muting"], &ended["muting_notifications"]), (&json!(false), &json!(false)));
    for _ in 0..2 {
        assert_eq!(does(&alice, "unmute", &bob).await["muting"], false);
    }
    server.finish().await;
}

#[tokio::test]
async fn a_note_is_ones_own() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let path = format!("/api/v1/accounts/{}/note", bob.id);
    assert_eq!(alice.post(&path, json!({ "comment": "met at the fair" })).await["note"], "met at the fair");
    assert_eq!(between(&bob, &alice).await["note"], "");
    let (status, _) = alice.try_post(&path, json!({ "comment": "x".repeat(2_001) })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(alice.post(&path, json!({})).await["note"], "");
    server.finish().await;
}

#[tokio::test]
async fn relationships_come_as_asked_in_one_query() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let mut others = Vec::new();
    for number in 0..12 {
        others.push(server.with_user(&format!("user{number}")).await);
    }
    does(&alice, "follow", &others[3]).await;
    let suspend = Command::Suspend { reason: None };
    server.app.commands.change_account(By::operator(), "user5", &suspend).await.unwrap();
    let asked = format!("id[]={}&id[]=12345&id[]={}&id[]={}", others[7].id, others[5].id, others[3].id);
    let ids = |answer: &Value| -> Vec<String> {
        answer.as_array().unwrap().iter().map(|relation| relation["id"].as_str().unwrap().to_owned()).collect()
    };
    let answer = alice.get(&format!("/api/v1/accounts/relationships?{asked}")).await;
    assert_eq!(ids(&answer), [others[7].id.to_string(), others[3].id.to_string()]);
    let answer = alice.get(&format!("/api/v1/accounts/relationships?{asked}&with_suspended=true")).await;
    assert_eq!(ids(&answer), [others[7].id, others[5].id, others[3].id].map(|id| id.to_string()));
    assert_eq!(alice.get("/api/v1/accounts/relationships").await, json!([]));

    let mut cost = Vec::new();
    for number in [1, 12] {
        let asked: Vec<_> = others[..number].iter().map(|other| format!("id[]={}", other.id)).collect();
        let before = server.app.reader.statements();
        alice.get(&format!("/api/v1/accounts/relationships?{}", asked.join("&"))).await;
        cost.push(server.app.reader.statements() - before);
    }
    assert_eq!(cost[0], cost[1]);
    server.finish().await;
}

/// The names on all pages from `path` on, by `rel="next"`.
async fn all_pages(person: &Person, server: &TestServer, path: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut next = Some(path.to_owned());
    while let Some(path) = next {
        let response = person.request(Method::GET, &path).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let link = response.headers().get("link").map(|link| link.to_str().unwrap().to_owned()).unwrap_or_default();
        next = link.split(", ").find(|part| part.ends_with("rel=\"next\"")).map(|part| {
            let address = part.split(['<', '>']).nth(1).unwrap();
            address.strip_prefix(&server.base).expect("links are our own").to_owned()
        });
        pages.push(names_in(&response.json().await.unwrap()));
    }
    pages
}

#[tokio::test]
async fn followers_are_paged_by_when_they_came() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    for name in ["u0", "u1", "u2", "u3", "u4"] {
        let follower = server.with_user(name).await;
        does(&follower, "follow", &alice).await;
        if name == "u1" {
            does(&follower, "unfollow", &alice).await;
        }
    }
    let path = format!("/api/v1/accounts/{}/followers?limit=2", alice.id);
    assert_eq!(all_pages(&alice, &server, &path).await, [vec!["u4", "u3"], vec!["u2", "u0"], vec![]]);
    let full = format!("/api/v1/accounts/{}/followers", alice.id);
    assert_eq!(names(&alice, &full).await, ["u4", "u3", "u2", "u0"]);

    let first = alice.request(Method::GET, &path).send().await.unwrap();
    let link = first.headers()["link"].to_str().unwrap().to_owned();
    let prev = link.split(", ").find(|part| part.ends_with("rel=\"prev\"")).unwrap();
    assert!(prev.contains("since_id="), "{prev}");
    let max = link.split("max_id=").nth(1).unwrap().split(['&', '>']).next().unwrap();
    let newer = format!("/api/v1/accounts/{}/followers?limit=1&min_id={max}", alice.id);
    assert_eq!(names(&alice, &newer).await, ["u4"]);

    let mut cost = Vec::new();
    for limit in [1, 4] {
        let before = server.app.reader.statements();
        alice.get(&format!("/api/v1/accounts/{}/followers?limit={limit}", alice.id)).await;
        cost.push(server.app.reader.statements() - before);
    }
    assert_eq!(cost[0], cost[1]);
    server.finish().await;
}

#[tokio::test]
async fn who_may_not_know_sees_an_empty_list() {
    let server = TestServer::start().await;
    let (alice, bob, carol) =
        (server.with_user("alice").await, server.with_user("bob").await, server.with_user("carol").await);
    does(&bob, "follow", &alice).await;
    does(&carol, "follow", &alice).await;
    let followers = format!("/api/v1/accounts/{}/followers", alice.id);
    let following = format!("/api/v1/accounts/{}/following", bob.id);
    assert_eq!(names(&bob, &followers).await, ["carol", "bob"]);
    assert_eq!(names(&carol, &following).await, ["alice"]);
    does(&bob, "mute", &carol).await;
    assert_eq!(names(&bob, &followers).await, ["bob"]);
    assert_eq!(names(&alice, &followers).await, ["carol", "bob"]);

    changes_profile(&alice, json!({ "hide_collections": true })).await;
    assert_eq!(names(&carol, &followers).await, [""; 0]);
    assert_eq!(names(&alice, &followers).await, ["carol", "bob"]);
    does(&bob, "block", &carol).await;
    assert_eq!(names(&carol, &following).await, [""; 0]);
    let anonymous = server.http.get(format!("{}{following}", server.base)).send().await.unwrap();
    assert_eq!(names_in(&anonymous.json().await.unwrap()), ["alice"]);
    assert_eq!(bob.try_get("/api/v1/accounts/1/followers").await.0, StatusCode::NOT_FOUND);
    server.finish().await;
}

#[tokio::test]
async fn familiar_followers_are_those_one_follows() {
    let server = TestServer::start().await;
    let (alice, bob, carol, dave) = (
        server.with_user("alice").await,
        server.with_user("bob").await,
        server.with_user("carol").await,
        server.with_user("dave").await,
    );
    does(&alice, "follow", &bob).await;
    does(&bob, "follow", &dave).await;
    does(&carol, "follow", &dave).await;
    let path = format!("/api/v1/accounts/familiar_followers?id[]={}&id[]=7&id[]={}", dave.id, carol.id);
    let answer = alice.get(&path).await;
    assert_eq!(answer.as_array().unwrap().len(), 2);
    assert_eq!(
        (&answer[0]["id"], names_in(&answer[0]["accounts"])),
        (&json!(dave.id.to_string()), vec!["bob".to_owned()])
    );
    assert_eq!(answer[1]["accounts"], json!([]));
    server.finish().await;
}

#[tokio::test]
async fn both_follow_and_block_each_other_at_once() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let path = |target: &Person, action: &str| format!("/api/v1/accounts/{}/{action}", target.id);
    let (followed, blocked, follows_back) = (path(&bob, "follow"), path(&alice, "block"), path(&alice, "follow"));
    for _ in 0..8 {
        let (one, two, three) = tokio::join!(
            alice.try_post(&followed, json!({})),
            bob.try_post(&blocked, json!({})),
            bob.try_post(&follows_back, json!({})),
        );
        assert!(two.0.is_success(), "{}", two.1);
        for (status, body) in [one, three] {
            assert!(status.is_success() || status == StatusCode::FORBIDDEN, "{status} {body}");
        }
        let between = between(&bob, &alice).await;
        assert_eq!((&between["following"], &between["followed_by"]), (&json!(false), &json!(false)));
        does(&bob, "unblock", &alice).await;
    }
    server.finish().await;
}
