//! Synchronisation of followers (FEP-8fcf): lists that have come apart are made alike again, and nobody else's word
//! changes them.

use chronodon::clock;
use chronodon::commands::{By, FollowAccount};
use chronodon::ids::command_id;
use chronodon_activitypub::synchronization::{FollowersDigest, HEADER};
use chronodon_domain::relationship::Action;
use chronodon_events::AccountId;
use serde_json::{Value, json};

use super::elsewhere::{self, Actor, Remote, account_of, settled};
use super::trio::{Trio, eventually, finds, follows, handle, reads};
use crate::support::{Person, TestServer, id};

#[tokio::test]
async fn lists_that_have_come_apart_are_made_alike() {
    let trio = Trio::start().await;
    let (one, two) = (&trio.one, &trio.two);
    let bob = two.with_user("bob").await;
    let (friend, forgotten, _unaware) =
        (one.with_user("friend").await, one.with_user("forgotten").await, one.with_user("unaware").await);
    follows(&friend, &handle(two, "bob")).await;
    let bob_here = follows(&forgotten, &handle(two, "bob")).await;
    // Two loses one follow, and comes by another, as if by itself.
    let there = async |name: &str| AccountId(id(&finds(&bob, &handle(one, name)).await).parse().unwrap());
    let (forgotten_there, unaware_there) = (there("forgotten").await, there("unaware").await);
    let by = |account| By::inbox(account, command_id());
    let commands = &two.app.commands;
    let end = (forgotten_there, bob.id, Action::Unfollow);
    commands.receive_relationship(by(end.0), end.0, end.1, end.2, None).await.unwrap();
    let uri = Some(format!("{}/users/unaware#follows/1", one.app.base_url));
    let begun = FollowAccount::default();
    commands.follow_account(by(unaware_there), unaware_there, bob.id, begun, uri).await.unwrap();
    assert_eq!(followers(&bob).await, ["friend", "unaware"]);

    bob.post("/api/v1/statuses", json!({ "status": "for followers", "visibility": "private" })).await;
    reads(&friend, "for followers").await;
    looks_into_it_now(one).await;
    eventually("the follow that two has lost ends", async || !is_following(&forgotten, &bob_here).await).await;
    eventually("the follow that one does not know ends", async || followers(&bob).await == ["friend"]).await;
    assert!(is_following(&friend, &bob_here).await);
    eventually("nothing is left to look into", async || noted(one).await == 0).await;

    // Alike, they stay as they are.
    bob.post("/api/v1/statuses", json!({ "status": "once more", "visibility": "private" })).await;
    reads(&friend, "once more").await;
    looks_into_it_now(one).await;
    eventually("it was looked into again", async || noted(one).await == 0).await;
    assert!(is_following(&friend, &bob_here).await);
    assert_eq!(followers(&bob).await, ["friend"]);
    trio.finish().await;
}

/// A server, and somebody elsewhere whom two people here follow.
struct Apart {
    server: TestServer,
    elsewhere: Remote,
    bob: Actor,
    people: [Person; 2],
    bob_here: Value,
}

impl Apart {
    async fn new() -> Self {
        let server = TestServer::start().await;
        let (alice, carol) = (server.with_user("alice").await, server.with_user("carol").await);
        let elsewhere = Remote::start().await;
        let bob = elsewhere.actor("bob");
        elsewhere::follows(&server, &alice, "alice", &bob).await;
        elsewhere::follows(&server, &carol, "carol", &bob).await;
        let bob_here = account_of(&alice, &bob).await;
        Self { server, elsewhere, bob, people: [alice, carol], bob_here }
    }

    fn alice_uri(&self) -> String {
        format!("{}/users/alice", self.server.base)
    }

    fn list(&self) -> String {
        format!("{}/followers_here", self.bob.uri)
    }

    fn header(&self, collection_id: &str, url: &str, digest: FollowersDigest) -> String {
        format!("collectionId=\"{collection_id}\", url=\"{url}\", digest=\"{digest}\"")
    }

    /// The header by which bob says that alice alone follows him from here.
    fn only_alice(&self) -> String {
        self.header(&format!("{}/followers", self.bob.uri), &self.list(), FollowersDigest::of([&*self.alice_uri()]))
    }

    /// Somebody posts for followers, with this header.
    async fn posts(&self, actor: &Actor, header: &str, signed: bool) {
        let mut note = actor.note(&command_id().to_string(), "for followers");
        note["to"] = json!([format!("{}/followers", actor.uri)]);
        note["cc"] = json!([]);
        let body = actor.does("Create", note).to_string();
        let key = format!("{}#main-key", actor.uri);
        let further = [(HEADER, header)];
        let request =
            actor.signs_with(&self.server, body.as_bytes(), &key, clock::now(), if signed { &further } else { &[] });
        let request = if signed { request } else { request.header(HEADER, header) };
        assert_eq!(request.send().await.unwrap().status().as_u16(), 202);
        settled(&self.server).await;
    }

