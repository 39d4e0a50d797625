//! The queue on a real database: who gets what, in which order, and what a Delete finds.

use chronodon_activitypub::signature::Scheme;
use chronodon_private_postgres::test::{TestDatabase, database};
use deadpool_postgres::{Manager, Runtime};
use tokio_postgres::NoTls;

use super::*;
use crate::federation::delivery::hosts;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

async fn pool(database: &TestDatabase) -> Pool {
    crate::server_tables::migrate(&database.config()).await.unwrap();
    Pool::builder(Manager::new(database.config(), NoTls)).max_size(4).runtime(Runtime::Tokio1).build().unwrap()
}

fn body(position: i64, kind: &'static str) -> NewBody {
    NewBody {
        id: Uuid::from_u128(position.unsigned_abs().into()),
        body: b"{}".to_vec(),
        account_id: 1,
        object_id: Some(7),
        kind,
        order_key: Some(7),
        position,
        synchronized: false,
    }
}

fn to(host: &str, number: u32) -> Destination {
    Destination { inbox: format!("https://{host}/{number}"), host: host.to_owned() }
}

fn later(seconds: i64) -> Timestamp {
    NOW + SignedDuration::from_secs(seconds)
}

async fn due(pool: &Pool, at: Timestamp) -> Vec<Claimed> {
    claim(pool, at, &[], 1_000).await.unwrap()
}

#[tokio::test]
async fn each_delivery_goes_to_one_claimer_and_no_host_takes_all_turns() {
    let database = database().await;
    let pool = pool(&database).await;
    let many: Vec<_> = (0..300).map(|number| to("many.example", number)).chain([to("one.example", 0)]).collect();
    insert(&pool, &body(1, "Create"), &many, NOW).await.unwrap();
    insert(&pool, &body(1, "Create"), &many, NOW).await.unwrap();
    let (one, two) = tokio::join!(due(&pool, NOW), due(&pool, NOW));
    let mut all: Vec<_> = one.iter().chain(&two).map(|claimed| claimed.to.inbox.clone()).collect();
    assert!(all.contains(&"https://one.example/0".to_owned()) && all.len() <= 2 * 128 + 1);
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), count);
    assert!(claim(&pool, NOW, &["many.example".to_owned()], 10).await.unwrap().is_empty());
    assert_eq!(retry(&pool, Retry::All, NOW).await.unwrap(), 0, "somebody is at them");
    let again = due(&pool, later(120)).await;
    assert!(again.iter().any(|claimed| claimed.attempts == 2), "a lease ends");
}

#[tokio::test]
async fn what_is_about_one_thing_waits_for_what_came_before() {
    let database = database().await;
    let pool = pool(&database).await;
    let inbox = [to("a.example", 0)];
    insert(&pool, &body(2, "Update"), &inbox, NOW).await.unwrap();
    insert(&pool, &body(1, "Create"), &inbox, NOW).await.unwrap();
    let first = due(&pool, NOW).await;
    assert_eq!(first.iter().map(|claimed| claimed.body_id.as_u128()).collect::<Vec<_>>(), [1]);
    let settled: Vec<_> = first.into_iter().map(|claimed| (claimed, Outcome::Delivered)).collect();
    settle(&pool, &settled, NOW).await.unwrap();
    assert_eq!(due(&pool, NOW).await[0].body_id.as_u128(), 2);
}

