//! A real cluster through its life: made, shared, adopted, killed, stopped, refused.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use chronodon_private_postgres::{Cluster, Durability, Error, Options};
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

fn options() -> Options {
    Options { durability: Durability::None, shared_buffers_mb: 16, connections_max: 20, ..Options::default() }
}

/// A directory that the database's user may enter.
fn open_directory() -> TempDir {
    let directory = TempDir::new().unwrap();
    fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
    directory
}

async fn connect(cluster: &Cluster, database: &str) -> Client {
    let (client, connection) = cluster.config(database).connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn number(cluster: &Cluster, sql: &str) -> i64 {
    connect(cluster, "app").await.query_one(sql, &[]).await.unwrap().get(0)
}

fn runs(pid: u32) -> bool {
    let state = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !state.is_empty() && !state.contains(") Z")
}

#[tokio::test]
async fn a_cluster_is_made_shared_adopted_supervised_and_stopped() {
    let directory = open_directory();
    let first = Cluster::open(directory.path(), options()).await.unwrap();
    first.create_database("app").await.unwrap();
    first.create_database("app").await.unwrap();
    let made = "CREATE TABLE t (x int8); INSERT INTO t VALUES (1)";
    connect(&first, "app").await.batch_execute(made).await.unwrap();

    let second = Cluster::open(directory.path(), options()).await.unwrap();
    assert_eq!(second.pid(), first.pid(), "a second process adopts the server");
    first.stop().await.unwrap();
    assert_eq!(number(&second, "SELECT x FROM t").await, 1, "the first to leave does not stop it");

    let before = second.pid();
    drop(second);
    let third = Cluster::open(directory.path(), options()).await.unwrap();
    assert_eq!(third.pid(), before, "it survives a crash of ours");

    let supervisor = third.supervise();
    third.kill_immediately();
    let deadline = Instant::now() + Duration::from_secs(30);
    while third.pid() == before {
        assert!(Instant::now() < deadline, "the supervisor starts a killed server again");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(number(&third, "SELECT x FROM t").await, 1);

    let last = third.pid();
    third.stop().await.unwrap();
    supervisor.await.unwrap();
    assert!(!runs(last), "the last to leave stops it");
    assert!(!third.directory().join("postmaster.pid").exists(), "by a clean shutdown");

    let other = fs::write(third.directory().join("PG_VERSION"), "9.6\n");
    other.unwrap();
    let refused = Cluster::open(directory.path(), options()).await.unwrap_err();
    assert!(matches!(&refused, Error::OtherVersion { cluster, .. } if cluster == "9.6"), "{refused}");
}

#[tokio::test]
async fn a_long_path_a_half_made_cluster_and_a_stale_pid_file_do_no_harm() {
    let directory = open_directory();
    let deep = directory.path().join("x".repeat(120));
    fs::create_dir_all(deep.join("postgres/cluster.new.1/base")).unwrap();
    let cluster = Cluster::open(&deep, options()).await.unwrap();
    assert!(!deep.join("postgres/cluster.new.1").exists());
    cluster.create_database("app").await.unwrap();
    cluster.stop().await.unwrap();

    // This very process has the recorded number now, as after a reboot.
    let stale = format!("{}\n/x\n0\n5432\n/x\n\n0 0\nready\n", std::process::id());
    fs::write(cluster.directory().join("postmaster.pid"), stale).unwrap();
    let cluster = Cluster::open(&deep, options()).await.unwrap();
    assert_ne!(cluster.pid(), std::process::id());
    assert_eq!(number(&cluster, "SELECT 1::int8").await, 1);
    let durable = Options { durability: Durability::Full, ..options() };
    cluster.stop().await.unwrap();

    let cluster = Cluster::open(&deep, durable).await.unwrap();
    for (setting, value) in [("fsync", "on"), ("wal_recycle", "off"), ("listen_addresses", ""), ("TimeZone", "UTC")] {
        let row = connect(&cluster, "app").await.query_one(&format!("SHOW {setting}"), &[]).await.unwrap();
        assert_eq!(row.get::<_, &str>(0), value, "{setting}");
    }
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_closed_data_directory_sends_roots_cluster_elsewhere() {
    let (closed, fallback) = (open_directory(), open_directory());
    fs::set_permissions(closed.path(), Permissions::from_mode(0o700)).unwrap();
    let options = Options { fallback_directory: fallback.path().join("chronodon"), ..options() };
    let cluster = Cluster::open(closed.path(), options.clone()).await.unwrap();
    cluster.create_database("app").await.unwrap();
    let root = Path::new("/proc/self").metadata().is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0);
    assert_eq!(cluster.directory().starts_with(fallback.path()), root);
    cluster.stop().await.unwrap();

    let moved = fallback.path().join("moved");
    fs::rename(closed.path(), &moved).unwrap();
    let again = Cluster::open(&moved, options).await.unwrap();
    assert_eq!(number(&again, "SELECT 1::int8").await, 1, "the link finds the cluster after a move");
    again.stop().await.unwrap();
}