    async fn looked_into(&self) {
        looks_into_it_now(&self.server).await;
        eventually("it was looked into", async || noted(&self.server).await == 0).await;
    }

    /// Whether both still follow.
    async fn is_as_it_was(&self) -> bool {
        is_following(&self.people[0], &self.bob_here).await && is_following(&self.people[1], &self.bob_here).await
    }
}

#[tokio::test]
async fn what_is_not_the_signers_to_say_is_not_kept() {
    let apart = Apart::new().await;
    let (bob, eve) = (&apart.bob, apart.elsewhere.actor("eve"));
    let stranger = Remote::start().await;
    let nobody = FollowersDigest::default();
    let followers = format!("{}/followers", bob.uri);
    for (what, actor, header, signed) in [
        ("another's followers", &eve, apart.header(&followers, &apart.list(), nobody), true),
        ("another server's list", bob, apart.header(&followers, &format!("{}/list", stranger.base), nobody), true),
        ("a list of our own", bob, apart.header(&followers, &format!("{}/list", apart.server.base), nobody), true),
        ("a header that is not signed", bob, apart.header(&followers, &apart.list(), nobody), false),
        ("a header that is none", bob, "collectionId".to_owned(), true),
    ] {
        apart.posts(actor, &header, signed).await;
        assert_eq!(noted(&apart.server).await, 0, "{what}");
    }
    assert_eq!(stranger.asked() + apart.elsewhere.asked_for(&apart.list()), 0);
    assert!(apart.is_as_it_was().await);
    apart.server.finish().await;
}

#[tokio::test]
async fn a_list_that_has_no_end_or_is_another_changes_nothing() {
    let apart = Apart::new().await;
    let (bob, list, header) = (&apart.bob, apart.list(), apart.only_alice());
    let shown = |items: Value, next: Option<String>| {
        let kind = if next.is_some() { "OrderedCollectionPage" } else { "OrderedCollection" };
        json!({ "id": &list, "type": kind, "orderedItems": items, "next": next })
    };
    let of_page = |number: usize| if number == 0 { list.clone() } else { format!("{list}?page={number}") };
    for number in 0..30 {
        let mut page = shown(json!([apart.alice_uri()]), Some(of_page(number + 1)));
        page["id"] = of_page(number).into();
        apart.elsewhere.shows(&of_page(number), page);
    }
    apart.posts(bob, &header, true).await;
    apart.looked_into().await;
    let asked: usize = (0..30).map(|number| apart.elsewhere.asked_for(&of_page(number))).sum();
    assert_eq!(asked, 10, "no more pages than that are read");
    assert!(apart.is_as_it_was().await, "without an end");

    let stranger = Remote::start().await;
    apart.elsewhere.shows(&list, shown(json!([apart.alice_uri()]), Some(format!("{}/more", stranger.base))));
    apart.posts(bob, &header, true).await;
    apart.looked_into().await;
    assert_eq!(stranger.asked(), 0);
    assert!(apart.is_as_it_was().await, "on another server");

    apart.elsewhere.shows(&list, shown(json!([]), None));
    apart.posts(bob, &header, true).await;
    apart.looked_into().await;
    assert!(apart.is_as_it_was().await, "another list than was signed for");

    apart.elsewhere.shows(&list, shown(json!([apart.alice_uri(), apart.alice_uri()]), None));
    apart.posts(bob, &header, true).await;
    apart.posts(bob, &header, true).await;
    assert_eq!(noted(&apart.server).await, 1, "said twice, it is looked into once");
    apart.looked_into().await;
    assert!(is_following(&apart.people[0], &apart.bob_here).await);
    assert!(!is_following(&apart.people[1], &apart.bob_here).await, "the list that was signed for");
    apart.server.finish().await;
}

async fn is_following(person: &Person, account: &Value) -> bool {
    person.get(&format!("/api/v1/accounts/relationships?id={}", id(account))).await[0]["following"] == true
}

/// The names of those who follow a person, in order.
async fn followers(person: &Person) -> Vec<String> {
    let list = person.get(&format!("/api/v1/accounts/{}/followers", person.id)).await;
    let mut names: Vec<_> =
        list.as_array().unwrap().iter().map(|account| account["username"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

/// How many accounts wait to be looked into; all of them by a job.
async fn noted(server: &TestServer) -> i64 {
    let client = server.app.server_tables.get().await.unwrap();
    let sql = "SELECT (SELECT count(*) FROM server.synchronizations),
        (SELECT count(*) FROM server.jobs WHERE kind = 'synchronize_followers')";
    let row = client.query_one(sql, &[]).await.unwrap();
    assert!(row.get::<_, i64>(0) <= row.get::<_, i64>(1) + 1);
    row.get(0)
}

/// Nobody waits for the end of the window.
async fn looks_into_it_now(server: &TestServer) {
    let client = server.app.server_tables.get().await.unwrap();
    let sql = "UPDATE server.jobs SET run_at = now() WHERE kind = 'synchronize_followers' AND attempts = 0";
    client.execute(sql, &[]).await.unwrap();
}
