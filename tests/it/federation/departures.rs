//! An account that is deleted: whoever knows it hears of that, by its own key, and then the key goes, too.

use chronodon::auth::accounts::Named;
use chronodon::commands::By;
use chronodon::federation::departures;
use chronodon::federation::keys::KeysError;
use chronodon_events::AccountId;
use reqwest::StatusCode;
use serde_json::json;

use super::documents::refusal;
use super::elsewhere::settled;
use super::trio::{Trio, eventually, finds_status, follows, handle, reads};
use crate::support::{Person, TestServer, id};

async fn delete(server: &TestServer, person: &Person, name: &str) {
    let named = Named { id: person.id, username: name };
    server.app.delete_account(By::operator(), named).await.unwrap();
}

async fn is_gone(server: &TestServer, name: &str) -> bool {
    let found = server.app.commands.was_deleted(name).await.unwrap();
    let rows = chronodon_projections::core::accounts::by_local_usernames(&server.app.reader, &[name.to_owned()]).await;
    found && rows.unwrap().is_empty()
}

#[tokio::test]
async fn whoever_knows_an_account_hears_that_it_is_gone() {
    let trio = Trio::start().await;
    let (one, two, three) = (&trio.one, &trio.two, &trio.three);
    let (alice, bob, carol) =
        (one.with_user("alice").await, two.with_user("bob").await, three.with_user("carol").await);
    // Bob follows alice; carol is followed by her, and has liked what she said.
    let alice_there = follows(&bob, &handle(one, "alice")).await;
    follows(&alice, &handle(three, "carol")).await;
    let posted = alice.posts("canary").await;
    reads(&bob, "canary").await;
    let seen = finds_status(&carol, posted["uri"].as_str().unwrap()).await;
    carol.post(&format!("/api/v1/statuses/{}/favourite", id(&seen)), json!({})).await;
    // What only she has.
    alice.post("/api/v1/domain_blocks", json!({ "domain": "hidden.example" })).await;
    let list = alice.post("/api/v1/lists", json!({ "title": "mine" })).await;
    assert!(list["id"].is_string());
    let other = one.with_user("other").await;
    other
        .post("/api/v1/statuses", json!({ "status": "ask", "poll": { "options": ["a", "b"], "expires_in": 3600 } }))
        .await;
    alice.post(&format!("/api/v1/accounts/{}/mute", other.id), json!({})).await;

    delete(one, &alice, "alice").await;
    let (status, _) = alice.try_get("/api/v1/accounts/verify_credentials").await;
    assert!(status.is_client_error(), "{status}");
    eventually("two no longer knows her", async || {
        bob.try_get(&format!("/api/v1/accounts/{}", id(&alice_there))).await.0 == StatusCode::NOT_FOUND
    })
    .await;
    eventually("three no longer has what she said", async || {
        carol.try_get(&format!("/api/v1/statuses/{}", id(&seen))).await.0 == StatusCode::NOT_FOUND
    })
    .await;
    eventually("she is gone here", async || is_gone(one, "alice").await).await;
    let status = posted["uri"].as_str().unwrap().strip_prefix(&one.app.base_url).unwrap();
    for path in ["/users/alice", "/users/alice/outbox", status] {
        assert_eq!(refusal(one, path).await.0, 410, "{path}");
    }
    let page = one.http.get(format!("{}/@alice", one.base)).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::GONE);
    let acct = format!("{}/.well-known/webfinger?resource=acct:alice@{}", one.base, one.app.domain);
    assert_eq!(one.http.get(acct).send().await.unwrap().status(), StatusCode::GONE);
    let new = chronodon::commands::NewAccount { username: "Alice".to_owned(), ..Default::default() };
    let taken = one.app.commands.register_account(By::operator(), AccountId(7), new).await;
    assert!(taken.is_err(), "nobody else gets her name");

    eventually("her key goes when all have been told", async || {
        departures::settle(&one.app).await.unwrap();
        let key = one.app.keys.of(alice.id, &format!("{}/users/alice", one.app.base_url)).await;
        matches!(key, Err(KeysError::Destroyed(_)))
    })
    .await;
    settled(two).await;
    trio.finish().await;
}

#[tokio::test]
async fn the_key_stays_while_somebody_is_still_to_be_told_but_no_longer_than_a_week() {
    let trio = Trio::start().await;
    let (one, two) = (&trio.one, &trio.two);
    let (alice, bob) = (one.with_user("alice").await, two.with_user("bob").await);
    follows(&bob, &handle(one, "alice")).await;
    trio.fronts[1].turns(crate::support::tls::Weather::Cut);
    delete(one, &alice, "alice").await;
    eventually("she is gone here", async || is_gone(one, "alice").await).await;
    departures::settle(&one.app).await.unwrap();
    let actor = format!("{}/users/alice", one.app.base_url);
    assert!(one.app.keys.of(alice.id, &actor).await.is_ok());
    let client = one.app.server_tables.get().await.unwrap();
    client.execute("UPDATE server.departures SET key_until = now()", &[]).await.unwrap();
    departures::settle(&one.app).await.unwrap();
    assert!(matches!(one.app.keys.of(alice.id, &actor).await, Err(KeysError::Destroyed(_))));
    let left = client.query_one("SELECT count(*) FROM server.delivery_bodies", &[]).await.unwrap();
    assert_eq!(left.get::<_, i64>(0), 0, "nor does anything wait to be sent");
    drop(client);
    trio.finish().await;
}
