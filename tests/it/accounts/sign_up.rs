//! Signing up through an app: what is asked, who gets a name, and what a new account may do.

use std::time::{Duration, Instant};

use chronodon::auth::accounts::Named;
use chronodon::commands::By;
use chronodon::config::RegistrationMode;
use chronodon_domain::account::Command;
use chronodon_event_log::Body;
use chronodon_events::{AccountId, Position};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Person, TestServer};

/// An app that signs people up.
async fn app(server: &TestServer) -> Person {
    Person::new(server, AccountId(0), server.token_for(None, &["read", "write", "follow"]).await)
}

fn asked(name: &str) -> Value {
    json!({
        "username": name, "email": format!("{name}@example.org"), "password": "correct horse", "agreement": "true",
        "locale": "de", "reason": "canary",
    })
}

async fn sign_up(app: &Person, body: Value) -> (StatusCode, Value) {
    app.try_post("/api/v1/accounts", body).await
}

/// Somebody with the token of an answer.
fn with_token(server: &TestServer, answer: &Value) -> Person {
    Person::new(server, AccountId(0), answer["access_token"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn where_it_is_open_a_person_is_in_at_once() {
    let server = TestServer::start().await;
    let app = app(&server).await;
    let (status, token) = sign_up(&app, asked("alice")).await;
    assert_eq!(status, StatusCode::OK, "{token}");
    assert_eq!((&token["token_type"], &token["scope"]), (&json!("Bearer"), &json!("read write follow")));
    assert!(token["created_at"].is_i64());
    let alice = with_token(&server, &token);
    assert_eq!(alice.posts("hello").await["account"]["acct"], "alice");
    assert_eq!(alice.get("/api/v1/preferences").await["posting:default:language"], "de");
    assert_eq!(alice.get("/api/v1/emails/check_confirmation").await, json!(true));
    assert_eq!(alice.try_post("/api/v1/emails/confirmations", json!({})).await.0, StatusCode::FORBIDDEN);
    let login = server.app.credentials.verify("alice@example.org", "correct horse").await.unwrap();
    assert_eq!(login.map(|id| id.to_string()).as_deref(), alice.get("/api/v1/profile").await["id"].as_str());
    assert_eq!(app.try_get("/api/v1/emails/check_confirmation").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    server.finish().await;
}

#[tokio::test]
async fn everything_at_fault_is_named() {
    let server = TestServer::start().await;
    let app = app(&server).await;
    let (status, answer) = sign_up(&app, json!({ "reason": "x".repeat(501) })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let code = |answer: &Value, field: &str| answer["details"][field][0]["error"].as_str().unwrap_or("").to_owned();
    let fields = ["username", "email", "password", "agreement", "reason"];
    let codes = fields.map(|field| code(&answer, field));
    assert_eq!(codes, ["ERR_BLANK", "ERR_BLANK", "ERR_BLANK", "ERR_ACCEPTED", "ERR_TOO_LONG"], "{answer}");
    assert!(answer["error"].as_str().unwrap().starts_with("Validation failed: Username can't be blank"), "{answer}");

    sign_up(&app, asked("alice")).await;
    for (field, value, expected) in [
        ("username", json!("ALICE"), "ERR_TAKEN"),
        ("username", json!("admin"), "ERR_RESERVED"),
        ("username", json!("a b"), "ERR_INVALID"),
        ("email", json!("Alice@Example.ORG"), "ERR_TAKEN"),
        ("email", json!("nowhere"), "ERR_INVALID"),
        ("password", json!("short"), "ERR_TOO_SHORT"),
    ] {
        let mut body = asked("bob");
        body[field] = value;
        let (status, answer) = sign_up(&app, body).await;
        assert_eq!((status, &*code(&answer, field)), (StatusCode::UNPROCESSABLE_ENTITY, expected), "{answer}");
        assert_eq!(answer["details"].as_object().unwrap().len(), 1, "{answer}");
    }
    let reader = server.token_for(None, &["read"]).await;
    let reader = Person::new(&server, AccountId(0), reader);
    assert_eq!(sign_up(&reader, asked("bob")).await.0, StatusCode::FORBIDDEN);
    let nobody = server.http.post(format!("{}/api/v1/accounts", server.base)).json(&asked("bob")).send().await;
    assert_eq!(nobody.unwrap().status(), StatusCode::UNAUTHORIZED);
    server.finish().await;
}

#[tokio::test]
async fn of_many_who_want_one_name_one_gets_it() {
    let server = TestServer::start().await;
    let app = app(&server).await;
    let ask = |i: usize| {
        let mut body = asked("alice");
        body["email"] = json!(format!("{i}@example.org"));
        sign_up(&app, body)
    };
    let (one, two, three) = tokio::join!(ask(1), ask(2), ask(3));
    let answers = [one, two, three];
    assert_eq!(answers.iter().filter(|(status, _)| *status == StatusCode::OK).count(), 1, "{answers:?}");
    let refused: Vec<_> = answers.iter().filter(|(status, _)| *status != StatusCode::OK).collect();
    assert!(refused.iter().all(|(_, answer)| answer["details"]["username"][0]["error"] == "ERR_TAKEN"), "{refused:?}");
    let client = server.app.server_tables.get().await.unwrap();
    let kept = client.query_one("SELECT count(*) FROM vault.credentials", &[]).await.unwrap();
    assert_eq!(kept.get::<_, i64>(0), 1, "the others leave no credentials");
    server.finish().await;
}

#[tokio::test]
async fn where_it_is_closed_nobody_signs_up() {
    let server = TestServer::start_with(|config| config.registrations.mode = RegistrationMode::Closed).await;
    let app = app(&server).await;
    assert_eq!(sign_up(&app, asked("alice")).await.0, StatusCode::FORBIDDEN);
    server.finish().await;
}

#[tokio::test]
async fn where_it_needs_approval_a_person_waits() {
    let server = TestServer::start_with(|config| config.registrations.mode = RegistrationMode::Approval).await;
    let app = app(&server).await;
    let (status, token) = sign_up(&app, asked("alice")).await;
    assert_eq!(status, StatusCode::OK, "{token}");
    let alice = with_token(&server, &token);
    assert_eq!(alice.try_get("/api/v1/accounts/verify_credentials").await.0, StatusCode::FORBIDDEN);
    assert_eq!(alice.get("/api/v1/emails/check_confirmation").await, json!(true));
    assert_eq!(app.try_get("/api/v1/accounts/lookup?acct=alice").await.0, StatusCode::NOT_FOUND);
    server.app.commands.change_account(By::operator(), "alice", &Command::Approve).await.unwrap();
    assert_eq!(alice.get("/api/v1/accounts/verify_credentials").await["acct"], "alice");
    server.finish().await;
}

#[tokio::test]
async fn a_refused_sign_up_is_erased_and_its_name_is_free() {
    let server = TestServer::start_with(|config| config.registrations.mode = RegistrationMode::Approval).await;
    let app = app(&server).await;
    let (_, token) = sign_up(&app, asked("alice")).await;
    let id = server.app.credentials.verify("alice", "correct horse").await.unwrap().unwrap();
    server.app.reject_account(By::operator(), Named { id, username: "alice" }).await.unwrap();
    let alice = with_token(&server, &token);
    assert_eq!(alice.try_get("/api/v1/emails/check_confirmation").await.0, StatusCode::UNAUTHORIZED);
    let history = server.app.history(Position::START, 100).await.unwrap();
    assert!(history.iter().any(|event| event.body == Body::Erased("account.registered".to_owned())));
    let (status, again) = sign_up(&app, asked("alice")).await;
    assert_eq!(status, StatusCode::OK, "{again}");
    server.app.rebuild("core", |_, _| ()).await.unwrap();
    server.finish().await;
}

#[tokio::test]
async fn a_suspended_person_is_out_until_signing_in_again() {
    let server = TestServer::start().await;
    let app = app(&server).await;
    let (_, token) = sign_up(&app, asked("alice")).await;
    let alice = with_token(&server, &token);
    let id = server.app.credentials.verify("alice", "correct horse").await.unwrap().unwrap();
    let named = Named { id, username: "alice" };
    server.app.suspend_account(By::operator(), named, Some("spam".to_owned())).await.unwrap();
    assert_eq!(alice.try_get("/api/v1/accounts/verify_credentials").await.0, StatusCode::UNAUTHORIZED);
    server.app.commands.change_account(By::operator(), "alice", &Command::Unsuspend).await.unwrap();
    assert_eq!(alice.try_get("/api/v1/accounts/verify_credentials").await.0, StatusCode::UNAUTHORIZED);
    let again = Person::new(&server, id, server.token_for(Some(id), &["read"]).await);
    assert_eq!(again.get("/api/v1/accounts/verify_credentials").await["acct"], "alice");

    server.app.change_password(By::operator(), named, "another horse").await.unwrap();
    assert_eq!(again.try_get("/api/v1/accounts/verify_credentials").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(server.app.credentials.verify("alice", "correct horse").await.unwrap(), None);
    assert_eq!(server.app.credentials.verify("alice", "another horse").await.unwrap(), Some(id));
    server.finish().await;
}

#[tokio::test]
async fn a_refused_sign_up_is_erased_also_after_a_crash() {
    let server = TestServer::start_with(|config| config.registrations.mode = RegistrationMode::Approval).await;
    sign_up(&app(&server).await, asked("alice")).await;
    server.app.commands.change_account(By::operator(), "alice", &Command::Reject).await.unwrap();
    let erased = Body::Erased("account.registered".to_owned());
    let deadline = Instant::now() + Duration::from_secs(30);
    while server.app.history(Position::START, 100).await.unwrap().iter().all(|event| event.body != erased) {
        assert!(Instant::now() < deadline, "the reactor sees to it");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let client = server.app.server_tables.get().await.unwrap();
    let kept = client.query_one("SELECT count(*) FROM vault.credentials", &[]).await.unwrap();
    assert_eq!(kept.get::<_, i64>(0), 0);
    server.finish().await;
}
