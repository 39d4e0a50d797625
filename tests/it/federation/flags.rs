//! Reports between servers: of accounts there, told to them; and of accounts here, told by them.

use chronodon::commands::By;
use chronodon::federation::inbox::flags;
use chronodon_activitypub::activity::Activity;
use chronodon_activitypub::uri::UriRules;
use chronodon_domain::limits;
use chronodon_events::AccountId;
use chronodon_events::domain_policy::{DomainBlocked, Severity};
use chronodon_projections::core::accounts::{self, Account};
use chronodon_projections::core::reports::{self, Report};
use serde_json::{Value, json};
use uuid::Uuid;

use super::peer::{Peer, PeerActor};
use super::trio::{finds, finds_status};
use crate::support::{Person, TestServer, id};

/// What the server knows of somebody at the peer.
async fn known(server: &TestServer, person: &Person, actor: &PeerActor) -> Account {
    let domain = actor.url.split('/').nth(2).unwrap();
    let found = finds(person, &format!("@{}@{domain}", actor.name)).await;
    let id = id(&found).parse().unwrap();
    accounts::by_ids(&server.app.reader, &[id]).await.unwrap().pop().unwrap()
}

#[tokio::test]
async fn a_report_is_told_to_the_other_server_and_not_who_reports() {
    let (server, peer) = tokio::join!(TestServer::start(), Peer::start());
    let alice = server.with_user("alice").await;
    let mallory = peer.actor("mallory").await;
    let account = known(&server, &alice, &mallory).await;
    let note = mallory.posts("<p>Buy this</p>").await;
    let status = finds_status(&alice, &note).await;
    let report = |forward: bool, comment: &str| json!({ "account_id": account.id.to_string(), "status_ids": [id(&status)], "comment": comment, "forward": forward });
    let kept_here = alice.post("/api/v1/reports", report(false, "for us alone")).await;
    assert_eq!(kept_here["forwarded"], false);
    let told = alice.post("/api/v1/reports", report(true, "She sells things")).await;
    assert_eq!(told["forwarded"], true);

    let flag = peer.hears(&[("type", "Flag")]).await;
    let sent = &flag["json"];
    assert_eq!((&sent["actor"], &sent["content"]), (&json!(server.app.url("/actor")), &json!("She sells things")));
    assert_eq!(sent["object"], json!([mallory.url, note]));
    for heard in peer.log().await {
        assert!(!heard.to_string().contains("alice") && !heard.to_string().contains("for us alone"), "{heard}");
    }

    let domain = account.domain.clone().unwrap();
    server.app.commands.block_domain(By::operator(), policy(&domain, Severity::Suspend, false)).await.unwrap();
    let (_, refused) = alice.try_post("/api/v1/reports", report(true, "Again")).await;
    assert_eq!(refused["error"], "Record not found", "what is of a suspended server is not there");
    let account_alone = json!({ "account_id": account.id.to_string(), "comment": "Once more", "forward": true });
    alice.post("/api/v1/reports", account_alone).await;
    let last = alice.posts("after the report").await;
    alice.get(&format!("/api/v1/statuses/{}", id(&last))).await;
    server.app.commands.unblock_domain(By::operator(), &domain).await.unwrap();
    alice.post("/api/v1/reports", report(true, "The last one")).await;
    peer.hears(&[("type", "Flag"), ("after", &flag["n"].to_string())]).await;
    let comments: Vec<_> = peer.log().await.iter().map(|heard| heard["json"]["content"].clone()).collect();
    assert_eq!(comments, ["She sells things", "The last one"], "nothing goes to a suspended server");
    server.finish().await;
}

#[tokio::test]
async fn a_report_of_another_server_is_filed_once_for_each_account_here() {
    let (server, peer) = tokio::join!(TestServer::start(), Peer::start());
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let carol = server.with_user("carol").await;
    let reporter = known(&server, &alice, &peer.actor("staff").await).await;
    let (public, private) = (alice.posts("loud").await, bob.post("/api/v1/statuses", quiet()).await);
    let of = |name: &str| server.app.url(&format!("/users/{name}"));
    let foreign = format!("{}/users/mallory", peer.base);
    let objects = json!([of("ALICE"), public["uri"], private["uri"], of("nobody"), foreign, server.app.url("/about")]);
    let activity = flag(&reporter, &objects, &"x".repeat(6_000));
    for _ in 0..2 {
        flags::received(&server.app, by(&reporter, 1), &reporter, &activity).await.unwrap();
    }
    let (alices, bobs) = (reported(&server, &alice).await, reported(&server, &bob).await);
    assert_eq!((alices.len(), bobs.len(), reported(&server, &carol).await.len()), (1, 1, 0));
    let kept = alices[0].statuses();
    assert_eq!((kept.len(), &*kept[0].text), (1, "loud"));
    assert_eq!(alices[0].comment.len(), limits::REMOTE_REPORT_COMMENT_CHARS_MAX);
    assert_eq!((alices[0].account_id, alices[0].forwarded), (reporter.id, false));
    assert_eq!(alices[0].uri, activity.id.as_ref().map(ToString::to_string));
    assert!(bobs[0].statuses().is_empty(), "nobody there can have seen it");

    let domain = reporter.domain.clone().unwrap();
    server.app.commands.block_domain(By::operator(), policy(&domain, Severity::Noop, true)).await.unwrap();
    assert!(flags::received(&server.app, by(&reporter, 2), &reporter, &activity).await.is_err());
    server.app.commands.unblock_domain(By::operator(), &domain).await.unwrap();
    flags::received(&server.app, by(&reporter, 3), &reporter, &flag(&reporter, &json!(of("alice")), "")).await.unwrap();
    assert_eq!((reported(&server, &alice).await.len(), reported(&server, &bob).await.len()), (2, 1));
    server.finish().await;
}

fn quiet() -> Value {
    json!({ "status": "quiet", "visibility": "private" })
}

fn by(account: &Account, activity: u128) -> By {
    By::inbox(AccountId(account.id), Uuid::from_u128(activity))
}

fn flag(reporter: &Account, objects: &Value, content: &str) -> Activity {
    let actor = reporter.uri.clone().unwrap();
    let id = format!("{actor}#flags/1");
    let document = json!({ "id": id, "type": "Flag", "actor": actor, "object": objects, "content": content });
    Activity::read(&document, UriRules::AlsoLoopback).unwrap()
}

fn policy(domain: &str, severity: Severity, reject_reports: bool) -> DomainBlocked {
    DomainBlocked {
        domain: domain.to_owned(),
        severity,
        reject_media: false,
        reject_reports,
        public_comment: None,
        private_comment: None,
        obfuscate: false,
    }
}

async fn reported(server: &TestServer, person: &Person) -> Vec<Report> {
    reports::by_target(&server.app.reader, person.id, 10).await.unwrap()
}
