//! Policies for other servers and what a person hides: command line, public list, notifications of what ended.

use chronodon::commands::{By, Loss};
use chronodon_events::domain_policy::{DomainBlocked, Severity};
use chronodon_events::severance::{SeveranceKind, SeveranceTarget};
use reqwest::StatusCode;
use serde_json::json;
use uuid::Uuid;

use crate::support::TestServer;
use crate::support::process::{data_directory, run, run_json};

fn block(domain: &str, severity: Severity) -> DomainBlocked {
    DomainBlocked {
        domain: domain.to_owned(),
        severity,
        reject_media: false,
        reject_reports: false,
        public_comment: Some("spam".to_owned()),
        private_comment: Some("told by a friend".to_owned()),
        obfuscate: severity == Severity::Suspend,
    }
}

#[test]
fn an_operator_blocks_allows_and_lists_domains() {
    let (_directory, data) = data_directory();
    let blocked = run_json(&data, &["domain", "block", "Bad.Example", "--reject-media", "--public-comment", "spam"]);
    assert_eq!(blocked["domain"], "bad.example");
    run_json(&data, &["domain", "block", "bad.example", "--severity", "silence"]);
    run_json(&data, &["domain", "allow", "friend.example"]);
    let listed = run_json(&data, &["domain", "list"]);
    assert_eq!(listed.as_array().unwrap().len(), 2);
    assert_eq!((&listed[0]["severity"], &listed[0]["reject_media"]), (&json!("silence"), &json!(false)));
    assert_eq!((&listed[1]["severity"], &listed[1]["allowed"]), (&json!(null), &json!(true)));
    for refused in [["block", "https://bad.example"], ["unblock", "good.example"], ["disallow", "bad.example"]] {
        assert_eq!(run(&data, &["domain", refused[0], refused[1]]).status.code(), Some(1), "{refused:?}");
    }
    run_json(&data, &["domain", "unblock", "bad.example"]);
    run_json(&data, &["domain", "disallow", "friend.example"]);
    assert_eq!(run_json(&data, &["domain", "list"]), json!([]));

    let inbox = "https://relay.example/inbox";
    run_json(&data, &["relay", "add", inbox]);
    run_json(&data, &["relay", "add", inbox]);
    let relays = run_json(&data, &["relay", "list"]);
    assert_eq!(relays.as_array().unwrap().len(), 1);
    assert_eq!((&relays[0]["inbox_url"], &relays[0]["state"]), (&json!(inbox), &json!("pending")));
    assert_eq!(run(&data, &["relay", "add", "ftp://relay.example"]).status.code(), Some(1));
    run_json(&data, &["relay", "remove", inbox]);
    assert_eq!(run(&data, &["relay", "remove", inbox]).status.code(), Some(1));
    assert_eq!(run_json(&data, &["relay", "list"]), json!([]));
    assert_eq!(run_json(&data, &["projections", "verify"])["verdict"], "equal");
}

#[tokio::test]
async fn everybody_may_know_whom_the_server_limits() {
    let server = TestServer::start().await;
    let commands = &server.app.commands;
    for (domain, severity) in
        [("bad.example.org", Severity::Suspend), ("loud.example", Severity::Silence), ("odd.example", Severity::Noop)]
    {
        commands.block_domain(By::operator(), block(domain, severity)).await.unwrap();
    }
    let own = block(&server.app.domain, Severity::Silence);
    assert!(commands.block_domain(By::operator(), own).await.is_err());
    assert!(server.app.policies.of("a.bad.example.org").is_suspended());
    assert!(server.app.policies.of("loud.example").is_silenced());
    assert_eq!(server.app.policies.of("good.example").severity, None);

    let answer = server.http.get(format!("{}/api/v1/instance/domain_blocks", server.base)).send().await.unwrap();
    let listed: serde_json::Value = answer.json().await.unwrap();
    let names: Vec<_> = listed.as_array().unwrap().iter().map(|block| block["domain"].as_str().unwrap()).collect();
    assert_eq!(names, ["loud.example", "bad.*******.org"]);
    assert_eq!((&listed[0]["severity"], &listed[0]["comment"]), (&json!("silence"), &json!("spam")));
    assert_eq!(listed[1]["digest"].as_str().unwrap().len(), 64);
    assert!(!listed.to_string().contains("friend"), "what staff notes is for staff");

    commands.unblock_domain(By::operator(), "bad.example.org").await.unwrap();
    assert!(!server.app.policies.of("a.bad.example.org").is_suspended());
    server.finish().await;
}

