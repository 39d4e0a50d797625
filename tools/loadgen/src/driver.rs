//! Sends requests: as fast as so many connections can, or at a fixed rate whatever the answers do.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::ensure;
use futures::future::try_join_all;
use reqwest::{Client, RequestBuilder};

use crate::server::{Cpu, Server};
use crate::stats::{ms, percentile};

/// What a round of requests has shown.
pub(crate) struct Round {
    /// Milliseconds of each request.
    pub(crate) latencies: Vec<f64>,
    seconds: f64,
    cpu: Cpu,
}

impl Round {
    /// Requests in a second.
    pub(crate) fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.seconds
    }

    /// Milliseconds within which so many percent were answered.
    pub(crate) fn within(&self, percent: f64) -> f64 {
        percentile(&self.latencies, percent)
    }

    /// CPU milliseconds of one request: the server's, and its PostgreSQL's.
    pub(crate) fn cpu_each(&self) -> (f64, f64) {
        let requests = self.latencies.len().max(1) as f64;
        (self.cpu.server / requests, self.cpu.postgres / requests)
    }
}

/// A client that keeps as many connections as it is driven with.
pub(crate) fn client() -> anyhow::Result<Client> {
    Ok(Client::builder().pool_max_idle_per_host(1_024).timeout(Duration::from_secs(30)).build()?)
}

/// As many requests as `connections` can make in `seconds`, each one made by `request` from its number.
pub(crate) async fn closed(
    server: &Server,
    connections: usize,
    seconds: f64,
    request: impl Fn(usize) -> RequestBuilder + Sync,
) -> anyhow::Result<Round> {
    let before = server.cpu();
    let begun = Instant::now();
    let number = AtomicUsize::new(0);
    let one = || async {
        let mut latencies = Vec::new();
        while begun.elapsed().as_secs_f64() < seconds {
            latencies.push(timed(request(number.fetch_add(1, Ordering::Relaxed))).await?);
        }
        anyhow::Ok(latencies)
    };
    let latencies = try_join_all((0..connections).map(|_| one())).await?.concat();
    Ok(round(server, before, begun, latencies))
}

/// `rate` requests a second for `seconds`, whether the ones before are answered or not.
pub(crate) async fn open(
    server: &Server,
    rate: f64,
    seconds: f64,
    request: impl Fn(usize) -> RequestBuilder,
) -> anyhow::Result<Round> {
    let before = server.cpu();
    let begun = Instant::now();
    let mut running = Vec::new();
    let first = tokio::time::Instant::now();
    for number in 0..(rate * seconds) as usize {
        let due = first + Duration::from_secs_f64(number as f64 / rate);
        tokio::time::sleep_until(due).await;
        let request = request(number);
        // From when it was due: a client that falls behind must not hide that.
        running.push(tokio::spawn(async move {
            send(request).await?;
            anyhow::Ok(ms(due.elapsed()))
        }));
    }
    let mut latencies = Vec::with_capacity(running.len());
    for one in running {
        latencies.push(one.await??);
    }
    Ok(round(server, before, begun, latencies))
}

async fn timed(request: RequestBuilder) -> anyhow::Result<f64> {
    let begun = Instant::now();
    send(request).await?;
    Ok(ms(begun.elapsed()))
}

async fn send(request: RequestBuilder) -> anyhow::Result<()> {
    let answer = request.send().await?;
    let status = answer.status();
    let body = answer.bytes().await?;
    ensure!(status.is_success(), "{status}: {}", String::from_utf8_lossy(&body));
    Ok(())
}

fn round(server: &Server, before: Cpu, begun: Instant, latencies: Vec<f64>) -> Round {
    let after = server.cpu();
    let cpu = Cpu { server: after.server - before.server, postgres: after.postgres - before.postgres };
    Round { latencies, seconds: begun.elapsed().as_secs_f64(), cpu }
}
