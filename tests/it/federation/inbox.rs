//! What other servers send: who is believed, and what becomes of it.

use chronodon::federation::inbox::queue;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::elsewhere::{Actor, Remote, account_of, follows, settled};
use crate::support::{TestServer, id};

async fn beds() -> (TestServer, Remote) {
    (TestServer::start().await, Remote::start().await)
}

#[tokio::test]
async fn a_follow_is_followed_by_a_note_a_like_and_a_boost() {
    let (server, remote) = beds().await;
    let (alice, bob) = (server.with_user("alice").await, remote.actor("bob"));
    follows(&server, &alice, "alice", &bob).await;
    let account = account_of(&alice, &bob).await;
    let relation = alice.get(&format!("/api/v1/accounts/relationships?id={}", id(&account))).await;
    assert_eq!((&relation[0]["followed_by"], &relation[0]["following"]), (&json!(true), &json!(true)));

    let note = bob.note("1", "<p>Hello <script>x</script>@alice</p>");
    bob.tells(&server, &bob.does("Create", note.clone())).await;
    let home = alice.get("/api/v1/timelines/home").await;
    assert_eq!((home.as_array().unwrap().len(), &home[0]["uri"]), (1, &note["id"]));
    assert!(!home[0]["content"].as_str().unwrap().contains("script"));

    let own = alice.posts("mine").await;
    let own_uri = format!("{}/users/alice/statuses/{}", server.base, id(&own));
    let (like, boost) = (bob.does("Like", &*own_uri), bob.does("Announce", &*own_uri));
    bob.tells(&server, &like).await;
    bob.tells(&server, &boost).await;
    bob.tells(&server, &like).await;
    let status = alice.get(&format!("/api/v1/statuses/{}", id(&own))).await;
    assert_eq!((&status["favourites_count"], &status["reblogs_count"]), (&json!(1), &json!(1)));
    let told = alice.get("/api/v1/notifications").await;
    let kinds: Vec<_> = told.as_array().unwrap().iter().map(|told| told["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["reblog", "favourite", "follow"]);

    bob.tells(&server, &bob.does("Undo", like)).await;
    bob.tells(&server, &bob.does("Undo", boost["id"].as_str().unwrap())).await;
    bob.tells(&server, &bob.does("Undo", bob.does("Follow", format!("{}/users/alice", server.base)))).await;
    let status = alice.get(&format!("/api/v1/statuses/{}", id(&own))).await;
    assert_eq!((&status["favourites_count"], &status["reblogs_count"]), (&json!(0), &json!(0)));
    let relation = alice.get(&format!("/api/v1/accounts/relationships?id={}", id(&account))).await;
    assert_eq!(relation[0]["followed_by"], false);
    server.finish().await;
}

#[tokio::test]
async fn edits_come_in_any_order_and_a_deletion_is_final() {
    let (server, remote) = beds().await;
    let (alice, bob) = (server.with_user("alice").await, remote.actor("bob"));
    follows(&server, &alice, "alice", &bob).await;
    let mut newest = bob.note("1", "<p>third</p>");
    newest["updated"] = json!("2026-01-02T05:00:00Z");
    let mut older = bob.note("1", "<p>second</p>");
    older["updated"] = json!("2026-01-02T04:00:00Z");
    bob.tells(&server, &bob.does("Update", newest)).await;
    bob.tells(&server, &bob.does("Update", older)).await;
    bob.tells(&server, &bob.does("Create", bob.note("1", "<p>first</p>"))).await;
    let home = alice.get("/api/v1/timelines/home").await;
    assert_eq!((home.as_array().unwrap().len(), &home[0]["content"]), (1, &json!("<p>third</p>")));

    let tombstone = |name: &str| json!({ "id": format!("{}/notes/{name}", bob.uri), "type": "Tombstone" });
    let unborn = bob.does("Create", bob.note("2", "<p>never seen</p>"));
    bob.tells(&server, &bob.does("Delete", tombstone("2"))).await;
    bob.tells(&server, &unborn).await;
    bob.tells(&server, &bob.does("Delete", tombstone("1"))).await;
    bob.tells(&server, &bob.does("Create", bob.note("1", "<p>first</p>"))).await;
    assert_eq!(alice.get("/api/v1/timelines/home").await, json!([]));
    server.finish().await;
}

#[tokio::test]
async fn what_is_signed_wrongly_is_refused_and_nothing_is_asked_for() {
    let (server, remote) = beds().await;
    let (_alice, bob) = (server.with_user("alice").await, remote.actor("bob"));
    let head = server.app.head().await.unwrap();
    let follow = bob.does("Follow", format!("{}/users/alice", server.base));
    let body = follow.to_string();
    let url = format!("{}/inbox", server.base);

    let unsigned = server.http.post(&url).body(body.clone()).send().await.unwrap();
    assert_eq!(unsigned.status(), 401);
    assert_eq!(unsigned.json::<Value>().await.unwrap(), json!({ "error": "the request is not signed" }));
    let empty = server.http.post(&url).header("signature", "").body(body.clone()).send().await.unwrap();
    assert!(empty.status().is_client_error());
    assert_eq!(
        bob.sends_bytes(&server, body.as_bytes(), |request| request.body(body.replace("alice", "eve"))).await,
        401
    );
    let key = format!("{}#main-key", bob.uri);
    for (hours, status) in [(-13, 401), (2, 401)] {
        let then = chronodon::clock::now() + SignedDuration::from_hours(hours);
        let answer = bob.signs(&server, body.as_bytes(), &key, then).send().await.unwrap();
        assert_eq!(answer.status(), status, "{hours}");
    }
    let own_key = format!("{}/users/alice#main-key", server.base);
    let answer = bob.signs(&server, body.as_bytes(), &own_key, chronodon::clock::now()).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    let big = vec![b' '; 1024 * 1024 + 1];
    assert_eq!(bob.sends_bytes(&server, &big, |request| request).await, 413);
    // Whoever signs, it is not bob: that is known before anybody is asked.
    let elsewhere = Remote::start().await;
    assert_eq!(elsewhere.actor("eve").sends(&server, &follow).await, 401);
    assert_eq!(elsewhere.asked(), 0);
    let nobody = server.http.post(format!("{}/users/nobody/inbox", server.base)).body(body).send().await.unwrap();
    assert_eq!(nobody.status(), 404);
    assert_eq!(remote.asked(), 0);
    assert_eq!(server.app.head().await.unwrap(), head);
    server.finish().await;
}

#[tokio::test]
async fn nobody_speaks_for_another() {
    let (server, remote, elsewhere) = (TestServer::start().await, Remote::start().await, Remote::start().await);
    let (alice, bob, eve) = (server.with_user("alice").await, remote.actor("bob"), elsewhere.actor("eve"));
    follows(&server, &alice, "alice", &bob).await;
    follows(&server, &alice, "alice", &eve).await;
    let head = server.app.head().await.unwrap();

    let as_bob = bob.does("Like", "http://127.0.0.1/x");
    assert_eq!(eve.sends(&server, &as_bob).await, 401);
    let mut of_bob = eve.does("Like", "http://127.0.0.1/x");
    of_bob["id"] = json!(format!("{}#likes/1", bob.uri));
    assert_eq!(eve.sends(&server, &of_bob).await, 401);
    let mallory = remote.actor("mallory");
    assert_eq!(mallory.sends(&server, &bob.does("Like", "http://127.0.0.1/x")).await, 401);
    // Another's post, embedded: its server is asked, and has none.
    let forged = eve.does("Create", bob.note("forged", "<p>forged</p>"));
    eve.tells(&server, &forged).await;
    let deleted = eve.does("Delete", format!("{}/notes/1", bob.uri));
    eve.tells(&server, &deleted).await;
    eve.tells(&server, &eve.does("Undo", bob.does("Follow", format!("{}/users/alice", server.base)))).await;
    eve.tells(&server, &eve.does("Update", bob.document.clone())).await;
    let forged = format!("{}/notes/forged", bob.uri);
    assert_eq!(remote.asked_for(&forged), 1);
    assert_eq!(alice.get("/api/v1/timelines/home").await, json!([]));
    let mallory_known = 1;
    assert_eq!(server.app.head().await.unwrap().0, head.0 + mallory_known);

    // What is there after all is taken as it is there.
    let mut true_note = bob.note("true", "<p>true</p>");
    remote.shows(&format!("{}/notes/true", bob.uri), true_note.clone());
    true_note["content"] = json!("<p>false</p>");
    eve.tells(&server, &eve.does("Create", true_note)).await;
    assert_eq!(alice.get("/api/v1/timelines/home").await[0]["content"], "<p>true</p>");
    server.finish().await;
}

#[tokio::test]
async fn a_key_is_proven_both_ways_and_asked_for_once() {
    let (server, remote, elsewhere) = (TestServer::start().await, Remote::start().await, Remote::start().await);
    let (_alice, bob, eve) = (server.with_user("alice").await, remote.actor("bob"), elsewhere.actor("eve"));
    let follow = |actor: &Actor| actor.does("Follow", format!("{}/users/alice", server.base)).to_string();
    let send = async |actor: &Actor, key: &str| {
        let request = actor.signs(&server, follow(actor).as_bytes(), key, chronodon::clock::now());
        request.send().await.unwrap().status().as_u16()
    };
    let head = server.app.head().await.unwrap();
    // The document at a key's address is another key's.
    let other = format!("{}/keys/1", elsewhere.base);
    let of_eve = &eve.document["publicKey"];
    elsewhere.shows(&other, of_eve.clone());
    assert_eq!(send(&eve, &other).await, 401);
    // A key that names an owner who does not list it.
    let unlisted = format!("{}/keys/2", elsewhere.base);
    let key = json!({ "id": unlisted, "owner": eve.uri, "publicKeyPem": of_eve["publicKeyPem"] });
    elsewhere.shows(&unlisted, key);
    assert_eq!(send(&eve, &unlisted).await, 401);
    // A key that names an owner elsewhere.
    let foreign = format!("{}/keys/3", elsewhere.base);
    let key = json!({ "id": foreign, "owner": bob.uri, "publicKeyPem": of_eve["publicKeyPem"] });
    elsewhere.shows(&foreign, key);
    assert_eq!(send(&eve, &foreign).await, 401);
    // A key that is not there is asked for once.
    let missing = format!("{}/keys/4", elsewhere.base);
    for _ in 0..5 {
        assert_eq!(send(&eve, &missing).await, 401);
    }
    assert_eq!(elsewhere.asked_for(&missing), 1);
    assert_eq!((remote.asked(), server.app.head().await.unwrap()), (0, head));
    // One that does not sign what it is named for is asked for once, too.
    assert_eq!(bob.sends(&server, &bob.does("Follow", format!("{}/users/alice", server.base))).await, 202);
    let impostor = remote.actor("impostor");
    let asked = remote.asked_for(&bob.uri);
    for _ in 0..3 {
        let body = follow(&bob);
        let request =
            impostor.signs(&server, body.as_bytes(), &format!("{}#main-key", bob.uri), chronodon::clock::now());
        assert_eq!(request.send().await.unwrap().status(), 401);
    }
    assert!(remote.asked_for(&bob.uri) <= asked + 1);
    settled(&server).await;
    server.finish().await;
}

#[tokio::test]
async fn a_new_key_is_found_and_an_unknown_account_is_not_missed() {
    let (server, remote) = beds().await;
    let (alice, bob) = (server.with_user("alice").await, remote.actor("bob"));
    let gone = remote.actor("gone");
    let asked = remote.asked();
    assert_eq!(gone.sends(&server, &gone.does("Delete", &*gone.uri)).await, 202);
    assert_eq!(remote.asked(), asked);

    follows(&server, &alice, "alice", &bob).await;
    let second = server.second().await;
    // The same actor with another key. Another process has not asked for it within five minutes.
    let bob = remote.actor("bob");
    bob.tells(&second, &bob.does("Create", bob.note("1", "<p>new key</p>"))).await;
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while alice.get("/api/v1/timelines/home").await == json!([]) {
        assert!(std::time::Instant::now() < deadline, "one process shows what another has taken");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    second.finish().await;
    server.finish().await;
}

#[tokio::test]
async fn what_was_taken_outlives_the_process_and_copies_are_one() {
    let (mut server, remote) = beds().await;
    let (alice, bob) = (server.with_user("alice").await, remote.actor("bob"));
    follows(&server, &alice, "alice", &bob).await;
    server.stop_work().await;
    let create = bob.does("Create", bob.note("1", "<p>later</p>"));
    let copies = (0..20).map(|_| bob.sends(&server, &create));
    assert!(futures::future::join_all(copies).await.iter().all(|status| *status == 202));
    let update = {
        let mut note = bob.note("1", "<p>latest</p>");
        note["updated"] = json!("2026-02-01T00:00:00Z");
        bob.does("Update", note)
    };
    assert_eq!(bob.sends(&server, &update).await, 202);
    assert_eq!(queue::standing(&server.app.server_tables).await.unwrap().waiting, 2);
    assert_eq!(alice.get("/api/v1/timelines/home").await, json!([]));
    server.start_work();
    settled(&server).await;
    let home = alice.get("/api/v1/timelines/home").await;
    assert_eq!((home.as_array().unwrap().len(), &home[0]["content"]), (1, &json!("<p>latest</p>")));
    server.finish().await;
}
