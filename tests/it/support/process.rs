//! The program as a process, with a private PostgreSQL in a directory of its own.

use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

pub fn chronodon(data_directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chronodon"));
    command.arg("--data-dir").arg(data_directory);
    command
}

pub fn run(data_directory: &Path, arguments: &[&str]) -> Output {
    chronodon(data_directory).args(arguments).output().unwrap()
}

/// Runs a subcommand that must succeed, and reads its JSON.
pub fn run_json(data_directory: &Path, arguments: &[&str]) -> serde_json::Value {
    let output = chronodon(data_directory).arg("--json").args(arguments).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "chronodon {arguments:?}: {errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A server process.
pub struct Serving {
    child: Child,
    pub address: String,
}

impl Serving {
    /// On a free port.
    pub async fn start(data_directory: &Path) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        Self::start_at(data_directory, &address).await
    }

    /// Returns when it has answered its first request.
    pub async fn start_at(data_directory: &Path, address: &str) -> Self {
        let serving = Self::spawn_at(data_directory, address);
        let deadline = Instant::now() + Duration::from_secs(60);
        while !serving.answers("/readyz").await.is_some_and(|answer| answer.status().is_success()) {
            assert!(Instant::now() < deadline, "the server answers within a minute");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        serving
    }

    /// Starts, and does not wait.
    pub fn spawn_at(data_directory: &Path, address: &str) -> Self {
        let mut command = chronodon(data_directory);
        command.args(["serve", "--listen", address, "--domain", "127.0.0.1:3000"]);
        command.env("CHRONODON_RATE_LIMITS__ENABLED", "false").stderr(Stdio::null());
        Self { child: command.spawn().unwrap(), address: address.to_owned() }
    }

    /// Nothing, as long as nobody listens.
    pub async fn answers(&self, path: &str) -> Option<reqwest::Response> {
        reqwest::get(format!("http://{}{path}", self.address)).await.ok()
    }

    /// Sends a signal and waits for the end.
    pub fn signal(mut self, signal: rustix::process::Signal) -> Option<i32> {
        self.send(signal);
        self.child.wait().unwrap().code()
    }

    /// Sends a signal.
    pub fn send(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), signal).unwrap();
    }
}

/// A test that failed leaves no server behind.
impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A data directory that the database's user may enter.
pub fn data_directory() -> (TempDir, PathBuf) {
    let directory = TempDir::new().unwrap();
    fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
    let data = directory.path().join("data");
    (directory, data)
}

pub fn database_pid(data: &Path) -> Option<String> {
    let text = fs::read_to_string(data.join("postgres/cluster/postmaster.pid")).ok()?;
    text.lines().next().map(str::to_owned)
}
