//! The server under measurement: its process, what it and its PostgreSQL use, and the bare route it is held against.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;

/// How long a server may take until it answers.
const START: Duration = Duration::from_secs(3_600);
const TICKS_PER_SECOND: f64 = 100.0;

/// A server that runs. It is told to stop when this is dropped.
pub(crate) struct Server {
    process: Child,
    /// `http://127.0.0.1:…`
    pub(crate) base: String,
    /// From the start of the process to the first answer.
    pub(crate) started_in: Duration,
    data: Option<PathBuf>,
}

/// CPU time since a process began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cpu {
    /// Milliseconds of the server.
    pub(crate) server: f64,
    /// Milliseconds of its PostgreSQL, all processes together.
    pub(crate) postgres: f64,
}

impl Server {
    /// Starts a server over this data directory, and waits until it answers.
    pub(crate) async fn start(program: &Path, data: &Path) -> anyhow::Result<Self> {
        let address = free_address()?;
        let log = fs::File::create(data.join("server.log"))?;
        let mut command = Command::new(program);
        command.arg("serve").arg("--data-dir").arg(data).arg("--listen").arg(address.to_string());
        command.arg("--domain").arg(crate::world::DOMAIN).env("CHRONODON_RATE_LIMITS__ENABLED", "false");
        // The other servers of a benchmark are on loopback, too.
        command.env("CHRONODON_FEDERATION__ALLOWED_PRIVATE_NETWORKS", r#"["127.0.0.0/8"]"#);
        let process = command.stdout(Stdio::null()).stderr(log).spawn().context("the server does not start")?;
        Self::answering(process, address, "/api/v2/instance", Some(data.to_owned())).await
    }

    /// Starts a process like the server's that answers every GET with these bytes.
    pub(crate) async fn bare(file: &Path) -> anyhow::Result<Self> {
        let address = free_address()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("--server").arg("/").arg("--bare").arg(file).env("BARE_LISTEN", address.to_string());
        let process = command.stdout(Stdio::null()).spawn()?;
        Self::answering(process, address, "/", None).await
    }

    async fn answering(process: Child, address: SocketAddr, path: &str, data: Option<PathBuf>) -> anyhow::Result<Self> {
        let begun = Instant::now();
        let mut server = Self { process, base: format!("http://{address}"), started_in: Duration::ZERO, data };
        let url = format!("{}{path}", server.base);
        while begun.elapsed() < START {
            if let Some(status) = server.process.try_wait()? {
                bail!("the server ended: {status}");
            }
            if reqwest::get(&url).await.is_ok_and(|answer| answer.status().is_success()) {
                server.started_in = begun.elapsed();
                return Ok(server);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        bail!("no answer from {url}")
    }

    /// CPU time so far.
    pub(crate) fn cpu(&self) -> Cpu {
        let postmaster = self.data.as_deref().and_then(postmaster);
        let postgres = postmaster.map_or(0.0, |postmaster| {
            processes().filter(|pid| *pid == postmaster || parent(*pid) == Some(postmaster)).map(cpu_ms).sum()
        });
        Cpu { server: cpu_ms(self.process.id()), postgres }
    }

    /// Resident memory of the server, in MiB.
    pub(crate) fn memory_mib(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
        line.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or(0.0) / 1024.0
    }

    /// Tells the server to stop, and waits until it and its PostgreSQL have.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        terminate(&self.process)?;
        while self.process.try_wait()?.is_none() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = terminate(&self.process);
    }
}

fn terminate(process: &Child) -> anyhow::Result<()> {
    Command::new("kill").arg(process.id().to_string()).stderr(Stdio::null()).status()?;
    Ok(())
}

/// Answers every GET with the file's bytes.
pub(crate) async fn serve_bytes(file: &Path) -> anyhow::Result<()> {
    let bytes = axum::body::Bytes::from(fs::read(file)?);
    let answer = move || {
        let bytes = bytes.clone();
        async move { ([(CONTENT_TYPE, "application/json; charset=utf-8")], bytes) }
    };
    let listen = std::env::var("BARE_LISTEN").context("BARE_LISTEN says where to listen")?;
    let listener = tokio::net::TcpListener::bind(listen).await?;
    axum::serve(listener, Router::new().fallback(get(answer))).await?;
    Ok(())
}

fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

fn postmaster(data: &Path) -> Option<u32> {
    fs::read_to_string(data.join("postgres/cluster/postmaster.pid")).ok()?.lines().next()?.trim().parse().ok()
}

fn processes() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// The fields of `/proc/<pid>/stat` after the program's name.
fn stat(pid: u32) -> Option<Vec<String>> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    Some(stat.rsplit_once(')')?.1.split_whitespace().map(ToOwned::to_owned).collect())
}

fn parent(pid: u32) -> Option<u32> {
    stat(pid)?.get(1)?.parse().ok()
}

fn cpu_ms(pid: u32) -> f64 {
    let Some(stat) = stat(pid) else { return 0.0 };
    let ticks = |index: usize| stat.get(index).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) * 1e3 / TICKS_PER_SECOND
}