#[tokio::test]
async fn a_delete_takes_back_what_waits_and_goes_where_it_may_have_come() {
    let database = database().await;
    let pool = pool(&database).await;
    let hosts = ["arrived.example", "maybe.example", "refused.example"].map(|host| to(host, 0));
    insert(&pool, &body(1, "Create"), &hosts, NOW).await.unwrap();
    let outcome = |claimed: &Claimed| match claimed.to.host.as_str() {
        "arrived.example" => Outcome::Delivered,
        "maybe.example" => Outcome::PutOff { error: "lost".to_owned(), run_at: later(999), uncertain: true },
        _ => Outcome::Failed { error: "410".to_owned(), uncertain: false },
    };
    let settled: Vec<_> =
        due(&pool, NOW).await.into_iter().map(|claimed| (claimed.clone(), outcome(&claimed))).collect();
    settle(&pool, &settled, NOW).await.unwrap();
    let states = |entries: Vec<ledger::Entry>| entries.into_iter().map(|entry| entry.state).collect::<Vec<_>>();
    let mut found = states(ledger::entries(&pool, Some(7), false).await.unwrap());
    found.sort();
    assert_eq!(found, ["delivered", "failed", "waiting"]);
    assert_eq!(retry(&pool, Retry::Host("refused.example"), NOW).await.unwrap(), 1);
    insert(&pool, &body(2, "Update"), &[to("late.example", 0)], NOW).await.unwrap();
    insert(&pool, &body(4, DELETE), &[], NOW).await.unwrap();
    insert(&pool, &body(3, "Update"), &hosts, NOW).await.unwrap();
    let mut told: Vec<_> = due(&pool, later(2_000)).await.into_iter().map(|claimed| claimed.to.host).collect();
    told.sort();
    assert_eq!(told, ["arrived.example", "maybe.example", "refused.example"], "an Update after it is not sent");
    assert!(!sweep(&pool, later(10)).await.unwrap());
}

#[tokio::test]
async fn a_host_that_fails_for_a_week_gets_nothing_until_it_is_heard_from() {
    let database = database().await;
    let pool = pool(&database).await;
    let day = |days: i64| later(days * 86_400);
    for days in 0..7 {
        hosts::failed(&pool, &["dead.example".to_owned()], day(days)).await.unwrap();
        hosts::failed(&pool, &["dead.example".to_owned()], day(days)).await.unwrap();
        assert_eq!(hosts::all(&pool).await.unwrap()[0].unavailable, days == 6);
    }
    insert(&pool, &body(1, "Create"), &[to("dead.example", 0)], NOW).await.unwrap();
    assert!(due(&pool, NOW).await.is_empty());
    hosts::heard_from(&pool, "dead.example").await.unwrap();
    insert(&pool, &body(2, "Update"), &[to("dead.example", 0)], NOW).await.unwrap();
    assert_eq!(due(&pool, NOW).await.len(), 1);
}

#[tokio::test]
async fn a_host_is_forgotten_when_nobody_has_to_do_with_it() {
    let database = database().await;
    let pool = pool(&database).await;
    let day = |days: i64| later(days * 24 * 60 * 60);
    let strangers: Vec<_> = (0..50).map(|number| format!("h{number}.example:{number}")).collect();
    hosts::failed(&pool, &strangers, NOW).await.unwrap();
    let friend = "friend.example".to_owned();
    hosts::succeeded(&pool, &[(friend.clone(), Scheme::Cavage)], NOW).await.unwrap();
    hosts::failed(&pool, &[friend], day(30)).await.unwrap();
    assert!(!hosts::sweep(&pool, day(90)).await.unwrap());
    assert_eq!(hosts::all(&pool).await.unwrap().len(), 51);
    assert!(!hosts::sweep(&pool, day(91)).await.unwrap());
    let left: Vec<_> = hosts::all(&pool).await.unwrap().into_iter().map(|host| host.host).collect();
    assert_eq!(left, ["friend.example"]);
}

#[tokio::test]
async fn words_about_many_hosts_are_written_at_once() {
    let database = database().await;
    let pool = pool(&database).await;
    let named = |host: &str| format!("{host}.example");
    hosts::failed(&pool, &[named("a"), named("b")], NOW).await.unwrap();
    let good = [(named("b"), Scheme::Rfc9421), (named("c"), Scheme::Cavage)];
    hosts::succeeded(&pool, &good, later(1)).await.unwrap();
    let all: Vec<_> = hosts::all(&pool).await.unwrap().into_iter().map(|it| (it.failure_days, it.scheme)).collect();
    assert_eq!(all, [(1, None), (0, Some("rfc9421".to_owned())), (0, Some("cavage".to_owned()))]);
}
