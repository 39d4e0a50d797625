//! E-mail addresses and passwords in the vault.

use chronodon::auth::credentials::NewCredentials;
use chronodon::commands::CommandError;
use chronodon_domain::Refusal;
use chronodon_events::AccountId;

use crate::support::TestServer;

const PASSWORD: &str = "correct horse battery";

fn new(account_id: AccountId, email: &str) -> NewCredentials<'_> {
    NewCredentials { account_id, email, password: PASSWORD }
}

fn is_taken(result: &Result<(), CommandError>) -> bool {
    matches!(result, Err(CommandError::Refused(Refusal::Invalid { field: "email", code: "ERR_TAKEN", .. })))
}

#[tokio::test]
async fn a_person_signs_in_with_address_or_name() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let credentials = &server.app.credentials;
    credentials.store(new(alice.id, "Alice@Example.org")).await.unwrap();
    for login in ["alice@example.org", " ALICE@example.ORG", "alice", "Alice", "@alice"] {
        assert_eq!(credentials.verify(login, PASSWORD).await.unwrap(), Some(alice.id), "{login}");
    }
    for (login, password) in [("alice", "wrong"), ("bob", PASSWORD), ("", ""), ("bob@example.org", PASSWORD)] {
        assert_eq!(credentials.verify(login, password).await.unwrap(), None, "{login}");
    }
    assert_eq!(credentials.email_of(alice.id).await.unwrap().as_deref(), Some("alice@example.org"));
    server.finish().await;
}

#[tokio::test]
async fn an_address_belongs_to_one_account() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let credentials = &server.app.credentials;
    credentials.store(new(alice.id, "a@example.org")).await.unwrap();
    assert!(is_taken(&credentials.store(new(bob.id, "A@EXAMPLE.org")).await));
    credentials.remove(alice.id).await.unwrap();
    credentials.store(new(bob.id, "a@example.org")).await.unwrap();
    server.finish().await;
}

#[tokio::test]
async fn an_orphan_makes_way_after_ten_minutes_and_an_account_never() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.with_user("alice").await, server.with_user("bob").await);
    let credentials = &server.app.credentials;
    let orphan = server.app.commands.new_account_id();
    credentials.store(new(orphan, "orphan@example.org")).await.unwrap();
    credentials.store(new(alice.id, "alice@example.org")).await.unwrap();
    assert!(is_taken(&credentials.store(new(bob.id, "orphan@example.org")).await), "it may still come to be");
    let client = server.app.server_tables.get().await.unwrap();
    client.execute("UPDATE vault.credentials SET updated_at = now() - interval '11 minutes'", &[]).await.unwrap();
    assert!(is_taken(&credentials.store(new(bob.id, "alice@example.org")).await));
    credentials.store(new(bob.id, "orphan@example.org")).await.unwrap();
    assert_eq!(credentials.verify("orphan@example.org", PASSWORD).await.unwrap(), Some(bob.id));
    server.finish().await;
}

#[tokio::test]
async fn another_password_ends_every_token() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    let credentials = &server.app.credentials;
    credentials.store(new(alice.id, "alice@example.org")).await.unwrap();
    alice.posts("still here").await;
    assert!(credentials.change_password(alice.id, "short").await.is_err());
    credentials.change_password(alice.id, "another password").await.unwrap();
    assert_eq!(alice.try_post("/api/v1/statuses", serde_json::json!({ "status": "x" })).await.0, 401);
    assert_eq!(credentials.verify("alice", PASSWORD).await.unwrap(), None);
    assert_eq!(credentials.verify("alice", "another password").await.unwrap(), Some(alice.id));
    server.finish().await;
}

#[tokio::test]
async fn guessing_ends_after_some_attempts() {
    let server = TestServer::start_with(|config| config.rate_limits.enabled = true).await;
    let alice = server.with_user("alice").await;
    let credentials = &server.app.credentials;
    credentials.store(new(alice.id, "alice@example.org")).await.unwrap();
    for guess in 0..25 {
        let login = if guess % 2 == 0 { "alice" } else { "alice@example.org" };
        assert_eq!(credentials.verify(login, &guess.to_string()).await.unwrap(), None);
    }
    assert!(matches!(credentials.verify("alice", PASSWORD).await, Err(CommandError::Throttled)));
    assert_eq!(credentials.verify("bob", "x").await.unwrap(), None, "others go on");
    server.finish().await;
}

#[tokio::test]
async fn the_vault_holds_neither_address_nor_password_in_clear() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    server.app.credentials.store(new(alice.id, "canary@example.org")).await.unwrap();
    let client = server.app.server_tables.get().await.unwrap();
    let row = client.query_one("SELECT credentials::text FROM vault.credentials", &[]).await.unwrap();
    let text: String = row.get(0);
    for clear in ["canary", &hex::encode("canary"), PASSWORD] {
        assert!(!text.contains(clear), "{text}");
    }
    server.finish().await;
}
