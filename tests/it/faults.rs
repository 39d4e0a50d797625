//! What was acknowledged is never lost, and a retried command leaves one result: whoever is killed, whenever.
//!
//! A recording client posts under load. Each of its writes carries an Idempotency-Key and is retried until it is
//! answered. `CHRONODON_LONG=1` kills twenty times instead of three.

mod ledger;

use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

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
