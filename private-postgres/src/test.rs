//! Fresh databases for tests, from one cluster that all test processes share.
//!
//! `CHRONODON_TEST_DATABASE_URL` names a running cluster (as a superuser); without it one is started in the temporary
//! directory, without fsync, and ends some seconds after the last test process did. Everything here panics on failure:
//! a test without its database has nothing to say.

use std::future::Future;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use tokio::sync::OnceCell;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, NoTls};

use crate::cluster::{Cluster, percent_encode, quote_identifier};
use crate::place::{make_directory, short_hash};
use crate::settings::{Durability, Options};

const VARIABLE: &str = "CHRONODON_TEST_DATABASE_URL";

/// Taken in the database `postgres` while a template is made or old databases are dropped ("chronodo").
const ADVISORY_LOCK: i64 = 0x6368_726f_6e6f_646f;

/// Drops what killed tests have left: databases of ours that were made hours ago.
const SELECT_LEFT_OVER: &str = "
    SELECT datname FROM pg_database
    WHERE (datname LIKE 'chronodon\\_test\\_%' OR datname LIKE 'chronodon\\_template\\_%')
      AND (pg_stat_file('base/' || oid || '/PG_VERSION', true)).modification < now() - INTERVAL '2 hours'";

/// Ends the server process `$1` once nobody holds `$3` any more; `$2` keeps others from opening it meanwhile.
const WATCHDOG: &str = r#"
    (while sleep 10 && kill -0 "$1"; do
        flock "$2" flock -n "$3" sh -c '
            kill -INT "$0"
            for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.3; kill -0 "$0" || break; done' "$1" && exit
    done) &"#;

/// A database of one test, dropped at the end.
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
    config: Config,
    url: String,
}

impl TestDatabase {
    /// How to connect.
    #[must_use]
    pub fn config(&self) -> Config {
        self.config.clone()
    }

    /// The same as a URL, for another process.
    #[must_use]
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Its name in the cluster.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for TestDatabase {
    /// Best effort: what stays is dropped by a later run.
    fn drop(&mut self) {
        let mut admin = self.config.clone();
        admin.dbname("postgres");
        let drop_database = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quote_identifier(&self.name));
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
            runtime.block_on(async { connect(&admin).await.ok()?.batch_execute(&drop_database).await.ok() })
        });
        let _ = dropped.join();
    }
}

/// A fresh, empty database.
pub async fn database() -> TestDatabase {
    let server = server().await;
    let name = fresh_name();
    let admin = connect(&server.config("postgres")).await.expect("the test cluster accepts connections");
    let create = format!("CREATE DATABASE {}", quote_identifier(&name));
    admin.batch_execute(&create).await.expect("a superuser may create a database");
    server.database(name)
}

/// A fresh copy of a database that `setup` fills once per test binary: `name` tells the templates of one binary apart.
/// The setup must close its connections; those left open are cut.
pub async fn database_from_template<F, Fut, E>(name: &str, setup: F) -> TestDatabase
where
    F: Fn(Config) -> Fut,
    Fut: Future<Output = Result<(), E>>,
    E: std::fmt::Debug,
{
    let server = server().await;
    let template = format!("chronodon_template_{}", short_hash(Path::new(&format!("{name}:{}", this_binary()))));
    let fresh = fresh_name();
    let copy = format!("CREATE DATABASE {} TEMPLATE {}", quote_identifier(&fresh), quote_identifier(&template));
    let admin = connect(&server.config("postgres")).await.expect("the test cluster accepts connections");
    // The second attempt follows the making of the template; a third is for one that was dropped for its age between.
    for _ in 0..3 {
        match admin.batch_execute(&copy).await {
            Ok(()) => return server.database(fresh),
            Err(error) if is_missing_template(&error) => make_template(server, &admin, &template, &setup).await,
            Err(error) => panic!("copying a template database: {error:?}"),
        }
    }
    panic!("the template database {template} disappears as soon as it is made");
}

/// `CREATE DATABASE … TEMPLATE` answers `undefined_database` where the template is missing.
fn is_missing_template(error: &tokio_postgres::Error) -> bool {
    error.code() == Some(&SqlState::UNDEFINED_DATABASE)
}

/// Makes the template unless another process was faster. It gets its name only when it is complete.
async fn make_template<F, Fut, E>(server: &Server, admin: &Client, template: &str, setup: &F)
where
    F: Fn(Config) -> Fut,
    Fut: Future<Output = Result<(), E>>,
    E: std::fmt::Debug,
{
    let draft = format!("{template}_draft");
    let (quoted, quoted_draft) = (quote_identifier(template), quote_identifier(&draft));
    let execute = async |sql: String| admin.batch_execute(&sql).await.expect("a superuser may manage databases");
    execute(format!("SELECT pg_advisory_lock({ADVISORY_LOCK})")).await;
    let there = admin.query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&template]).await;
    if there.expect("the catalogue can be read").is_none() {
        execute(format!("DROP DATABASE IF EXISTS {quoted_draft} WITH (FORCE)")).await;
        execute(format!("CREATE DATABASE {quoted_draft}")).await;
        setup(server.config(&draft)).await.expect("the template's setup works");
        execute(format!("ALTER DATABASE {quoted_draft} ALLOW_CONNECTIONS false")).await;
        let left = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1";
        admin.query(left, &[&draft]).await.expect("a superuser may end connections");
        execute(format!("ALTER DATABASE {quoted_draft} RENAME TO {quoted}")).await;
    }
    execute(format!("SELECT pg_advisory_unlock({ADVISORY_LOCK})")).await;
}

