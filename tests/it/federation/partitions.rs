//! Servers that lose each other for a while: when they meet again, all that was said is there, each thing once.

use std::time::Duration;

use serde_json::json;

use super::trio::{Trio, count, follows, handle, reads};
use crate::support::id;
use crate::support::tls::Weather;

const HOME: &str = "/api/v1/timelines/home?limit=40";

#[tokio::test]
async fn what_is_said_during_a_partition_arrives_once_after_it() {
    let trio = Trio::start().await;
    let alice = trio.one.with_user("alice").await;
    let bob = trio.two.with_user("bob").await;
    let carol = trio.three.with_user("carol").await;
    follows(&alice, &handle(&trio.two, "bob")).await;
    follows(&carol, &handle(&trio.two, "bob")).await;
    let [one, ..] = &trio.fronts;

    one.turns(Weather::Cut);
    bob.posts("during the cut").await;
    let taken_back = bob.posts("taken back").await;
    bob.delete(&format!("/api/v1/statuses/{}", id(&taken_back))).await;
    reads(&carol, "during the cut").await;
    assert_eq!(count(&alice, HOME, "during the cut").await, 0);

    // Whether it came, the sender cannot know: it sends again.
    one.turns(Weather::Mute);
    bob.posts("into silence").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    one.turns(Weather::Slow(Duration::from_millis(300)));
    bob.posts("through mud").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    one.turns(Weather::Fair);
    bob.posts("after the cut").await;

    // Nobody waits for the next try.
    let client = trio.two.app.server_tables.get().await.unwrap();
    client.execute("UPDATE server.deliveries SET run_at = now()", &[]).await.unwrap();
    for text in ["during the cut", "into silence", "through mud", "after the cut"] {
        reads(&alice, text).await;
    }
    for text in ["during the cut", "into silence", "through mud", "after the cut"] {
        assert_eq!(count(&alice, HOME, text).await, 1, "{text}");
    }
    assert_eq!(count(&alice, HOME, "taken back").await, 0);
    alice.post("/api/v1/statuses", json!({ "status": "I am back" })).await;
    trio.finish().await;
}
