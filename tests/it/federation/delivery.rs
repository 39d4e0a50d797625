//! What other servers are sent: what happens here, to those whom it concerns, once, whatever fails in between.

use std::time::{Duration, Instant};

use chronodon::commands::By;
use chronodon::federation::delivery;
use chronodon_domain::relationship::Action;
use chronodon_events::StatusId;
use chronodon_events::domain_policy::{DomainBlocked, Severity};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::elsewhere::{Manner, Remote, followed_by, known, received, signed_by, status_at};
use crate::support::{Person, TestServer, id};

pub async fn sql(server: &TestServer, sql: &str) -> Vec<tokio_postgres::Row> {
    server.app.server_tables.get().await.unwrap().query(sql, &[]).await.unwrap()
}

/// Waits until nothing is left to be told or sent.
async fn quiet(server: &TestServer) {
    let left =
        "SELECT (SELECT count(*) FROM server.jobs) + (SELECT count(*) FROM server.deliveries WHERE died_at IS NULL)";
    let head = i64::try_from(server.app.head().await.unwrap().0).unwrap();
    for _ in 0..1_200 {
        let at = sql(server, "SELECT min(position) FROM server.reactors").await;
        let at: Option<i64> = at[0].get(0);
        if at.is_some_and(|at| at >= head) && sql(server, left).await[0].get::<_, i64>(0) == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("there is always something left to send");
}

/// A server, somebody on it, and another server from which somebody follows them.
async fn followed() -> (TestServer, Person, Remote) {
    let (server, remote) = (TestServer::start().await, Remote::start().await);
    let alice = server.with_user("alice").await;
    let bob = known(&server, &remote.host, "bob").await;
    followed_by(&server, bob, &alice).await;
    remote.next(0, "Accept").await;
    (server, alice, remote)
}

fn uri(server: &TestServer, status: &Value) -> String {
    format!("{}/users/alice/statuses/{}", server.base, id(status))
}

#[tokio::test]
async fn who_follows_from_elsewhere_is_answered() {
    let (server, remote) = (TestServer::start().await, Remote::start().await);
    let alice = server.with_user("alice").await;
    let actor = format!("{}/users/alice", server.base);
    let (bob, eve) = (known(&server, &remote.host, "bob").await, known(&server, &remote.host, "eve").await);
    let follow = followed_by(&server, bob, &alice).await;
    let accept = remote.next(0, "Accept").await;
    let asked = json!({ "id": follow, "type": "Follow", "actor": format!("http://{}/users/bob", remote.host), "object": actor });
    assert_eq!((&accept.activity["object"], &accept.activity["actor"]), (&asked, &json!(actor)));
    assert_eq!(accept.path, "/users/bob/inbox");
    signed_by(&server, &remote.host, &accept, alice.id, &actor).await;

    let locked = alice.request(reqwest::Method::PATCH, "/api/v1/accounts/update_credentials");
    assert_eq!(alice.send(locked.json(&json!({ "locked": true }))).await.0, StatusCode::OK);
    // That the profile changed is told some time later.
    let told = format!("DELETE FROM server.jobs WHERE payload ->> 'order' = '{}' RETURNING 1", alice.id);
    while sql(&server, &told).await.is_empty() {
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    let carol = known(&server, &remote.host, "carol").await;
    for who in [carol, eve] {
        followed_by(&server, who, &alice).await;
    }
    quiet(&server).await;
    assert_eq!(remote.kinds(), ["Accept"], "who asks waits");
    alice.post(&format!("/api/v1/follow_requests/{carol}/authorize"), json!({})).await;
    remote.next(1, "Accept").await;
    alice.post(&format!("/api/v1/follow_requests/{eve}/reject"), json!({})).await;
    remote.until(3).await;
    alice.post(&format!("/api/v1/accounts/{bob}/remove_from_followers"), json!({})).await;
    remote.until(4).await;
    assert_eq!(remote.kinds(), ["Accept", "Accept", "Reject", "Reject"]);
    server.finish().await;
}

#[tokio::test]
async fn followers_on_one_server_are_told_once() {
    let (server, alice, remote) = followed().await;
    let carol = known(&server, &remote.host, "carol").await;
    followed_by(&server, carol, &alice).await;
    remote.next(1, "Accept").await;
    let status = alice.posts("hello").await;
    let create = remote.next(2, "Create").await;
    let uri = uri(&server, &status);
    assert_eq!((&create.activity["id"], create.path.as_str()), (&json!(format!("{uri}/activity")), "/inbox"));
    assert_eq!((&create.activity["object"]["id"], &create.activity["object"]["type"]), (&json!(uri), &json!("Note")));
    assert_eq!(create.activity["to"], json!(["https://www.w3.org/ns/activitystreams#Public"]));
    assert!(create.header("collection-synchronization").is_none());
    signed_by(&server, &remote.host, &create, alice.id, &format!("{}/users/alice", server.base)).await;

    let edit = alice.request(reqwest::Method::PUT, &format!("/api/v1/statuses/{}", id(&status)));
    assert_eq!(alice.send(edit.json(&json!({ "status": "hello again" }))).await.0, StatusCode::OK);
    let update = remote.next(3, "Update").await;
    assert_eq!(update.activity["object"]["id"], uri);
    assert!(update.activity["id"].as_str().unwrap().starts_with(&format!("{uri}#updates/")));

    let path = format!("/api/v1/statuses/{}", id(&status));
    quiet(&server).await;
    let ledger = alice.get(&format!("{path}/deliveries")).await;
    assert_eq!((&ledger[0]["host"], &ledger[0]["state"]), (&json!(remote.host), &json!("delivered")));
    let stranger = server.with_user("stranger").await;
    assert_eq!(stranger.try_get(&format!("{path}/deliveries")).await.0, StatusCode::NOT_FOUND);

    alice.delete(&path).await;
    let delete = remote.next(4, "Delete").await;
    assert_eq!(delete.activity["object"], json!({ "id": uri, "type": "Tombstone", "atomUri": uri }));
    quiet(&server).await;
    server.app.rebuild("core", |_, _| ()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(remote.received().len(), 5, "a rebuild sends nothing: {:?}", remote.kinds());
    server.finish().await;
}

#[tokio::test]
async fn what_is_for_followers_says_which_are_known_there() {
    let (server, alice, remote) = followed().await;
    alice.post("/api/v1/statuses", json!({ "status": "between us", "visibility": "private" })).await;
    let create = remote.next(1, "Create").await;
    let followers = format!("{}/users/alice/followers", server.base);
    assert_eq!(create.activity["to"], json!([followers]));
    let header = create.header("collection-synchronization").unwrap();
    let read =
        chronodon_activitypub::synchronization::Synchronization::read(header, server.app.egress.rules()).unwrap();
    let bob = format!("http://{}/users/bob", remote.host);
    assert_eq!(read.collection_id.as_str(), followers);
    assert_eq!(read.digest, chronodon_activitypub::synchronization::FollowersDigest::of([bob.as_str()]));
    alice.post("/api/v1/statuses", json!({ "status": "to nobody", "visibility": "direct" })).await;
    quiet(&server).await;
    assert_eq!(remote.kinds(), ["Accept", "Create"]);
    server.finish().await;
}

#[tokio::test]
async fn what_one_does_about_others_is_told_and_taken_back() {
    let (server, remote) = (TestServer::start().await, Remote::start().await);
    let alice = server.with_user("alice").await;
    let actor = format!("{}/users/alice", server.base);
    let bob = known(&server, &remote.host, "bob").await;
    let note = format!("http://{}/notes/1", remote.host);
    let status = received(&server, status_at(bob, &note, chronodon::clock::now())).await;
    let bob_uri = format!("http://{}/users/bob", remote.host);

    alice.post(&format!("/api/v1/accounts/{bob}/follow"), json!({})).await;
    let follow = remote.next(0, "Follow").await;
    assert_eq!(follow.activity["object"], bob_uri);
    let accepted = follow.activity["id"].as_str().unwrap().to_owned();
    let accept = Action::AcceptRequest;
    server
        .app
        .commands
        .receive_relationship(By::inbox(bob, chronodon::ids::command_id()), bob, alice.id, accept, Some(accepted))
        .await
        .unwrap();
    alice.post(&format!("/api/v1/statuses/{status}/favourite"), json!({})).await;
    let like = remote.next(1, "Like").await;
    assert_eq!((&like.activity["object"], &like.activity["actor"]), (&json!(note), &json!(actor)));
    alice.post(&format!("/api/v1/statuses/{status}/unfavourite"), json!({})).await;
    let undo = remote.next(2, "Undo").await;
    assert_eq!(undo.activity["object"]["id"], like.activity["id"]);
    alice.post(&format!("/api/v1/statuses/{status}/reblog"), json!({})).await;
    let announce = remote.next(3, "Announce").await;
    assert_eq!((&announce.activity["object"], announce.path.as_str()), (&json!(note), "/inbox"));
    assert!(announce.activity["cc"].as_array().unwrap().contains(&json!(bob_uri)));
    alice.post(&format!("/api/v1/statuses/{status}/unreblog"), json!({})).await;
    assert_eq!(remote.next(4, "Undo").await.activity["object"]["id"], announce.activity["id"]);
    alice.post(&format!("/api/v1/accounts/{bob}/unfollow"), json!({})).await;
    assert_eq!(remote.next(5, "Undo").await.activity["object"]["id"], follow.activity["id"]);
    alice.post(&format!("/api/v1/accounts/{bob}/block"), json!({})).await;
    let block = remote.next(6, "Block").await;
    alice.post(&format!("/api/v1/accounts/{bob}/unblock"), json!({})).await;
    assert_eq!(remote.next(7, "Undo").await.activity["object"], {
        let mut block = block.activity.clone();
        block.as_object_mut().unwrap().remove("@context");
        block
    });
    server.finish().await;
}

#[tokio::test]
async fn the_dead_and_the_slow_cost_others_nothing() {
    let (server, alice, remote) = followed().await;
    let slow = Remote::start().await;
    slow.behave(Manner::Dawdles(Duration::from_secs(8)));
    for (index, host) in std::iter::repeat_with(Remote::dead).take(12).chain([slow.host.clone()]).enumerate() {
        let account = known(&server, &host, &format!("dead{index}")).await;
        followed_by(&server, account, &alice).await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    for number in 0..10 {
        let before = Instant::now();
        alice.posts(&format!("number {number}")).await;
        remote.next(1 + number, "Create").await;
        assert!(before.elapsed() < Duration::from_secs(4), "{number} took {:?}", before.elapsed());
    }
    server.finish().await;
}

#[tokio::test]
async fn what_fails_is_tried_again_and_its_end_is_told_where_it_may_have_come() {
    let (server, alice, remote) = followed().await;
    remote.behave(Manner::Refuses(500));
    let status = alice.posts("try").await;
    let path = format!("/api/v1/statuses/{}", id(&status));
    let waiting = async |error: &str| {
        for _ in 0..200 {
            let ledger = alice.get(&format!("{path}/deliveries")).await;
            if ledger[0]["last_error"].as_str().is_some_and(|found| found.contains(error)) {
                return ledger[0].clone();
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("it never failed with {error}");
    };
    let entry = waiting("500").await;
    assert_eq!((&entry["state"], &entry["attempts"]), (&json!("waiting"), &json!(1)));
    remote.behave(Manner::Refuses(410));
    alice.post(&format!("{path}/deliveries/retry"), json!({})).await;
    assert_eq!(waiting("410").await["state"], "failed");
    remote.behave(Manner::Takes);
    alice.delete(&path).await;
    remote.next(1, "Delete").await;
    server.finish().await;
}

#[tokio::test]
async fn what_a_crash_leaves_is_sent_and_two_processes_send_once() {
    let (mut server, alice, remote) = followed().await;
    remote.behave(Manner::Refuses(503));
    for number in 0..5 {
        alice.posts(&format!("number {number}")).await;
    }
    for _ in 0..200 {
        if sql(&server, "SELECT 1 FROM server.deliveries WHERE attempts > 0").await.len() == 5 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    server.stop_work().await;
    remote.behave(Manner::Takes);
    alice.posts("while nobody works").await;
    sql(&server, "UPDATE server.deliveries SET run_at = now()").await;
    let second = server.second().await;
    server.start_work();
    remote.until(7).await;
    for number in 0..30 {
        alice.posts(&format!("again {number}")).await;
    }
    quiet(&server).await;
    let mut ids: Vec<_> = remote.received().iter().map(|sent| sent.activity["id"].to_string()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), remote.received().len()), (37, 37));
    second.finish().await;
    server.finish().await;
}

#[tokio::test]
async fn what_is_about_one_thing_arrives_in_order() {
    let (server, alice, remote) = followed().await;
    let status = alice.posts("0").await;
    for number in 1..6 {
        let edit = alice.request(reqwest::Method::PUT, &format!("/api/v1/statuses/{}", id(&status)));
        assert_eq!(alice.send(edit.json(&json!({ "status": number.to_string() }))).await.0, StatusCode::OK);
    }
    let received = remote.until(7).await;
    assert_eq!(remote.kinds()[1..3], ["Create", "Update"]);
    let times: Vec<_> = received[2..].iter().map(|sent| sent.activity["published"].as_str().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
    server.finish().await;
}

#[tokio::test]
async fn a_suspended_server_is_sent_nothing() {
    let (server, alice, remote) = followed().await;
    let other = Remote::start().await;
    let carol = known(&server, &other.host, "carol").await;
    followed_by(&server, carol, &alice).await;
    other.next(0, "Accept").await;
    let block = DomainBlocked {
        domain: remote.host.clone(),
        severity: Severity::Suspend,
        reject_media: false,
        reject_reports: false,
        public_comment: None,
        private_comment: None,
        obfuscate: false,
    };
    let status = alice.posts("before").await;
    remote.next(1, "Create").await;
    server.app.commands.block_domain(By::operator(), block).await.unwrap();
    alice.posts("after").await;
    alice.delete(&format!("/api/v1/statuses/{}", id(&status))).await;
    other.until(4).await;
    quiet(&server).await;
    assert_eq!(remote.kinds(), ["Accept", "Create"]);
    server.finish().await;
}

#[tokio::test]
async fn who_has_to_do_with_a_status_hears_of_its_end() {
    let (server, alice, remote) = followed().await;
    let (other, status) = (Remote::start().await, alice.posts("liked far away").await);
    remote.next(1, "Create").await;
    let status_id: i64 = id(&status).parse().unwrap();
    let inbox = format!("http://{}/inbox", other.host);
    delivery::engaged(&server.app, StatusId(status_id), &inbox).await.unwrap();
    alice.delete(&format!("/api/v1/statuses/{}", id(&status))).await;
    other.next(0, "Delete").await;
    remote.next(2, "Delete").await;
    server.finish().await;
}

#[tokio::test]
async fn changes_of_a_profile_are_told_together() {
    let (server, alice, remote) = followed().await;
    for name in ["Alice", "Alice A."] {
        let change = alice.request(reqwest::Method::PATCH, "/api/v1/accounts/update_credentials");
        assert_eq!(alice.send(change.json(&json!({ "display_name": name }))).await.0, StatusCode::OK);
    }
    let told = format!("UPDATE server.jobs SET run_at = now() WHERE payload ->> 'order' = '{}' RETURNING 1", alice.id);
    while sql(&server, &told).await.is_empty() {
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    let update = remote.next(1, "Update").await;
    assert_eq!(update.activity["object"]["name"], "Alice A.");
    server.finish().await;
}

#[tokio::test]
async fn posting_costs_nothing_while_no_other_server_is_known() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let status = alice.posts("alone").await;
    alice.delete(&format!("/api/v1/statuses/{}", id(&status))).await;
    quiet(&server).await;
    assert!(sql(&server, "SELECT 1 FROM server.delivery_bodies").await.is_empty());
    server.finish().await;
}
