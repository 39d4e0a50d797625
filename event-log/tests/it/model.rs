//! Both engines, given the same random appends, say and keep the same.

use chronodon_event_log::{Append, EventLog, Expected, MemoryLog, NewSecret, SealedEvent};
use chronodon_events::{AccountId, KeyId, Position, Version};
use proptest::prelude::{Just, Strategy, prop_oneof};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::support::{append, exact, migrated_database, open};

const APPENDS: usize = 600;

/// Few streams, ids and keys, so that they meet often.
fn appends() -> impl Strategy<Value = Append> {
    let expected = prop_oneof![Just(Expected::NoStream), (0..12u32).prop_map(exact)];
    let ids = proptest::collection::btree_set(0..400u128, 1..4);
    let secret = proptest::option::of((0..4i64, proptest::option::of(0..9i64), 0..2u8));
    (0..12u8, expected, ids, secret).prop_map(|(stream, expected, ids, secret)| {
        let ids: Vec<u128> = ids.into_iter().collect();
        let mut append = append(&format!("status-{stream}"), expected, &ids);
        append.secrets.extend(secret.map(|(subject, object, byte)| NewSecret {
            key: KeyId { subject: AccountId(subject), object },
            bytes: vec![byte],
        }));
        append
    })
}

/// What does not depend on the engine: all but positions and times.
fn comparable(event: &SealedEvent) -> impl PartialEq + std::fmt::Debug + use<> {
    (event.stream.clone(), event.version, event.id, event.key, event.payload.clone())
}

#[tokio::test]
async fn both_engines_agree() {
    let database = migrated_database().await;
    let (memory, postgres) = (MemoryLog::new(), open(database.config()).await);
    let mut random = TestRunner::default();
    let mut outcomes = [0; 2];
    for number in 0..APPENDS {
        let append = appends().new_tree(&mut random).unwrap().current();
        let expected = memory.append(append.clone()).await;
        let actual = postgres.append(append.clone()).await;
        outcomes[usize::from(expected.is_ok())] += 1;
        let known = |outcome: Result<chronodon_event_log::Appended, _>| outcome.map(|at| (at.stream, at.version));
        assert_eq!(known(expected), known(actual), "append {number}: {append:?}");
    }
    assert!(outcomes.iter().all(|count| *count > 20), "both outcomes are tried: {outcomes:?}");
    let expected = memory.read_all(Position::START, 5000).await.unwrap();
    let actual = postgres.read_all(Position::START, 5000).await.unwrap();
    assert_eq!(expected.iter().map(comparable).collect::<Vec<_>>(), actual.iter().map(comparable).collect::<Vec<_>>());
    for name in expected.iter().map(|event| &event.stream).collect::<std::collections::BTreeSet<_>>() {
        let of_memory = memory.read_stream(name, Version(0), 100).await.unwrap();
        let of_postgres = postgres.read_stream(name, Version(0), 100).await.unwrap();
        assert!(of_memory.iter().map(comparable).eq(of_postgres.iter().map(comparable)), "{name}");
    }
}
