//! PostgreSQL and the way to it fail; what was acknowledged stays, and nothing is there twice.

use std::time::{Duration, Instant};

use chronodon_event_log::{AppendError, Appended, EventLog, Expected, PostgresLog, PostgresOptions, migrate};
use chronodon_events::{Position, Version};
use chronodon_private_postgres::test::TestDatabase;
use chronodon_private_postgres::{Cluster, Durability, Options};
use tokio_postgres::{Config, NoTls};

use crate::proxy::{Fault, Proxy};
use crate::support::{append, connect, exact, migrated_database, open, stream};

/// Short bounds, so that a fault is over soon.
fn impatient() -> PostgresOptions {
    PostgresOptions {
        statement_timeout: Duration::from_millis(300),
        append_timeout: Duration::from_secs(10),
        ..PostgresOptions::default()
    }
}

/// A log behind a proxy that has appended once, so that its connection is set up.
async fn behind_a_proxy(options: PostgresOptions) -> (TestDatabase, Proxy, PostgresLog) {
    let database = migrated_database().await;
    let proxy = Proxy::start(&database.config()).await;
    let log = PostgresLog::open(proxy.config(&database.config()), options).await.unwrap();
    log.append(append("account-0", Expected::NoStream, &[1_000_000])).await.unwrap();
    (database, proxy, log)
}

