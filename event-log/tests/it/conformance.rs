//! What every engine must do.

use std::collections::BTreeMap;
use std::time::Duration;

use chronodon_event_log::{AppendError, Expected, NewSecret};
use chronodon_events::{AccountId, KeyId, Position, Version};
use uuid::Uuid;

use crate::support::{Engine, append, exact, on_every_engine, stream};

on_every_engine! {
    a_bound_that_is_broken_is_refused
    a_batch_is_all_or_none
    a_retry_returns_the_first_result
    a_subscription_catches_up_and_goes_on_without_a_gap
    a_taken_key_refuses_the_append
    events_come_back_as_they_were
    reading_keeps_to_its_bounds
    sixteen_writers_and_a_reader_that_misses_nothing
    the_expected_version_decides
    nothing_is_taken_after_shutdown
}

async fn the_expected_version_decides(engine: Engine) {
    let log = engine.log;
    let wrong = |actual| Err(AppendError::WrongExpectedVersion { actual: Version(actual) });
    assert_eq!(log.append(append("status-1", exact(1), &[1])).await, wrong(0));
    let first = log.append(append("status-1", Expected::NoStream, &[2, 3])).await.unwrap();
    assert_eq!((first.stream, first.version), (stream("status-1"), Version(2)));
    assert_eq!(log.append(append("status-1", Expected::NoStream, &[4])).await, wrong(2));
    assert_eq!(log.append(append("status-1", exact(1), &[4])).await, wrong(2));
    assert_eq!(log.append(append("status-1", exact(3), &[4])).await, wrong(2));
    let second = log.append(append("status-1", exact(2), &[4])).await.unwrap();
    assert_eq!(second.version, Version(3));
    assert!(second.position > first.position);
    let other = log.append(append("status-2", exact(0), &[5])).await.unwrap();
    assert_eq!(other.version, Version(1), "version 0 is the version of no stream");
    assert_eq!(log.head().await.unwrap(), other.position);
}

async fn a_retry_returns_the_first_result(engine: Engine) {
    let log = engine.log;
    let first = log.append(append("status-1", Expected::NoStream, &[1, 2, 3])).await.unwrap();
    log.append(append("status-1", exact(3), &[4])).await.unwrap();
    let head = log.head().await.unwrap();
    let retries = [
        append("status-1", Expected::NoStream, &[1, 2, 3]),
        append("status-1", exact(4), &[1, 2, 3]),
        append("status-2", Expected::NoStream, &[1, 2, 3]),
        append("status-1", Expected::NoStream, &[1]),
        append("status-2", Expected::NoStream, &[2, 9]),
        append("status-2", Expected::NoStream, &[9, 1]),
    ];
    for retry in retries {
        assert_eq!(log.append(retry.clone()).await.as_ref(), Ok(&first), "{retry:?}");
    }
    assert_eq!(log.head().await.unwrap(), head, "a retry writes nothing");
    assert!(log.read_stream(&stream("status-2"), Version(0), 10).await.unwrap().is_empty());
}

async fn a_batch_is_all_or_none(engine: Engine) {
    let log = engine.log;
    let appends = (0..40u128).map(|n| {
        let expected = if n % 4 == 0 { exact(9) } else { Expected::NoStream };
        log.append(append(&format!("status-{n}"), expected, &[2 * n + 1, 2 * n + 2]))
    });
    let results = futures::future::join_all(appends).await;
    for (n, result) in results.iter().enumerate() {
        let there = log.read_stream(&stream(&format!("status-{n}")), Version(0), 10).await.unwrap().len();
        assert_eq!((result.is_ok(), there), if n % 4 == 0 { (false, 0) } else { (true, 2) }, "append {n}");
    }
    let all = log.read_all(Position::START, 1000).await.unwrap();
    assert_eq!(all.len(), 60);
    for pair in all.chunks(2) {
        assert_eq!(pair[0].stream, pair[1].stream, "the events of an append stay together");
    }
}

