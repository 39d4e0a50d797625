//! Other servers' old statuses, which are kept for a time only.

use chronodon::commands::By;
use chronodon::reactors::remote_retention;
use chronodon_events::StatusId;
use chronodon_events::remote::{Quote, QuoteState};
use chronodon_events::values::{Mention, Visibility};
use chronodon_projections::core::statuses;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::elsewhere::{Remote, received};
use crate::support::TestServer;

/// Lets go of what is old, as of `days` from now.
async fn sweep(server: &TestServer, days: i64) {
    let mut cursor = remote_retention::Cursor::default();
    let now = chronodon::clock::now() + SignedDuration::from_hours(24 * days);
    while remote_retention::run(&server.app, &mut cursor, now).await.unwrap() {}
}

async fn is_here(server: &TestServer, id: StatusId) -> bool {
    !statuses::by_ids(&server.app.reader, &[id.get()]).await.unwrap().is_empty()
}

fn days_ago(days: i64) -> Timestamp {
    chronodon::clock::now() - SignedDuration::from_hours(24 * days)
}

#[tokio::test]
async fn old_statuses_that_nobody_touched_go_and_may_come_again() {
    let server = TestServer::start_with(|config| config.federation.remote_retention_days = 30).await;
    let elsewhere = Remote::start().await;
    let alice = server.with_user("alice").await;
    let bob = elsewhere.discovered(&server, "bob", "png-1").await;
    let carol = elsewhere.discovered(&server, "carol", "png-2").await;
    let old = |name: &str| elsewhere.status(bob, name, days_ago(40));

    let untouched = received(&server, old("untouched")).await;
    let recent = received(&server, elsewhere.status(bob, "recent", days_ago(20))).await;
    let mut touched = Vec::new();
    for (name, path) in [("favourited", "favourite"), ("reblogged", "reblog"), ("bookmarked", "bookmark")] {
        let id = received(&server, old(name)).await;
        alice.post(&format!("/api/v1/statuses/{id}/{path}"), json!({})).await;
        touched.push((name, id));
    }
    let parent = received(&server, old("answered")).await;
    alice.post("/api/v1/statuses", json!({ "status": "yes", "in_reply_to_id": parent.to_string() })).await;
    touched.push(("answered", parent));
    let mut beside = old("beside");
    beside.in_reply_to = Some(statuses::facts(&server.app.reader, parent, None).await.unwrap().unwrap().status);
    touched.push(("in a conversation of alice", received(&server, beside).await));
    let mut naming = old("naming");
    let url = format!("{}/@alice", server.base);
    naming.mentions =
        vec![Mention { account_id: alice.id, username: "alice".to_owned(), domain: None, url, local: true }];
    touched.push(("naming", received(&server, naming).await));

    // Also by somebody elsewhere, for as long as that is kept.
    let quoted = received(&server, old("quoted")).await;
    let mut quoting = elsewhere.status(bob, "quoting", days_ago(20));
    let status = Some(statuses::facts(&server.app.reader, quoted, None).await.unwrap().unwrap().status);
    let uri = "https://elsewhere.example/quoted".to_owned();
    quoting.quote = Some(Quote { uri, status, state: QuoteState::Pending, authorization: None });
    received(&server, quoting).await;
    touched.push(("quoted", quoted));

    // What others do with it elsewhere does not keep it, unless they did it lately.
    let (boosted, boosted_lately) = (received(&server, old("boosted")).await, received(&server, old("lately")).await);
    for (number, (id, days)) in [(boosted, 35), (boosted_lately, 1)].into_iter().enumerate() {
        let (by, uri) = (By::operator(), format!("{}#{number}", elsewhere.file("boost")));
        let reblog = server.app.commands.receive_reblog(by, carol, id, Visibility::Public, days_ago(days), uri);
        reblog.await.unwrap();
    }
    touched.push(("boosted lately", boosted_lately));

    sweep(&server, 0).await;
    assert!(!is_here(&server, untouched).await && !is_here(&server, boosted).await);
    assert!(is_here(&server, recent).await);
    for (name, id) in &touched {
        assert!(is_here(&server, *id).await, "{name}");
    }

    let again = received(&server, old("untouched")).await;
    assert!(again != untouched && is_here(&server, again).await);
    sweep(&server, 15).await;
    assert!(!is_here(&server, again).await && !is_here(&server, recent).await);
    assert!(is_here(&server, parent).await);
    server.finish().await;
}

#[tokio::test]
async fn everything_stays_where_nobody_said_for_how_long() {
    let (server, elsewhere) = (TestServer::start().await, Remote::start().await);
    let bob = elsewhere.discovered(&server, "bob", "png-1").await;
    let id = received(&server, elsewhere.status(bob, "1", days_ago(4_000))).await;
    sweep(&server, 0).await;
    assert!(is_here(&server, id).await);
    server.finish().await;
}