#[tokio::test]
async fn a_relay_answers_the_request_that_stands() {
    let server = TestServer::start().await;
    let (commands, reader) = (&server.app.commands, &server.app.reader);
    let inbox = "https://relay.example/inbox";
    commands.add_relay(By::operator(), inbox).await.unwrap();
    let relays = chronodon_projections::core::relays::all(reader).await.unwrap();
    assert!(relays[0].follow_uri.starts_with(&format!("{}/actor#follows/", server.app.base_url)));
    commands.accept_relay(By::operator(), "https://own.example/actor#follows/other").await.unwrap();
    assert!(chronodon_projections::core::relays::enabled(reader).await.unwrap().is_empty());
    commands.accept_relay(By::operator(), &relays[0].follow_uri).await.unwrap();
    let enabled = chronodon_projections::core::relays::enabled(reader).await.unwrap();
    assert_eq!(enabled.len(), 1);
    assert_eq!(chronodon_projections::core::relays::by_inbox(reader, inbox).await.unwrap(), Some(enabled[0].clone()));
    commands.reject_relay(By::operator(), &relays[0].follow_uri).await.unwrap();
    assert!(chronodon_projections::core::relays::enabled(reader).await.unwrap().is_empty());
    server.finish().await;
}

#[tokio::test]
async fn a_person_hides_domains() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    for domain in ["one.example", "Two.example", "one.example"] {
        alice.post("/api/v1/domain_blocks", json!({ "domain": domain })).await;
    }
    assert_eq!(alice.get("/api/v1/domain_blocks").await, json!(["two.example", "one.example"]));
    let (first, links) = alice.page("/api/v1/domain_blocks?limit=1").await;
    assert_eq!(first, json!(["two.example"]));
    assert_eq!(alice.page(&links.next.unwrap()).await.0, json!(["one.example"]));
    let (status, _) = alice.try_post("/api/v1/domain_blocks", json!({ "domain": "no domain" })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    alice.delete("/api/v1/domain_blocks?domain=two.example").await;
    alice.delete("/api/v1/domain_blocks?domain=two.example").await;
    assert_eq!(alice.get("/api/v1/domain_blocks").await, json!(["one.example"]));
    // Her home comes from the query now, and still has what she says.
    let said = alice.posts("hello").await;
    assert_eq!(alice.get("/api/v1/timelines/home").await[0]["id"], said["id"]);
    let bob = server.with_user("bob").await;
    assert_eq!(bob.get("/api/v1/domain_blocks").await, json!([]));
    let token = server.token_for(Some(bob.id), &["read:statuses"]).await;
    let request = server.http.get(format!("{}/api/v1/domain_blocks", server.base)).bearer_auth(token);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::FORBIDDEN);
    server.finish().await;
}

#[tokio::test]
async fn a_person_is_told_which_follows_have_ended() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let loss = Loss {
        account_id: alice.id,
        reason: Uuid::from_u128(7),
        kind: SeveranceKind::DomainBlock,
        target: SeveranceTarget::Domain("bad.example".to_owned()),
        followers_count: 3,
        following_count: 2,
    };
    for followers_count in [3, 1] {
        let by = By::system(Uuid::from_u128(7), None);
        server.app.commands.record_severance(by, Loss { followers_count, ..loss.clone() }).await.unwrap();
    }
    let told = alice.get("/api/v1/notifications").await;
    assert_eq!(told.as_array().unwrap().len(), 1, "it is told once: {told}");
    assert_eq!(told[0]["type"], "severed_relationships");
    let event = &told[0]["event"];
    assert_eq!((&event["type"], &event["target_name"]), (&json!("domain_block"), &json!("bad.example")));
    assert_eq!((&event["followers_count"], &event["following_count"]), (&json!(3), &json!(2)));
    assert!(event["id"].is_string() && event["purged"].is_boolean() && event["created_at"].is_string());
    let grouped = alice.get("/api/v2/notifications").await;
    assert_eq!(&grouped["notification_groups"][0]["event"], event);
    server.finish().await;
}
