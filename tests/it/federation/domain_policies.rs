//! A server shuts another out, and a person hides one: what is seen at once, and the follows that end for it.

use chronodon::commands::By;
use chronodon_events::domain_policy::{DomainBlocked, Severity};
use reqwest::Method;
use serde_json::{Value, json};

use super::trio::{Trio, count, eventually, follows, handle, hears, reads};
use crate::support::{Person, id};

const HOME: &str = "/api/v1/timelines/home";

async fn relation(person: &Person, account: &Value) -> Value {
    person.get(&format!("/api/v1/accounts/relationships?id={}", id(account))).await[0].clone()
}

async fn followers(person: &Person) -> Value {
    person.get("/api/v1/accounts/verify_credentials").await["followers_count"].clone()
}

#[tokio::test]
async fn a_suspended_domain_is_gone_at_once_and_its_follows_end() {
    let trio = Trio::start().await;
    let alice = trio.one.with_user("alice").await;
    let bob = trio.two.with_user("bob").await;
    let carol = trio.three.with_user("carol").await;
    let (bob_there, carol_there) =
        (follows(&alice, &handle(&trio.two, "bob")).await, follows(&alice, &handle(&trio.three, "carol")).await);
    follows(&bob, &handle(&trio.one, "alice")).await;
    follows(&carol, &handle(&trio.one, "alice")).await;
    for (person, text) in [(&bob, "from bob"), (&carol, "from carol")] {
        person.posts(text).await;
        reads(&alice, text).await;
    }

    let two = trio.two.app.domain.clone();
    let block = DomainBlocked {
        domain: two.clone(),
        severity: Severity::Suspend,
        reject_media: false,
        reject_reports: false,
        public_comment: None,
        private_comment: None,
        obfuscate: false,
    };
    trio.one.app.commands.block_domain(By::operator(), block).await.unwrap();
    assert_eq!(count(&alice, HOME, "from bob").await, 0, "it is hidden before any job has run");
    assert_eq!(count(&alice, HOME, "from carol").await, 1);
    let told = hears(&alice, "severed_relationships").await;
    let event = &told["event"];
    assert_eq!((&event["type"], &event["target_name"]), (&json!("domain_block"), &json!(two)));
    assert_eq!((&event["followers_count"], &event["following_count"]), (&json!(1), &json!(1)));
    eventually("the follows with bob end", async || followers(&alice).await == 1).await;

    bob.posts("bob is not heard").await;
    alice.posts("alice is not sent to bob").await;
    carol.posts("carol is heard").await;
    reads(&alice, "carol is heard").await;
    reads(&carol, "alice is not sent to bob").await;
    assert_eq!(count(&alice, HOME, "bob is not heard").await, 0);
    assert_eq!(count(&bob, HOME, "alice is not sent").await, 0);

    // Lifted, what was there is seen again, and the follows stay ended.
    trio.one.app.commands.unblock_domain(By::operator(), &two).await.unwrap();
    let shown = alice.get(&format!("/api/v1/accounts/{}/statuses", id(&bob_there))).await;
    assert_eq!(shown.as_array().unwrap().len(), 1, "{shown}");
    assert_eq!(relation(&alice, &bob_there).await["following"], false);
    assert_eq!(relation(&alice, &carol_there).await["following"], true);
    trio.finish().await;
}

#[tokio::test]
async fn who_hides_a_domain_parts_from_its_accounts() {
    let trio = Trio::start().await;
    let alice = trio.one.with_user("alice").await;
    let ann = trio.one.with_user("ann").await;
    let bob = trio.two.with_user("bob").await;
    let bob_there = follows(&alice, &handle(&trio.two, "bob")).await;
    follows(&ann, &handle(&trio.two, "bob")).await;
    let alice_there = follows(&bob, &handle(&trio.one, "alice")).await;
    bob.posts("good morning").await;
    reads(&alice, "good morning").await;

    for _ in 0..2 {
        alice.post("/api/v1/domain_blocks", json!({ "domain": trio.two.app.domain })).await;
    }
    assert_eq!(count(&alice, HOME, "good morning").await, 0);
    assert_eq!(count(&ann, HOME, "good morning").await, 1, "ann hides nothing");
    let told = hears(&alice, "severed_relationships").await;
    assert_eq!(told["event"]["type"], "user_domain_block");
    assert_eq!((&told["event"]["followers_count"], &told["event"]["following_count"]), (&json!(1), &json!(1)));
    eventually("bob is told that he follows alice no more", async || {
        relation(&bob, &alice_there).await["following"] == false
    })
    .await;
    eventually("bob is told that alice follows him no more", async || followers(&bob).await == 1).await;
    assert_eq!(relation(&alice, &bob_there).await["following"], false);

    let shown = alice.request(Method::DELETE, "/api/v1/domain_blocks");
    alice.send(shown.query(&[("domain", &trio.two.app.domain)])).await;
    assert_eq!(relation(&alice, &bob_there).await["following"], false, "follows stay ended");
    let severed = alice.get("/api/v1/notifications?types[]=severed_relationships").await;
    assert_eq!(severed.as_array().unwrap().len(), 1, "hiding it twice is told once: {severed}");
    trio.finish().await;
}