async fn events_come_back_as_they_were(engine: Engine) {
    let log = engine.log;
    let mut sent = append("status-1", Expected::NoStream, &[1, 2]);
    sent.events[1].key = KeyId::object(AccountId(8), 1);
    sent.events[1].schema_version = 3;
    sent.events[1].meta = r#"{"more": "é"}"#.to_owned();
    sent.events[1].payload = vec![0, 255, 0];
    log.append(sent.clone()).await.unwrap();
    let by_stream = log.read_stream(&stream("status-1"), Version(0), 10).await.unwrap();
    assert_eq!(by_stream, log.read_all(Position::START, 10).await.unwrap());
    for (number, (stored, sent)) in (1..).zip(by_stream.iter().zip(&sent.events)) {
        assert_eq!(
            (stored.id, &stored.event_type, stored.schema_version),
            (sent.id, &sent.event_type, sent.schema_version)
        );
        assert_eq!((stored.key, &stored.meta, &stored.payload), (sent.key, &sent.meta, &sent.payload));
        assert_eq!((stored.stream.clone(), stored.version), (stream("status-1"), Version(number)));
        assert_eq!(stored.recorded_at.subsec_nanosecond() % 1_000_000, 0, "whole milliseconds");
        assert!(stored.recorded_at.as_second() > 1_700_000_000, "the time of the append");
    }
}

async fn reading_keeps_to_its_bounds(engine: Engine) {
    let log = engine.log;
    assert_eq!(log.head().await.unwrap(), Position::START);
    assert!(log.read_all(Position::START, 10).await.unwrap().is_empty());
    assert!(log.read_stream(&stream("status-1"), Version(0), 10).await.unwrap().is_empty());
    log.append(append("status-1", Expected::NoStream, &[1, 2, 3])).await.unwrap();
    log.append(append("status-2", Expected::NoStream, &[4])).await.unwrap();
    let all = log.read_all(Position::START, 10).await.unwrap();
    assert_eq!(all.len(), 4);
    assert!(all.windows(2).all(|pair| pair[0].position < pair[1].position));
    assert!(all.windows(2).all(|pair| pair[0].recorded_at <= pair[1].recorded_at));
    assert_eq!(log.read_all(all[0].position, 2).await.unwrap(), all[1..3]);
    assert_eq!(log.read_stream(&stream("status-1"), Version(1), 1).await.unwrap(), all[1..2]);
    assert_eq!(log.read_stream(&stream("status-1"), Version(3), 9).await.unwrap(), []);
    assert_eq!(log.read_all(Position(u64::MAX), 9).await.unwrap(), []);
    assert_eq!(log.read_stream(&stream("status-1"), Version(u32::MAX), 9).await.unwrap(), []);
}

async fn a_bound_that_is_broken_is_refused(engine: Engine) {
    let log = engine.log;
    let mut bad = vec![append("status-1", Expected::NoStream, &[]), append("status-1", Expected::NoStream, &[1, 1])];
    bad.push(append("status-1", Expected::NoStream, &(1..=257).collect::<Vec<_>>()));
    bad.push(append("status-1", exact(u32::MAX), &[1]));
    for change in [
        (|event| event.payload = Vec::new()) as fn(&mut chronodon_event_log::NewSealedEvent),
        |event| event.payload = vec![1; (1 << 20) + 1],
        |event| event.event_type = "test\0".to_owned(),
        |event| event.meta = "\0".to_owned(),
        |event| event.meta = " ".repeat(5000),
        |event| event.schema_version = u16::MAX,
    ] {
        let mut append = append("status-1", Expected::NoStream, &[1]);
        change(&mut append.events[0]);
        bad.push(append);
    }
    for append in bad {
        assert!(matches!(log.append(append).await, Err(AppendError::Invalid(_))));
    }
    assert_eq!(log.head().await.unwrap(), Position::START);
}

async fn a_taken_key_refuses_the_append(engine: Engine) {
    let log = engine.log;
    let with = |name: &str, id, key, bytes: &[u8]| {
        let mut append = append(name, Expected::NoStream, &[id]);
        append.secrets.push(NewSecret { key, bytes: bytes.to_vec() });
        append
    };
    let (account, object) = (KeyId::account(AccountId(7)), KeyId::object(AccountId(7), 1));
    log.append(with("status-1", 1, account, b"one")).await.unwrap();
    log.append(with("status-2", 2, object, b"one")).await.unwrap();
    assert_eq!(log.append(with("status-3", 3, account, b"two")).await, Err(AppendError::KeyTaken));
    assert_eq!(log.append(with("status-3", 3, object, b"two")).await, Err(AppendError::KeyTaken));
    log.append(with("status-3", 3, object, b"one")).await.unwrap();
    engine.vault.destroy_object(1).await.unwrap();
    assert_eq!(log.append(with("status-4", 4, object, b"one")).await, Err(AppendError::KeyTaken));
    log.append(with("status-1", 1, account, b"three")).await.expect("a retry needs no key");
}

