//! The disk under a data directory runs full while the server writes: writes are refused in words that an app
//! understands, reads go on, and when there is space again, so do writes.

use std::path::Path;
use std::time::{Duration, Instant};

use reqwest::{Client, StatusCode};
use rustix::process::Signal;
use serde_json::Value;

use super::ledger::Ledger;
use super::volume::Volume;
use super::{LOAD, check, database_of, make_person};
use crate::support::process::{Serving, data_directory};

const MEBIBYTES: u32 = 192;
/// How long it may take until a full disk is felt, and until free space is.
const FELT_WITHIN: Duration = Duration::from_secs(15);
/// As long as no write is answered with success, the disk is full for all that a write needs.
const SILENCE: Duration = Duration::from_secs(1);
const READS: [&str; 4] =
    ["/api/v1/timelines/home", "/api/v1/timelines/public", "/api/v1/notifications", "/api/v2/instance"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_writes_and_serves_reads() {
    let (_directory, data) = data_directory();
    let Some(volume) = Volume::mount(&data, MEBIBYTES) else {
        eprintln!("skipped: this process may not mount the small disk that the test runs full; root may");
        return;
    };
    let token = make_person(&data);
    let serving = Serving::start(&data).await;
    let ledger = Ledger::new(&serving.address, token.clone());
    let load = ledger.load();
    tokio::time::sleep(LOAD).await;
    begin_a_segment(&data).await;

    volume.fill();
    nothing_is_written(&ledger).await;
    for _ in 0..3 {
        for path in READS {
            reads(&serving, &token, path).await;
        }
        tokio::time::sleep(SILENCE).await;
    }
    for (status, body) in ledger.refusals() {
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{body}");
        assert!(serde_json::from_str::<Value>(&body).is_ok_and(|body| body["error"].is_string()), "{body}");
    }

    volume.free();
    let (freed, before) = (Instant::now(), ledger.answered());
    while ledger.answered() == before {
        assert!(freed.elapsed() < FELT_WITHIN, "writes go on by themselves");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    load.settle().await;
    check(&data, &ledger).await;
    assert_eq!(serving.signal(Signal::TERM), Some(0));
}

/// PostgreSQL makes its write-ahead log in segments, and stops where it cannot make the next one. A new segment has room
/// for all that this test writes, so that it is the tables that cannot grow.
async fn begin_a_segment(data: &Path) {
    let (config, _database) = database_of(data).await;
    let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("CHECKPOINT").await.unwrap();
    client.batch_execute("SELECT pg_switch_wal()").await.unwrap();
    // The next write makes the segment.
    tokio::time::sleep(Duration::from_millis(300)).await;
}

async fn nothing_is_written(ledger: &Ledger) {
    let filled = Instant::now();
    loop {
        let (answered, refused) = (ledger.answered(), ledger.refusals().len());
        tokio::time::sleep(SILENCE).await;
        if ledger.answered() == answered && ledger.refusals().len() > refused {
            return;
        }
        assert!(filled.elapsed() < FELT_WITHIN, "a full disk is told");
    }
}

async fn reads(serving: &Serving, token: &str, path: &str) {
    let answer =
        Client::new().get(format!("http://{}{path}", serving.address)).bearer_auth(token).send().await.unwrap();
    let (status, body) = (answer.status(), answer.text().await.unwrap());
    assert_eq!(status, StatusCode::OK, "{path}: {body}");
}
