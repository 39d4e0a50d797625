//! The program as a process: exit codes, start, crash and stop.

use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

fn chronodon(data_directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chronodon"));
    command.arg("--data-dir").arg(data_directory);
    command
}

fn run(data_directory: &Path, arguments: &[&str]) -> Output {
    chronodon(data_directory).args(arguments).output().unwrap()
}

/// A server process on a free port.
struct Serving {
    child: Child,
    address: String,
}

impl Serving {
    async fn start(data_directory: &Path) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let mut command = chronodon(data_directory);
        command.args(["serve", "--listen", &address, "--domain", "127.0.0.1:3000"]).stderr(Stdio::null());
        let serving = Self { child: command.spawn().unwrap(), address };
        let deadline = Instant::now() + Duration::from_secs(60);
        while reqwest::get(format!("http://{}/livez", serving.address)).await.is_err() {
            assert!(Instant::now() < deadline, "the server answers within a minute");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        serving
    }

    fn signal(mut self, signal: rustix::process::Signal) -> Option<i32> {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
        self.child.wait().unwrap().code()
    }
}

/// A data directory that the database's user may enter.
fn data_directory() -> (TempDir, PathBuf) {
    let directory = TempDir::new().unwrap();
    fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
    let data = directory.path().join("data");
    (directory, data)
}

fn database_pid(data: &Path) -> Option<String> {
    let text = fs::read_to_string(data.join("postgres/cluster/postmaster.pid")).ok()?;
    text.lines().next().map(str::to_owned)
}

#[test]
fn a_wrong_command_line_or_configuration_exits_with_2() {
    let (_directory, data) = data_directory();
    assert_eq!(run(&data, &["conjure"]).status.code(), Some(2));
    assert_eq!(run(&data, &["serve", "--listen", "nowhere"]).status.code(), Some(2));
    let refused = chronodon(&data).arg("doctor").env("CHRONODON_SERVER__LISSTEN", "x").output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("CHRONODON_SERVER__LISSTEN"));
    assert!(refused.stdout.is_empty() && !data.exists());
}

#[test]
fn doctor_leaves_a_directory_that_was_never_used_alone() {
    let (_directory, data) = data_directory();
    let findings = run(&data, &["doctor", "--json"]);
    assert_eq!(findings.status.code(), Some(0));
    let findings: serde_json::Value = serde_json::from_slice(&findings.stdout).unwrap();
    assert!(findings.as_array().unwrap().iter().any(|finding| finding["check"] == "database"));
    assert!(!data.exists());
}

#[tokio::test]
async fn the_database_outlives_a_crash_and_ends_with_a_clean_stop() {
    let (_directory, data) = data_directory();
    let serving = Serving::start(&data).await;
    let database = database_pid(&data).unwrap();
    serving.signal(rustix::process::Signal::KILL);

    let serving = Serving::start(&data).await;
    assert_eq!(database_pid(&data).as_ref(), Some(&database), "the next server adopts it");
    let findings = run(&data, &["doctor", "--json"]);
    let findings: serde_json::Value = serde_json::from_slice(&findings.stdout).unwrap();
    let of_database = findings.as_array().unwrap().iter().filter(|finding| finding["check"] == "database");
    assert!(of_database.clone().count() > 0 && of_database.clone().all(|finding| finding["state"] == "good"));
    assert_eq!(database_pid(&data).as_ref(), Some(&database), "the command line leaves it to the server");

    assert_eq!(serving.signal(rustix::process::Signal::TERM), Some(0));
    assert_eq!(database_pid(&data), None, "the last to leave stops it");
}
