//! What only the engine on PostgreSQL promises.

use chronodon_event_log::{EventLog, Expected, OpenError, PostgresLog, PostgresOptions, migrate};
use chronodon_events::{Position, Version};
use chronodon_private_postgres::test::database;
use tokio_postgres::NoTls;

use crate::support::{append, connect, exact, migrated_database, open, stream};

#[tokio::test]
async fn migrating_twice_is_once_and_without_it_nothing_opens() {
    let database = database().await;
    let opened = PostgresLog::open(database.config(), PostgresOptions::default()).await;
    assert!(matches!(opened.err(), Some(OpenError::NotMigrated)));
    let migrations = (0..3).map(|_| async {
        let (mut client, connection) = database.config().connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        migrate(&mut client).await
    });
    for migrated in futures::future::join_all(migrations).await {
        migrated.unwrap();
    }
    open(database.config()).await;
}

#[tokio::test]
async fn nothing_in_the_log_can_be_changed_or_removed() {
    let database = migrated_database().await;
    let log = open(database.config()).await;
    log.append(append("status-1", Expected::NoStream, &[1, 2])).await.unwrap();
    let client = connect(&database.config()).await;
    for statement in [
        "UPDATE log.events SET event_type = 'x'",
        "UPDATE log.events SET payload = 'x'",
        "UPDATE log.events SET payload = '', meta = 'x'",
        "UPDATE log.events SET payload = '', object = 5",
        "UPDATE log.events SET position = position + 10",
        "DELETE FROM log.events",
        "DELETE FROM log.head",
        "TRUNCATE log.events",
        "TRUNCATE log.head",
        "INSERT INTO log.head (only_row, position, recorded_at) VALUES (false, 0, now())",
    ] {
        assert!(client.batch_execute(statement).await.is_err(), "{statement}");
    }
    let before = log.read_all(Position::START, 10).await.unwrap();
    client.batch_execute("UPDATE log.events SET payload = '' WHERE position = 1").await.unwrap();
    let mut after = log.read_all(Position::START, 10).await.unwrap();
    assert!(after[0].payload.is_empty(), "erasure may empty a payload");
    after[0].payload.clone_from(&before[0].payload);
    assert_eq!(after, before);
}

#[tokio::test]
async fn a_gap_is_an_alarm() {
    let database = migrated_database().await;
    let log = open(database.config()).await;
    log.append(append("status-1", Expected::NoStream, &[1, 2, 3])).await.unwrap();
    let client = connect(&database.config()).await;
    let damage = "ALTER TABLE log.events DISABLE TRIGGER USER; DELETE FROM log.events WHERE position = 2";
    client.batch_execute(damage).await.unwrap();
    assert!(log.read_all(Position::START, 10).await.is_err());
    assert!(log.read_all(Position(1), 10).await.is_err());
    assert_eq!(log.read_all(Position(2), 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn time_never_runs_backwards() {
    let database = migrated_database().await;
    let log = open(database.config()).await;
    let client = connect(&database.config()).await;
    client.batch_execute("UPDATE log.head SET recorded_at = '2100-01-01 00:00:00.25Z'").await.unwrap();
    for n in 0..3 {
        log.append(append("status-1", exact(n), &[u128::from(n) + 1])).await.unwrap();
    }
    for event in log.read_all(Position::START, 10).await.unwrap() {
        assert_eq!(event.recorded_at.to_string(), "2100-01-01T00:00:00.25Z");
    }
}

/// Two processes, each with its appender and its followers.
#[tokio::test(flavor = "multi_thread")]
async fn two_processes_append_to_one_dense_log() {
    let database = migrated_database().await;
    let logs = [open(database.config()).await, open(database.config()).await];
    let mut subscription = logs[0].subscribe(Position::START);
    let writers = (0..16u32).map(|writer| {
        let log = logs[writer as usize % 2].clone();
        tokio::spawn(async move {
            for n in 0..50u32 {
                let (ids, expected) = ([u128::from(writer * 1000 + n)], exact(n));
                log.append(append(&format!("status-{writer}"), expected, &ids)).await.unwrap();
            }
        })
    });
    let contenders = (0..100u128).map(|n| {
        let log = logs[n as usize % 2].clone();
        let name = format!("account-{}", n / 4);
        tokio::spawn(async move { log.append(append(&name, Expected::NoStream, &[n + 100_000])).await.is_ok() })
    });
    let (writers, contenders): (Vec<_>, Vec<_>) = (writers.collect(), contenders.collect());
    for writer in writers {
        writer.await.unwrap();
    }
    let mut won = 0;
    for contender in contenders {
        won += usize::from(contender.await.unwrap());
    }
    assert_eq!(won, 25, "a name is taken once");
    let mut positions = Vec::new();
    while positions.len() < 825 {
        positions.extend(subscription.next_batch(100).await.unwrap().iter().map(|event| event.position.0));
    }
    assert_eq!(positions, (1..=825).collect::<Vec<_>>());
    assert_eq!(logs[1].read_stream(&stream("status-3"), Version(0), 100).await.unwrap().len(), 50);
}

#[tokio::test]
async fn a_follower_sees_what_another_process_appends() {
    let database = migrated_database().await;
    let (here, elsewhere) = (open(database.config()).await, open(database.config()).await);
    let mut subscription = here.subscribe(Position::START);
    for n in 0..5 {
        let follow = subscription.next_batch(10);
        let append = async {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            elsewhere.append(append("status-1", exact(n), &[u128::from(n) + 1])).await.unwrap();
            std::time::Instant::now()
        };
        let (batch, appended_at) = tokio::join!(follow, append);
        assert_eq!(batch.unwrap().len(), 1);
        assert!(appended_at.elapsed() < std::time::Duration::from_secs(2), "the wake-up is late");
    }
}
