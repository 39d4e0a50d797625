//! Telling staff of an account and of what it said, and what staff does with that.

use chronodon::commands::By;
use chronodon_events::ReportId;
use chronodon_projections::core::reports;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::process::{Serving, data_directory, run, run_json};
use crate::support::{TestServer, id};

fn number(report: &Value) -> ReportId {
    id(report).parse().unwrap()
}

#[tokio::test]
async fn a_report_keeps_what_was_said_when_its_author_takes_it_back() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let said = bob.post("/api/v1/statuses", json!({ "status": "buy this", "spoiler_text": "an offer" })).await;
    let report = json!({
        "account_id": bob.id, "status_ids": [id(&said), id(&said)], "comment": "He sells things", "category": "spam",
        "forward": true,
    });
    let filed = alice.post("/api/v1/reports", report).await;
    assert_eq!((&filed["action_taken"], &filed["action_taken_at"]), (&json!(false), &json!(null)));
    assert_eq!((&filed["category"], &filed["comment"]), (&json!("spam"), &json!("He sells things")));
    assert_eq!(filed["forwarded"], false, "bob lives here");
    assert_eq!((&filed["status_ids"], &filed["rule_ids"]), (&json!([id(&said)]), &json!(null)));
    assert_eq!((&filed["collection_ids"], &filed["target_account"]["acct"]), (&json!([]), &json!("bob")));

    bob.delete(&format!("/api/v1/statuses/{}", id(&said))).await;
    let (commands, reader) = (&server.app.commands, &server.app.reader);
    let kept = reports::find(reader, number(&filed)).await.unwrap().unwrap().statuses();
    assert_eq!((&*kept[0].spoiler_text, &*kept[0].text), ("an offer", "buy this"));
    let open = async || reports::open(reader, 10).await.unwrap().len();
    for _ in 0..2 {
        commands.resolve_report(By::operator(), number(&filed)).await.unwrap();
        assert_eq!(open().await, 0);
    }
    assert!(reports::find(reader, number(&filed)).await.unwrap().unwrap().resolved_at.is_some());
    commands.reopen_report(By::operator(), number(&filed)).await.unwrap();
    assert_eq!(open().await, 1);
    assert!(commands.resolve_report(By::operator(), ReportId(1)).await.is_err(), "there is no such report");

    alice.post("/api/v1/reports", json!({ "account_id": bob.id })).await;
    let all = reports::by_target(reader, bob.id, 10).await.unwrap();
    assert_eq!((all.len(), all[1].id), (2, number(&filed).get()), "the newest first");
    assert_eq!((&*all[0].category, &*all[0].comment), ("other", ""));
    server.finish().await;
}