async fn sixteen_writers_and_a_reader_that_misses_nothing(engine: Engine) {
    const WRITERS: u128 = 16;
    const APPENDS: u128 = 100;
    let log = engine.log;
    let mut subscription = log.subscribe(Position::START);
    let writers = (0..WRITERS).map(|writer| {
        let log = log.clone();
        tokio::spawn(async move {
            let (mut version, mut written) = (0, Vec::new());
            for number in 0..APPENDS {
                let id = writer * 1000 + number;
                let fails = number % 20 == writer % 20;
                let expected = exact(if fails { version + 1 } else { version });
                let result = log.append(append(&format!("status-{writer}"), expected, &[id])).await;
                assert_eq!(result.is_ok(), !fails, "{result:?}");
                if let Ok(appended) = result {
                    version = appended.version.0;
                    written.push((Uuid::from_u128(id), appended.position));
                }
            }
            written
        })
    });
    let writers: Vec<_> = writers.collect();
    let reader = tokio::spawn(async move {
        let mut seen = Vec::new();
        while seen.len() < (WRITERS * APPENDS * 19 / 20) as usize {
            seen.extend(subscription.next_batch(50).await.unwrap());
        }
        seen
    });
    let mut written = BTreeMap::new();
    for writer in writers {
        written.extend(writer.await.unwrap());
    }
    let seen = tokio::time::timeout(Duration::from_secs(20), reader).await.expect("the reader misses some").unwrap();
    assert!(seen.windows(2).all(|pair| pair[0].position < pair[1].position), "in order, none twice");
    assert_eq!(seen.iter().map(|event| (event.id, event.position)).collect::<BTreeMap<_, _>>(), written);
}

async fn a_subscription_catches_up_and_goes_on_without_a_gap(engine: Engine) {
    let log = engine.log;
    for n in 0..30 {
        log.append(append("status-1", exact(n), &[u128::from(n) + 1])).await.unwrap();
    }
    let from = log.read_all(Position::START, 4).await.unwrap()[3].position;
    let mut subscription = log.subscribe(from);
    let writer = tokio::spawn({
        let log = log.clone();
        async move {
            for n in 30..90 {
                log.append(append("status-1", exact(n), &[u128::from(n) + 1])).await.unwrap();
                if n % 10 == 0 {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        }
    });
    let mut versions = Vec::new();
    while versions.len() < 86 {
        let next = tokio::time::timeout(Duration::from_secs(10), subscription.next_batch(7)).await;
        let batch = next.expect("the subscription sleeps").unwrap();
        assert!(!batch.is_empty() && batch.len() <= 7);
        assert_eq!(subscription.position(), batch.last().unwrap().position);
        versions.extend(batch.iter().map(|event| event.version.0));
    }
    writer.await.unwrap();
    assert_eq!(versions, (5..=90).collect::<Vec<_>>());
    let idle = tokio::time::timeout(Duration::from_millis(150), subscription.next_batch(7)).await;
    assert!(idle.is_err(), "at the end it waits");
    log.append(append("status-1", exact(90), &[91])).await.unwrap();
    assert_eq!(subscription.next_batch(7).await.unwrap().len(), 1, "a wait that was given up loses nothing");
}

async fn nothing_is_taken_after_shutdown(engine: Engine) {
    let log = engine.log;
    let taken: Vec<_> = (0..50u128)
        .map(|n| {
            let log = log.clone();
            tokio::spawn(async move { log.append(append(&format!("status-{n}"), Expected::NoStream, &[n + 1])).await })
        })
        .collect();
    tokio::task::yield_now().await;
    log.shutdown().await;
    let late = log.append(append("status-99", Expected::NoStream, &[99])).await;
    assert!(matches!(late, Err(AppendError::Unavailable(_))), "{late:?}");
    let mut answered = 0;
    for append in taken {
        answered += usize::from(append.await.unwrap().is_ok());
    }
    assert_eq!(log.read_all(Position::START, 100).await.unwrap().len(), answered, "an answer for each that was taken");
}
