//! What was acknowledged is never lost, and a retried command leaves one result: whoever is killed, whenever.
//!
//! A recording client posts under load. Each of its writes carries an Idempotency-Key and is retried until it is
//! answered. `CHRONODON_LONG=1` kills twenty times instead of three.

mod full_disk;
mod ledger;
mod volume;

use std::path::Path;
use std::time::{Duration, Instant};

use chronodon::config::Config;
use chronodon::database::Database;
use chronodon_projections::Verdict;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::support::TestServer;
use crate::support::process::{Serving, data_directory, database_pid, run, run_json};
use ledger::Ledger;

/// The first answer after a restart, not counting PostgreSQL's own recovery.
const RESTART_MAX: Duration = Duration::from_secs(5);
/// How long the load runs before each fault.
const LOAD: Duration = Duration::from_millis(1_500);

fn rounds() -> usize {
    if std::env::var_os("CHRONODON_LONG").is_some() { 20 } else { 3 }
}

fn make_person(data: &Path) -> String {
    let made = run(data, &["account", "create", "alice", "--email", "alice@example.org", "--approve"]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let token = run_json(data, &["token", "create", "alice", "--scopes", "read write"]);
    token["access_token"].as_str().unwrap().to_owned()
}

/// Nothing acknowledged is missing, each key has one result, positions are dense, read models are what the log says.
async fn check(data: &Path, ledger: &Ledger) {
    ledger.everything_is_there().await;
    let stats = run_json(data, &["log", "stats"]);
    assert_eq!(stats["events"], stats["head"], "positions are dense");
    assert_eq!(stats["types"]["status.posted"].as_u64(), Some(ledger.answered() as u64), "each key has one result");
    let verdict = run_json(data, &["projections", "verify"]);
    assert_eq!(verdict["verdict"], Value::from("equal"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_of_the_server_under_load() {
    let (_directory, data) = data_directory();
    let token = make_person(&data);
    let mut serving = Serving::start(&data).await;
    let address = serving.address.clone();
    let ledger = Ledger::new(&address, token);
    for round in 0..rounds() {
        let load = ledger.load();
        tokio::time::sleep(LOAD + Duration::from_millis(37 * round as u64)).await;
        serving.signal(Signal::KILL);
        let restart = Instant::now();
        serving = Serving::start_at(&data, &address).await;
        let took = restart.elapsed();
        assert!(took < RESTART_MAX, "the first answer came after {took:?}");
        load.settle().await;
        check(&data, &ledger).await;
    }
    assert_eq!(serving.signal(Signal::TERM), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn immediate_stop_of_postgresql_under_load() {
    let (_directory, data) = data_directory();
    let token = make_person(&data);
    let serving = Serving::start(&data).await;
    let ledger = Ledger::new(&serving.address, token);
    for round in 0..rounds() {
        let load = ledger.load();
        tokio::time::sleep(LOAD + Duration::from_millis(37 * round as u64)).await;
        let postmaster = database_pid(&data).unwrap().parse().unwrap();
        kill_process(Pid::from_raw(postmaster).unwrap(), Signal::QUIT).unwrap();
        load.settle().await;
        check(&data, &ledger).await;
    }
    assert_eq!(serving.signal(Signal::TERM), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clean_stop_under_load_loses_nothing() {
    let (_directory, data) = data_directory();
    let token = make_person(&data);
    let serving = Serving::start(&data).await;
    let ledger = Ledger::new(&serving.address, token);
    let address = serving.address.clone();
    let load = ledger.load();
    tokio::time::sleep(LOAD).await;
    assert_eq!(serving.signal(Signal::TERM), Some(0));
    let serving = Serving::start_at(&data, &address).await;
    load.settle().await;
    check(&data, &ledger).await;
    assert_eq!(serving.signal(Signal::TERM), Some(0));
}

/// One of two processes stands still: the other serves on, and the stopped one agrees when it wakes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_two_processes_stands_still() {
    let (_directory, data) = data_directory();
    let token = make_person(&data);
    let one = Serving::start(&data).await;
    let two = Serving::start(&data).await;
    let (first, second) = (Ledger::new(&one.address, token.clone()), Ledger::new(&two.address, token));
    let (first_load, second_load) = (first.load(), second.load());
    tokio::time::sleep(LOAD).await;
    one.send(Signal::STOP);
    let before = second.answered();
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert!(second.answered() > before + 20, "the other process serves on");
    one.send(Signal::CONT);
    first_load.settle().await;
    second_load.settle().await;
    first.everything_is_there().await;
    second.everything_is_there().await;
    first.is_also_at(&two.address).await;
    second.is_also_at(&one.address).await;
    assert_eq!(run_json(&data, &["projections", "verify"])["verdict"], Value::from("equal"));
    assert_eq!(one.signal(Signal::TERM), Some(0));
    assert_eq!(two.signal(Signal::TERM), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_makes_its_tables_anew_says_so() {
    let (_directory, data) = data_directory();
    let token = make_person(&data);
    let serving = Serving::start(&data).await;
    let address = serving.address.clone();
    let ledger = Ledger::new(&address, token);
    let load = ledger.load();
    tokio::time::sleep(LOAD).await;
    load.settle().await;
    let (config, _cluster) = database_of(&data).await;
    let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    assert_eq!(serving.signal(Signal::TERM), Some(0));
    client.execute("UPDATE projections.checkpoints SET version = 'of another binary'", &[]).await.unwrap();
    drop(client);

    let serving = Serving::spawn_at(&data, &address);
    let mut starting = None;
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        assert!(Instant::now() < deadline, "the server becomes ready by itself");
        match serving.answers("/api/v2/instance").await {
            Some(answer) if answer.status() == reqwest::StatusCode::SERVICE_UNAVAILABLE => {
                assert!(answer.headers().contains_key("retry-after"));
                starting = Some(answer.json::<Value>().await.unwrap());
                // The hand-over to the full server may close this connection; an answer says that it lives.
                if let Some(alive) = serving.answers("/livez").await {
                    assert_eq!(alive.status(), reqwest::StatusCode::OK);
                }
            }
            Some(answer) if answer.status().is_success() => break,
            _ => tokio::time::sleep(Duration::from_millis(1)).await,
        }
    }
    let starting = starting.expect("it answers while it starts");
    assert_eq!(starting["error"], "The server is starting");
    assert!(starting["error_description"].is_string());
    check(&data, &ledger).await;
    assert_eq!(serving.signal(Signal::TERM), Some(0));
}

#[tokio::test]
async fn a_tampered_event_sets_its_stream_aside_and_nothing_else() {
    let server = TestServer::start().await;
    let alice = server.with_user("alice").await;
    alice.posts("before").await;
    let (client, connection) = server
        .config
        .database
        .url
        .as_ref()
        .unwrap()
        .parse::<tokio_postgres::Config>()
        .unwrap()
        .connect(tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    // Somebody copies an event into another stream: its seal is for the one that it was in.
    let forge = "WITH head AS (UPDATE log.head SET position = position + 1 RETURNING position)
                 INSERT INTO log.events SELECT (jsonb_populate_record(e, jsonb_build_object('position', head.position,
                    'event_id', gen_random_uuid(), 'stream', 'status-1'))).*
                 FROM log.events e, head WHERE e.position = head.position - 1";
    client.execute(forge, &[]).await.unwrap();
    alice.posts("after").await;
    let core = server.app.standings().await.unwrap().remove(0);
    assert_eq!(core.parked, ["status-1"]);
    let home = alice.get("/api/v1/timelines/home").await;
    assert_eq!(home.as_array().map(Vec::len), Some(2), "{home}");
    let verdict = server.app.verify(None, |_, _| ()).await.unwrap();
    assert_eq!(verdict, Verdict::NotComparable { parked: vec!["status-1".to_owned()] });
    assert!(server.app.rebuild("core", |_, _| ()).await.is_err(), "a rebuild stops at it");
    alice.posts("and it goes on").await;
}

/// The private cluster of a data directory, kept running as long as the second is.
async fn database_of(data: &Path) -> (tokio_postgres::Config, Database) {
    let mut config = Config::default();
    config.server.data_dir = data.to_owned();
    let database = Database::open(&config).await.unwrap();
    (database.config(), database)
}