/// Every acknowledged append is in the log once, at the place that was told; positions are dense.
async fn check_ledger(config: Config, ledger: &[(u128, Appended)]) {
    let all = open(config).await.read_all(Position::START, 5000).await.unwrap();
    for (id, appended) in ledger {
        let there: Vec<_> = all.iter().filter(|event| event.id.as_u128() == *id).collect();
        assert_eq!(there.len(), 1, "event {id}");
        let (position, version) = (there[0].position, there[0].version);
        assert_eq!((&there[0].stream, position, version), (&appended.stream, appended.position, appended.version));
    }
    let ids: std::collections::HashSet<_> = all.iter().map(|event| event.id).collect();
    assert_eq!(ids.len(), all.len(), "nothing is there twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_outcome_becomes_known_before_anybody_is_told() {
    let (database, proxy, log) = behind_a_proxy(PostgresOptions::default()).await;
    let mut ledger = Vec::new();
    for round in 0..12u128 {
        let fault = if round % 3 == 2 { Fault::LoseRequest } else { Fault::LoseAnswer };
        proxy.arm(fault);
        let appends = (0..20u128).map(|n| {
            let (log, id) = (log.clone(), round * 100 + n);
            async move { (id, log.append(append(&format!("status-{n}"), exact(round as u32), &[id])).await.unwrap()) }
        });
        let appended = futures::future::join_all(appends).await;
        assert!(proxy.has_struck(), "{fault:?}");
        assert!(appended.iter().all(|(_, appended)| appended.version.0 == round as u32 + 1), "{fault:?}");
        ledger.extend(appended);
    }
    check_ledger(database.config(), &ledger).await;
    assert_eq!(log.head().await.unwrap(), Position(1 + 12 * 20));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_a_refusal_also_when_its_answer_is_lost() {
    let (_database, proxy, log) = behind_a_proxy(PostgresOptions::default()).await;
    proxy.arm(Fault::LoseAnswer);
    let refused = log.append(append("account-0", Expected::NoStream, &[1])).await;
    assert_eq!(refused, Err(AppendError::WrongExpectedVersion { actual: Version(1) }));
    assert!(proxy.has_struck());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outcome_that_stays_unknown_is_told_by_a_retry() {
    let options = PostgresOptions { append_timeout: Duration::from_secs(1), ..impatient() };
    let (database, proxy, log) = behind_a_proxy(options).await;
    proxy.arm(Fault::LoseAnswer);
    proxy.refuse(true);
    let started = Instant::now();
    let lost = log.append(append("status-1", Expected::NoStream, &[1])).await;
    assert!(matches!(lost, Err(AppendError::Unavailable(_))), "{lost:?}");
    assert!(started.elapsed() > Duration::from_millis(900), "it gave up early");
    assert!(started.elapsed() < Duration::from_secs(5), "it gave up late");
    let elsewhere = open(database.config()).await;
    let there = elsewhere.read_stream(&stream("status-1"), Version(0), 10).await.unwrap();
    assert_eq!(there.len(), 1, "the answer was lost, not the event");
    proxy.refuse(false);
    let retried = log.append(append("status-9", Expected::NoStream, &[1])).await.unwrap();
    assert_eq!((retried.stream, retried.position), (stream("status-1"), there[0].position));
}

/// One process's way to PostgreSQL stalls in the middle of an append. It holds no lock that others wait for.
#[tokio::test(flavor = "multi_thread")]
async fn a_stalled_appender_does_not_stall_a_healthy_one() {
    for fault in [Fault::WithholdAnswer, Fault::StallRequest] {
        let (database, proxy, stalled) = behind_a_proxy(impatient()).await;
        let healthy = open(database.config()).await;
        proxy.arm(fault);
        let pending = tokio::spawn(async move { stalled.append(append("status-1", Expected::NoStream, &[1])).await });
        while !proxy.has_struck() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        for n in 0..20 {
            let started = Instant::now();
            healthy.append(append("status-2", exact(n), &[100 + u128::from(n)])).await.unwrap();
            assert!(started.elapsed() < Duration::from_millis(1900), "{fault:?} stalls others");
        }
        assert!(!pending.is_finished());
        let appended = pending.await.unwrap().unwrap();
        check_ledger(database.config(), &[(1, appended)]).await;
    }
}

/// Somebody holds the head's lock: a stalled foreign session, or a person with a client.
#[tokio::test(flavor = "multi_thread")]
async fn a_held_head_delays_appends_and_then_refuses_them() {
    let database = migrated_database().await;
    let options = PostgresOptions { append_timeout: Duration::from_millis(1500), ..impatient() };
    let log = PostgresLog::open(database.config(), options).await.unwrap();
    let holder = connect(&database.config()).await;
    let hold = "BEGIN; SELECT position FROM log.head FOR UPDATE";

    holder.batch_execute(hold).await.unwrap();
    let pending = tokio::spawn({
        let log = log.clone();
        async move { log.append(append("status-1", Expected::NoStream, &[1])).await }
    });
    tokio::time::sleep(Duration::from_millis(800)).await;
    assert!(!pending.is_finished(), "it waits beyond the lock's timeout");
    holder.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(pending.await.unwrap().unwrap().position, Position(1));

    holder.batch_execute(hold).await.unwrap();
    let refused = log.append(append("status-2", Expected::NoStream, &[2])).await;
    assert!(matches!(refused, Err(AppendError::Unavailable(_))), "{refused:?}");
    assert_eq!(log.read_all(Position::START, 10).await.unwrap().len(), 1, "reads go on");
    holder.batch_execute("ROLLBACK").await.unwrap();
    let appended = log.append(append("status-2", Expected::NoStream, &[2])).await.unwrap();
    assert_eq!(appended.position, Position(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_cannot_be_stored_fails_alone() {
    let database = migrated_database().await;
    let client = connect(&database.config()).await;
    let rule = "ALTER TABLE log.events ADD CONSTRAINT refused CHECK (event_type <> 'test.refused')";
    client.batch_execute(rule).await.unwrap();
    let log = open(database.config()).await;
    let appends = (0..60u128).map(|n| {
        let mut append = append(&format!("status-{n}"), Expected::NoStream, &[n + 1]);
        if n % 20 == 7 {
            append.events[0].event_type = "test.refused".to_owned();
        }
        log.append(append)
    });
    for (n, outcome) in futures::future::join_all(appends).await.into_iter().enumerate() {
        match outcome {
            Ok(_) => assert_ne!(n % 20, 7),
            Err(AppendError::Rejected(reason)) => assert!(n % 20 == 7 && reason.contains("refused"), "{n}: {reason}"),
            Err(error) => panic!("{n}: {error}"),
        }
    }
    assert_eq!(log.head().await.unwrap(), Position(57));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_at_once_and_ends() {
    let database = migrated_database().await;
    let client = connect(&database.config()).await;
    client
        .batch_execute(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full'; END $$;
             CREATE TRIGGER full_disk BEFORE INSERT ON log.events EXECUTE FUNCTION full_disk()",
        )
        .await
        .unwrap();
    let log = open(database.config()).await;
    let started = Instant::now();
    let refused = log.append(append("status-1", Expected::NoStream, &[1])).await;
    assert!(matches!(&refused, Err(AppendError::Unavailable(reason)) if reason.contains("no space")), "{refused:?}");
    assert!(started.elapsed() < Duration::from_secs(2), "nobody waits for a disk to empty");
    client.batch_execute("DROP TRIGGER full_disk ON log.events").await.unwrap();
    assert_eq!(log.append(append("status-1", Expected::NoStream, &[1])).await.unwrap().position, Position(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_is_busy() {
    let database = migrated_database().await;
    let options = PostgresOptions { queue_max: 8, batch_appends_max: 4, ..impatient() };
    let log = PostgresLog::open(database.config(), options).await.unwrap();
    let holder = connect(&database.config()).await;
    holder.batch_execute("BEGIN; SELECT position FROM log.head FOR UPDATE").await.unwrap();
    let appends = (0..100u128).map(|n| log.append(append(&format!("status-{n}"), Expected::NoStream, &[n + 1])));
    let release = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        holder.batch_execute("ROLLBACK").await.unwrap();
    };
    let (outcomes, ()) = tokio::join!(futures::future::join_all(appends), release);
    let busy = outcomes.iter().filter(|outcome| **outcome == Err(AppendError::Busy)).count();
    let written = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert!(busy >= 80 && written >= 8 && busy + written == 100, "{busy} busy, {written} written");
    assert_eq!(log.head().await.unwrap(), Position(written as u64));
}

/// A process dies over an append, before or after PostgreSQL saw it; its successor gets the same command again.
#[tokio::test(flavor = "multi_thread")]
async fn a_command_retried_by_the_next_process_leaves_one_result() {
    for fault in [Fault::LoseRequest, Fault::LoseAnswer, Fault::StallRequest, Fault::WithholdAnswer] {
        let (database, proxy, doomed) = behind_a_proxy(PostgresOptions::default()).await;
        proxy.arm(fault);
        proxy.refuse(true);
        let append = || append("status-1", Expected::NoStream, &[1, 2]);
        let dying = tokio::spawn(async move { doomed.append(append()).await });
        while !proxy.has_struck() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        dying.abort();
        let successor = open(database.config()).await;
        let first = successor.append(append()).await.unwrap();
        assert_eq!(successor.append(append()).await.unwrap(), first);
        assert_eq!((first.version, first.position), (Version(2), Position(3)), "{fault:?}");
        assert_eq!(successor.head().await.unwrap(), Position(3));
        let next = successor.append(crate::support::append("status-1", exact(2), &[3])).await.unwrap();
        assert_eq!(next.position, Position(4), "{fault:?}");
    }
}

/// Somebody ends our connections, as a restart of PostgreSQL in good order does.
#[tokio::test(flavor = "multi_thread")]
async fn ended_connections_come_back() {
    let database = migrated_database().await;
    let log = open(database.config()).await;
    let admin = connect(&database.config()).await;
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let mut subscription = log.subscribe(Position::START);
    let mut ledger = Vec::new();
    for round in 0..8u32 {
        let appends = (0..16u128).map(|n| {
            let (log, id) = (log.clone(), u128::from(round) * 100 + n + 1);
            async move { (id, log.append(append(&format!("status-{n}"), exact(round), &[id])).await.unwrap()) }
        });
        let (appended, ended) = tokio::join!(futures::future::join_all(appends), admin.query(end, &[]));
        assert!(!ended.unwrap().is_empty());
        ledger.extend(appended);
        assert_eq!(log.read_stream(&stream("status-0"), Version(0), 100).await.unwrap().len(), round as usize + 1);
    }
    let mut seen = 0;
    while seen < ledger.len() {
        seen += subscription.next_batch(1000).await.unwrap().len();
    }
    check_ledger(database.config(), &ledger).await;
}

/// PostgreSQL dies as in a loss of power, again and again, under writers that retry and a reader that follows.
#[tokio::test(flavor = "multi_thread")]
async fn postgres_may_die_under_load() {
    const WRITERS: u128 = 8;
    const EVENTS: u32 = 300;
    let folder = tempfile::tempdir().unwrap();
    let options = Options { durability: Durability::Full, ..Options::default() };
    let cluster = Cluster::open(folder.path(), options).await.unwrap();
    let supervisor = cluster.supervise();
    cluster.create_database("log").await.unwrap();
    let config = cluster.config("log");
    let (mut client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    migrate(&mut client).await.unwrap();
    let log = open(config.clone()).await;

    let writers = (0..WRITERS).map(|writer| {
        let log = log.clone();
        tokio::spawn(async move {
            let mut ledger = Vec::new();
            for n in 0..EVENTS {
                let id = writer * 10_000 + u128::from(n) + 1;
                let appended = loop {
                    match log.append(append(&format!("status-{writer}"), exact(n), &[id])).await {
                        Ok(appended) => break appended,
                        Err(AppendError::Unavailable(_) | AppendError::Busy) => {}
                        Err(error) => panic!("{error}"),
                    }
                };
                assert_eq!(appended.version.0, n + 1);
                ledger.push((id, appended));
            }
            ledger
        })
    });
    let writers: Vec<_> = writers.collect();
    let mut subscription = log.subscribe(Position::START);
    let reader = tokio::spawn(async move {
        let mut seen = Vec::new();
        while seen.len() < WRITERS as usize * EVENTS as usize {
            match subscription.next_batch(100).await {
                Ok(batch) => seen.extend(batch.iter().map(|event| event.position.0)),
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
        seen
    });
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(300)).await;
        cluster.kill_immediately();
    }
    let mut ledger = Vec::new();
    for writer in writers {
        ledger.extend(writer.await.unwrap());
    }
    assert_eq!(reader.await.unwrap(), (1..=ledger.len() as u64).collect::<Vec<_>>());
    check_ledger(config, &ledger).await;
    supervisor.abort();
    cluster.stop().await.unwrap();
}
