//! What each kind of activity does here, and to whom it does nothing.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::elsewhere::{Actor, PUBLIC, Remote, account_of, follows};
use crate::support::{Person, TestServer, id};

async fn eventually(person: &Person, path: &str, is_so: impl Fn(&Value) -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let (_, answer) = person.try_get(path).await;
        if is_so(&answer) {
            return;
        }
        assert!(Instant::now() < deadline, "{path}: {answer}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn relation(person: &Person, account: &Value) -> Value {
    person.get(&format!("/api/v1/accounts/relationships?id={}", id(account))).await[0].clone()
}

fn own(server: &TestServer, status: &Value) -> String {
    format!("{}/users/alice/statuses/{}", server.base, id(status))
}

#[tokio::test]
async fn what_concerns_nobody_here_is_not_kept() {
    let (server, remote) = (TestServer::start().await, Remote::start().await);
    let (alice, bob) = (server.with_user("alice").await, remote.actor("bob"));
    bob.tells(&server, &bob.does("Create", bob.note("1", "<p>to nobody</p>"))).await;
    bob.tells(&server, &bob.does("Announce", bob.note("1", "<p>to nobody</p>"))).await;
    let mut letter = bob.note("2", "<p>to alice</p>");
    letter["to"] = json!([format!("{}/users/alice", server.base)]);
    letter["cc"] = json!([]);
    letter["tag"] = json!([{ "type": "Mention", "href": format!("{}/users/alice", server.base) }]);
    bob.tells(&server, &bob.does("Create", letter)).await;
    let account = account_of(&alice, &bob).await;
    let posts = alice.get(&format!("/api/v1/accounts/{}/statuses", id(&account))).await;
    assert_eq!((posts.as_array().unwrap().len(), &posts[0]["visibility"]), (1, &json!("direct")));
    assert_eq!(alice.get("/api/v1/notifications").await[0]["type"], "mention");
    // What alice shows to nobody but herself is not there for bob.
    let hidden = alice.post("/api/v1/statuses", json!({ "status": "mine", "visibility": "direct" })).await;
    bob.tells(&server, &bob.does("Like", own(&server, &hidden))).await;
    bob.tells(&server, &bob.does("Announce", own(&server, &hidden))).await;
    let hidden = alice.get(&format!("/api/v1/statuses/{}", id(&hidden))).await;
    assert_eq!((&hidden["favourites_count"], &hidden["reblogs_count"]), (&json!(0), &json!(0)));
    let counted = server.app.inbox.counted();
    assert_eq!((counted.done, counted.irrelevant, counted.refused), (1, 2, 2));
    server.finish().await;
}

#[tokio::test]
async fn a_boost_brings_what_it_shows_and_pins_are_shown() {
    let (server, remote, elsewhere) = (TestServer::start().await, Remote::start().await, Remote::start().await);
    let (alice, bob, carol) = (server.with_user("alice").await, remote.actor("bob"), elsewhere.actor("carol"));
    follows(&server, &alice, "alice", &bob).await;
    let note = carol.note("1", "<p>worth it</p>");
    elsewhere.shows(note["id"].as_str().unwrap(), note.clone());
    let boost = bob.does("Announce", note["id"].as_str().unwrap());
    bob.tells(&server, &boost).await;
    bob.tells(&server, &boost).await;
    let home = alice.get("/api/v1/timelines/home").await;
    assert_eq!((home.as_array().unwrap().len(), &home[0]["reblog"]["content"]), (1, &json!("<p>worth it</p>")));

    bob.tells(&server, &bob.does("Create", bob.note("2", "<p>pinned</p>"))).await;
    let account = account_of(&alice, &bob).await;
    let pinned = format!("/api/v1/accounts/{}/statuses?pinned=true", id(&account));
    let mut add = bob.does("Add", format!("{}/notes/2", bob.uri));
    add["target"] = json!(format!("{}/featured", bob.uri));
    bob.tells(&server, &add).await;
    assert_eq!(alice.get(&pinned).await.as_array().unwrap().len(), 1);
    let mut remove = bob.does("Remove", format!("{}/notes/2", bob.uri));
    remove["target"] = add["target"].clone();
    bob.tells(&server, &remove).await;
    assert_eq!(alice.get(&pinned).await, json!([]));
    server.finish().await;
}

#[tokio::test]
async fn votes_come_one_by_one() {
    let (server, remote) = (TestServer::start().await, Remote::start().await);
    let (alice, bob) = (server.with_user("alice").await, remote.actor("bob"));
    let poll = json!({ "options": ["a", "b", "c"], "expires_in": 3600, "multiple": true });
    let status = alice.post("/api/v1/statuses", json!({ "status": "which?", "poll": poll })).await;
    let vote = |name: &str| {
        let note = json!({
            "id": format!("{}/votes/{name}", bob.uri), "type": "Note", "attributedTo": bob.uri, "name": name,
            "inReplyTo": own(&server, &status), "to": [format!("{}/users/alice", server.base)],
        });
        bob.does("Create", note)
    };
    for name in ["c", "a", "c", "x"] {
        bob.tells(&server, &vote(name)).await;
    }
    let poll = alice.get(&format!("/api/v1/polls/{}", status["poll"]["id"].as_str().unwrap())).await;
    let votes: Vec<_> =
        poll["options"].as_array().unwrap().iter().map(|option| option["votes_count"].clone()).collect();
    assert_eq!((votes, &poll["voters_count"]), (vec![json!(1), json!(0), json!(1)], &json!(1)));
    server.finish().await;
}

#[tokio::test]
async fn tallies_have_bounds_and_only_news_counts() {
    let (server, remote) = (TestServer::start().await, Remote::start().await);
    let (alice, bob) = (server.with_user("alice").await, remote.actor("bob"));
    follows(&server, &alice, "alice", &bob).await;
    let question = |votes: u64, updated: Option<&str>| {
        let mut note = bob.note("1", "<p>which?</p>");
        let option = |name: &str| json!({ "type": "Note", "name": name, "replies": { "totalItems": votes } });
        note["type"] = json!("Question");
        note["endTime"] = json!("2999-01-01T00:00:00Z");
        note["oneOf"] = json!([option("a"), option("b")]);
        note["updated"] = json!(updated);
        note
    };
    let create = bob.does("Create", question(1, None));
    bob.tells(&server, &create).await;
    let told = async |kind: &str, question: Value| {
        bob.tells(&server, &bob.does(kind, question)).await;
        alice.get("/api/v1/timelines/home").await[0]["poll"]["votes_count"].clone()
    };
    // Votes are told without a time of their own, too; an old edit or another Create has none that are newer.
    assert_eq!(told("Update", question(5, None)).await, 10);
    assert_eq!(told("Create", question(1, None)).await, 10);
    assert_eq!(told("Update", question(7, Some("2026-02-01T00:00:00Z"))).await, 14);
    assert_eq!(told("Update", question(6, Some("2026-01-03T00:00:00Z"))).await, 14);
    let most = chronodon_domain::limits::REMOTE_VOTES_MAX;
    assert_eq!(told("Update", question(u64::MAX, None)).await, 2 * most);
    server.finish().await;
}

#[tokio::test]
async fn who_is_deleted_leaves_nothing_behind() {
    let (server, remote) = (TestServer::start().await, Remote::start().await);
    let (alice, bob) = (server.with_user("alice").await, remote.actor("bob"));
    follows(&server, &alice, "alice", &bob).await;
    let status = alice.posts("mine").await;
    bob.tells(&server, &bob.does("Like", own(&server, &status))).await;
    bob.tells(&server, &bob.does("Announce", own(&server, &status))).await;
    bob.tells(&server, &bob.does("Create", bob.note("1", "<p>soon gone</p>"))).await;
    let account = account_of(&alice, &bob).await;
    bob.tells(&server, &bob.does("Delete", &*bob.uri)).await;
    assert_eq!(alice.get("/api/v1/timelines/home").await.as_array().unwrap().len(), 1);
    eventually(&alice, &format!("/api/v1/statuses/{}", id(&status)), |status| {
        status["favourites_count"] == 0 && status["reblogs_count"] == 0
    })
    .await;
    eventually(&alice, "/api/v1/accounts/verify_credentials", |me| {
        me["followers_count"] == 0 && me["following_count"] == 0
    })
    .await;
    eventually(&alice, &format!("/api/v1/accounts/{}", id(&account)), |answer| answer.get("error").is_some()).await;
    server.finish().await;
}

#[tokio::test]
async fn who_moves_is_followed_on_if_the_new_account_says_so() {
    let (server, remote) = (TestServer::start().await, Remote::start().await);
    let (alice, bob, mut new) = (server.with_user("alice").await, remote.actor("bob"), remote.actor("bobby"));
    follows(&server, &alice, "alice", &bob).await;
    let account = account_of(&alice, &bob).await;
    let moves = |target: &Actor| {
        let mut moves = bob.does("Move", &*bob.uri);
        moves["target"] = json!(target.uri);
        moves["to"] = json!([PUBLIC]);
        moves
    };
    bob.tells(&server, &moves(&new)).await;
    assert_eq!(relation(&alice, &account).await["following"], true);
    new.document["alsoKnownAs"] = json!([bob.uri]);
    remote.shows(&new.uri, new.document.clone());
    bob.tells(&server, &moves(&new)).await;
    let path = format!("/api/v1/accounts/relationships?id={}", id(&account));
    eventually(&alice, &path, |relations| relations[0]["following"] == false).await;
    assert_eq!(relation(&alice, &account_of(&alice, &new).await).await["requested"], true);
    server.finish().await;
}