#[tokio::test]
async fn what_cannot_be_reported_is_said_as_mastodon_does() {
    let server = TestServer::start_with(|config| config.instance.rules = vec!["Be kind".to_owned()]).await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let secret = bob.post("/api/v1/statuses", json!({ "status": "hidden", "visibility": "private" })).await;
    let gone = bob.posts("gone").await;
    bob.delete(&format!("/api/v1/statuses/{}", id(&gone))).await;
    let own = alice.posts("mine").await;
    let refused = async |mut report: Value, status: StatusCode, error: &str| {
        if report.get("account_id").is_none() {
            report["account_id"] = json!(bob.id);
        }
        let (answered, body) = alice.try_post("/api/v1/reports", report.clone()).await;
        assert_eq!((answered, body["error"].as_str()), (status, Some(error)), "{report}");
    };
    let (not_found, unprocessable) = (StatusCode::NOT_FOUND, StatusCode::UNPROCESSABLE_ENTITY);
    refused(json!({ "account_id": alice.id }), StatusCode::FORBIDDEN, "This action is not allowed").await;
    refused(json!({ "account_id": "1" }), not_found, "Record not found").await;
    refused(json!({ "account_id": "" }), not_found, "Record not found").await;
    for status in [&secret, &gone, &own] {
        refused(json!({ "status_ids": [id(status)] }), not_found, "Record not found").await;
    }
    let long = "Validation failed: Comment is too long (maximum is 1000 characters)";
    refused(json!({ "comment": "ü".repeat(1_001) }), unprocessable, long).await;
    refused(json!({ "category": "boring" }), unprocessable, "'boring' is not a valid category").await;
    let rules = "Validation failed: Rule ids does not reference valid rules";
    for report in [json!({ "category": "violation" }), json!({ "rule_ids": ["999"] }), json!({ "rule_ids": ["x"] })] {
        refused(report, unprocessable, rules).await;
    }
    let many: Vec<_> = (1..=101).map(|id| id.to_string()).collect();
    let too_many = "Validation failed: Status ids are too many (maximum is 100)";
    refused(json!({ "status_ids": many }), unprocessable, too_many).await;
    assert!(reports::open(&server.app.reader, 10).await.unwrap().is_empty());

    let rule = server.http.get(format!("{}/api/v1/instance/rules", server.base)).send().await.unwrap();
    let rule = rule.json::<Value>().await.unwrap()[0]["id"].clone();
    let broken = json!({ "account_id": bob.id, "category": "spam", "rule_ids": [rule], "comment": "ü".repeat(1_000) });
    let filed = alice.post("/api/v1/reports", broken).await;
    assert_eq!((&filed["category"], &filed["rule_ids"]), (&json!("violation"), &json!([rule])));

    let url = format!("{}/api/v1/reports", server.base);
    for (scope, status) in [("write:statuses", StatusCode::FORBIDDEN), ("write:reports", StatusCode::OK)] {
        let token = server.token_for(Some(alice.id), &[scope]).await;
        let request = server.http.post(&url).bearer_auth(token).json(&json!({ "account_id": bob.id }));
        assert_eq!(request.send().await.unwrap().status(), status, "{scope}");
    }
    server.finish().await;
}

#[tokio::test]
async fn an_operator_reads_reports_and_closes_them() {
    let (_directory, data) = data_directory();
    let serving = Serving::start(&data).await;
    for name in ["alice", "bob"] {
        let email = format!("{name}@example.org");
        run_json(&data, &["account", "create", name, "--email", &email, "--password", "correct horse"]);
    }
    run_json(&data, &["token", "create", "alice", "--scopes", "read write", "--token", "t0ken"]);
    let (http, base) = (reqwest::Client::new(), format!("http://{}/api/v1", serving.address));
    let bob = http.get(format!("{base}/accounts/lookup?acct=bob")).send().await.unwrap();
    let bob = bob.json::<Value>().await.unwrap()["id"].clone();
    let report = json!({ "account_id": bob, "comment": "He is\u{1b}[2J rude" });
    let filed = http.post(format!("{base}/reports")).bearer_auth("t0ken").json(&report).send().await.unwrap();
    let filed = filed.json::<Value>().await.unwrap();

    let listed = run_json(&data, &["report", "list"]);
    let first = &listed[0];
    assert_eq!((&first["id"], &first["account"], &first["target"]), (&filed["id"], &json!("alice"), &json!("bob")));
    let shown = String::from_utf8(run(&data, &["report", "show", id(&filed)]).stdout).unwrap();
    assert!(shown.contains("He is[2J rude") && shown.contains("of bob"), "{shown}");
    run_json(&data, &["report", "resolve", id(&filed)]);
    assert_eq!(run_json(&data, &["report", "list"]), json!([]));
    assert!(run_json(&data, &["report", "show", id(&filed)])["resolved_at"].is_string());
    for command in ["show", "resolve", "reopen"] {
        assert_eq!(run(&data, &["report", command, "7"]).status.code(), Some(1), "{command}");
    }
    run_json(&data, &["report", "reopen", id(&filed)]);
    assert_eq!(run_json(&data, &["report", "list"]).as_array().unwrap().len(), 1);
}
