//! The graph in memory says what the tables say, whether it was loaded or told.

use std::sync::Arc;

use chronodon_event_log::Recorded;
use chronodon_events::relationship::{
    BlockCreated, BlockRemoved, FollowChanged, FollowCreated, FollowRemoved, FollowRequested, MuteCreated, MuteRemoved,
};
use chronodon_events::{AccountId, Event, Position};
use chronodon_projections::Observer;
use chronodon_projections::memory::graph::{Flags, Graph};
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::support::{World, follows};

const ACCOUNTS: std::ops::Range<i64> = 1..7;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// Something between two accounts, not always sensible: the graph must not be wiser than the tables.
fn event() -> impl Strategy<Value = Event> {
    let languages = prop::sample::subsequence(vec!["de".to_owned(), "en".to_owned()], 0..=2);
    (0..8, ACCOUNTS, ACCOUNTS, any::<bool>(), any::<bool>(), languages, prop::option::of(0_i64..20)).prop_map(
        |(kind, account, target, reblogs, notify, languages, expires)| {
            let (account_id, target_id) = (AccountId(account), AccountId(target));
            match kind {
                0 | 1 => Event::from(FollowCreated { reblogs, notify, languages, ..follows(account, target) }),
                2 => Event::from(FollowChanged { account_id, target_id, reblogs, notify, languages, uri: None }),
                3 => Event::from(FollowRemoved { account_id, target_id, uri: None }),
                4 => Event::from(BlockCreated { account_id, target_id, uri: None }),
                5 => Event::from(BlockRemoved { account_id, target_id, uri: None }),
                6 if reblogs => Event::from(MuteRemoved { account_id, target_id }),
                6 => Event::from(MuteCreated {
                    account_id,
                    target_id,
                    notifications: notify,
                    expires_at: expires.map(at),
                }),
                _ => Event::from(FollowRequested {
                    account_id,
                    target_id,
                    reblogs,
                    notify,
                    languages,
                    account_local: true,
                    target_local: true,
                    uri: None,
                }),
            }
        },
    )
}

async fn loaded(world: &World) -> Graph {
    world.rebuild().await;
    let graph = Graph::default();
    let slot = world.slots.active();
    let mut client = slot.pool().get().await.unwrap();
    graph.load(&client.transaction().await.unwrap()).await.unwrap();
    graph
}

async fn events_after(world: &World, position: Position) -> Vec<Arc<Recorded>> {
    world.log.read_all(position, 1_000).await.unwrap().into_iter().map(Arc::new).collect()
}

/// All that a graph answers, as lines.
fn dump(graph: &Graph) -> Vec<String> {
    let mut lines = Vec::new();
    for account in ACCOUNTS.map(AccountId) {
        graph.followers_of(account, |follower, flags| lines.push(format!("{account} < {follower} {flags:?}")));
        graph.following_of(account, |target, flags| {
            assert_eq!(graph.follow(account, target), Some(flags), "both directions agree");
        });
        for target in ACCOUNTS.map(AccountId) {
            lines.push(format!("{account} {target} {:?}", graph.languages(account, target)));
            lines.push(format!("{account} {target} {}", graph.blocks(account, target)));
            for now in [5, 15, 25].map(at) {
                let muted = (graph.mutes(account, target, now), graph.mutes_notifications(account, target, now));
                lines.push(format!("{account} {target} {muted:?}"));
            }
        }
    }
    lines
}

#[tokio::test]
async fn loaded_or_told_it_is_the_same_graph() {
    let mut world = World::new().await;
    let mut random = TestRunner::deterministic();
    let (told, mut joined) = (Graph::default(), None);
    let mut position = Position::START;
    for round in 0..6 {
        for _ in 0..50 {
            let event = event().new_tree(&mut random).unwrap().current();
            world.happens(event).await;
        }
        let events = events_after(&world, position).await;
        position = events.last().unwrap().position;
        told.applied(&events);
        if let Some(joined) = &joined {
            Graph::applied(joined, &events);
        }
        let loaded = loaded(&world).await;
        assert_eq!(dump(&told), dump(&loaded), "after round {round}");
        if round == 2 {
            joined = Some(loaded);
        } else if let Some(joined) = &joined {
            assert_eq!(dump(joined), dump(&loaded), "loaded and then told, after round {round}");
        }
    }
    assert_eq!(edges_in_tables(&world).await, edges_in(&told));
}

async fn edges_in_tables(world: &World) -> Vec<(i64, i64, bool, bool)> {
    let sql = "SELECT target_id, account_id, reblogs, notify FROM follows ORDER BY 1, 2";
    let rows = world.slots.reader().query(sql, &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3))).collect()
}

fn edges_in(graph: &Graph) -> Vec<(i64, i64, bool, bool)> {
    let mut edges = Vec::new();
    for target in ACCOUNTS {
        let target = AccountId(target);
        let before = edges.len();
        graph.followers_of(target, |follower, Flags { reblogs, notify, .. }| {
            edges.push((target.get(), follower.get(), reblogs, notify));
        });
        assert_eq!(edges.len() - before, graph.followers_count(target));
    }
    edges
}

#[tokio::test]
async fn an_erased_follow_is_nothing() {
    let mut world = World::new().await;
    world.happens(follows(1, 2)).await;
    world.happens(follows(3, 2)).await;
    world.log.keys().destroy_account(AccountId(1)).await.unwrap();
    let told = Graph::default();
    told.applied(&events_after(&world, Position::START).await);
    assert!(!told.follows(AccountId(1), AccountId(2)));
    assert!(told.follows(AccountId(3), AccountId(2)));
    assert_eq!(dump(&told), dump(&loaded(&world).await));
}
