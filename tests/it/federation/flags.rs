//! Reports between servers: of accounts there, told to them; and of accounts here, told by them.

use chronodon::commands::By;
use chronodon_domain::limits;
use chronodon_events::domain_policy::{DomainBlocked, Severity};
use chronodon_projections::core::accounts::{self, Account};
use chronodon_projections::core::reports::{self, Report};
use serde_json::json;

use super::elsewhere::Remote;
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
    let (_, refused) = alice.try_post("/api/v1/reports", report(true, "Not there")).await;
    assert_eq!(refused["error"], "Record not found", "nobody of a suspended server is there");
    server.app.commands.unblock_domain(By::operator(), &domain).await.unwrap();
    alice.post("/api/v1/reports", report(true, "The last one")).await;
    peer.hears(&[("type", "Flag"), ("after", &(flag["n"].as_u64().unwrap() + 1).to_string())]).await;
    let comments: Vec<_> = peer.log().await.iter().map(|heard| heard["json"]["content"].clone()).collect();
    assert_eq!(comments, ["She sells things", "The last one"]);
    server.finish().await;
}

#[tokio::test]
async fn a_report_of_another_server_is_filed_once_for_each_account_here() {
    let (server, remote) = (TestServer::start().await, Remote::start().await);
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let carol = server.with_user("carol").await;
    let staff = remote.actor("staff");
    let quiet = json!({ "status": "quiet", "visibility": "private" });
    let (public, private) = (alice.posts("loud").await, bob.post("/api/v1/statuses", quiet).await);
    let of = |name: &str| server.app.url(&format!("/users/{name}"));
    let elsewhere = [of("nobody"), format!("{}/users/mallory", remote.base), server.app.url("/about")];
    let objects = json!([of("ALICE"), public["uri"], private["uri"], elsewhere[0], elsewhere[1], elsewhere[2]]);
    let mut flag = staff.does("Flag", objects);
    flag["content"] = json!("x".repeat(6_000));
    for _ in 0..2 {
        staff.tells(&server, &flag).await;
    }
    let (alices, bobs) = (reported(&server, &alice).await, reported(&server, &bob).await);
    assert_eq!((alices.len(), bobs.len(), reported(&server, &carol).await.len()), (1, 1, 0));
    let kept = alices[0].statuses();
    assert_eq!((kept.len(), &*kept[0].text), (1, "loud"));
    assert_eq!(alices[0].comment.len(), limits::REMOTE_REPORT_COMMENT_CHARS_MAX);
    assert_eq!((alices[0].uri.as_deref(), alices[0].forwarded), (flag["id"].as_str(), false));
    assert!(bobs[0].statuses().is_empty(), "nobody there can have seen it");

    let domain = staff.handle.split('@').nth(1).unwrap();
    server.app.commands.block_domain(By::operator(), policy(domain, Severity::Noop, true)).await.unwrap();
    staff.tells(&server, &staff.does("Flag", of("alice"))).await;
    assert_eq!(reported(&server, &alice).await.len(), 1, "policy refuses reports from there");
    server.app.commands.unblock_domain(By::operator(), domain).await.unwrap();
    staff.tells(&server, &staff.does("Flag", of("alice"))).await;
    assert_eq!((reported(&server, &alice).await.len(), reported(&server, &bob).await.len()), (2, 1));
    server.finish().await;
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