/// The cluster that this process makes its databases in.
#[derive(Debug)]
enum Server {
    Named(String),
    Own(Cluster),
}

impl Server {
    fn config(&self, database: &str) -> Config {
        match self {
            Self::Named(url) => Config::from_str(&with_database(url, database)).expect("a PostgreSQL URL"),
            Self::Own(cluster) => cluster.config(database),
        }
    }

    fn database(&self, name: String) -> TestDatabase {
        let url = match self {
            Self::Named(url) => with_database(url, &name),
            Self::Own(cluster) => cluster.url(&name),
        };
        TestDatabase { config: self.config(&name), url, name }
    }
}

async fn server() -> &'static Server {
    static SERVER: OnceCell<Server> = OnceCell::const_new();
    SERVER
        .get_or_init(|| async {
            let server = match std::env::var(VARIABLE) {
                Ok(url) => Server::Named(url),
                Err(_) => Server::Own(shared_cluster().await),
            };
            drop_left_over(&server).await;
            server
        })
        .await
}

/// The cluster stays in use until this process ends: its lock is in a static.
async fn shared_cluster() -> Cluster {
    let directory = std::env::temp_dir().join(format!("chronodon-test-{}", rustix::process::geteuid().as_raw()));
    make_directory(&directory, 0o711, None).expect("the temporary directory is writable and the cluster's is ours");
    let options =
        Options { durability: Durability::None, connections_max: 400, shared_buffers_mb: 64, ..Options::default() };
    let cluster = Cluster::open(&directory, options).await.expect("the test cluster starts");
    if cluster.started_here() {
        let [start, users] = cluster.locks();
        let mut watchdog = Command::new("/bin/sh");
        watchdog.args(["-c", WATCHDOG, "watchdog", &cluster.pid().to_string()]).arg(start).arg(users);
        watchdog.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        watchdog.status().expect("/bin/sh exists");
    }
    cluster
}

async fn drop_left_over(server: &Server) {
    let admin = connect(&server.config("postgres")).await.expect("the test cluster accepts connections");
    let lock = admin.query_one("SELECT pg_try_advisory_lock($1)", &[&ADVISORY_LOCK]).await;
    if !lock.is_ok_and(|row| row.get::<_, bool>(0)) {
        return;
    }
    for row in admin.query(SELECT_LEFT_OVER, &[]).await.unwrap_or_default() {
        let name = quote_identifier(row.get(0));
        // One that another process drops at the same moment is gone either way.
        let _ = admin.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
    }
}

async fn connect(config: &Config) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

#[expect(clippy::disallowed_methods, reason = "the name of a database that no other run has, not a time")]
fn fresh_name() -> String {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    format!("chronodon_test_{:x}_{:x}_{count:x}", since.as_nanos(), std::process::id())
}

/// Differs for every build, so that a template never outlives the migrations that made it.
fn this_binary() -> String {
    let path = std::env::current_exe().unwrap_or_default();
    let built = std::fs::metadata(&path).and_then(|metadata| metadata.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    format!("{}:{built:?}", path.display())
}

/// Puts another database name into a PostgreSQL URL.
fn with_database(url: &str, database: &str) -> String {
    let (address, parameters) = url.split_once('?').map_or((url, None), |(address, rest)| (address, Some(rest)));
    let (scheme, rest) = address.split_once("://").expect("a PostgreSQL URL begins with postgresql://");
    let authority = rest.split('/').next().unwrap_or_default();
    let parameters = parameters.map(|parameters| format!("?{parameters}")).unwrap_or_default();
    format!("{scheme}://{authority}/{}{parameters}", percent_encode(database))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_the_database_of_a_url() {
        assert_eq!(
            with_database("postgresql://a:b@h:1/x?sslmode=disable", "y"),
            "postgresql://a:b@h:1/y?sslmode=disable"
        );
        assert_eq!(with_database("postgresql://%2Frun%2Fpg", "y"), "postgresql://%2Frun%2Fpg/y");
    }

    #[tokio::test]
    async fn each_database_is_fresh_and_reachable_by_url() {
        let (one, two) = (database().await, database().await);
        connect(&one.config()).await.unwrap().batch_execute("CREATE TABLE t (x int)").await.unwrap();
        let by_url = connect(&Config::from_str(&two.url()).unwrap()).await.unwrap();
        let tables = by_url.query_one("SELECT count(*) FROM pg_tables WHERE tablename = 't'", &[]).await.unwrap();
        assert_eq!(tables.get::<_, i64>(0), 0);
        let (name, admin) = (one.name().to_owned(), connect(&server().await.config("postgres")).await.unwrap());
        drop(one);
        let left = admin.query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&name]).await.unwrap();
        assert!(left.is_none(), "a dropped handle drops its database");
    }

    #[tokio::test]
    async fn a_template_is_set_up_once_and_copied() {
        static SETUPS: AtomicU32 = AtomicU32::new(0);
        let setup = |config: Config| async move {
            SETUPS.fetch_add(1, Ordering::Relaxed);
            let client = connect(&config).await?;
            client.batch_execute("CREATE TABLE t (x int); INSERT INTO t VALUES (7)").await
        };
        let copies = [database_from_template("t", setup).await, database_from_template("t", setup).await];
        for copy in &copies {
            let row = connect(&copy.config()).await.unwrap().query_one("SELECT x FROM t", &[]).await.unwrap();
            assert_eq!(row.get::<_, i32>(0), 7);
        }
        assert!(SETUPS.load(Ordering::Relaxed) <= 1);
    }
}
