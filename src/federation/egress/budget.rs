//! How much is asked at a time: of one host, and at all. Nobody waits for long.

use std::sync::Arc;
use std::time::Duration;

use chronodon_domain::limits::HOSTS_KEPT_MAX;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::EgressError;

/// How long a host is remembered that is not called.
const IDLE: Duration = Duration::from_secs(10 * 60);

/// Turns to be taken.
pub(in crate::federation) struct Budget {
    of_host: usize,
    hosts: moka::sync::Cache<String, Arc<Semaphore>>,
    all: Arc<Semaphore>,
    wait: Duration,
}

/// A turn, until it is dropped.
pub(in crate::federation) struct Turn {
    _host: OwnedSemaphorePermit,
    _all: OwnedSemaphorePermit,
}

impl Budget {
    /// As many turns in all, as many of them for one host, and so long a wait for one.
    pub(in crate::federation) fn new(all: usize, of_host: usize, wait: Duration) -> Self {
        let hosts = moka::sync::Cache::builder().max_capacity(HOSTS_KEPT_MAX).time_to_idle(IDLE).build();
        Self { of_host, hosts, all: Arc::new(Semaphore::new(all)), wait }
    }

    /// Waits for a turn to call this host. Who waits for a slow host takes no other's turn.
    pub(in crate::federation) async fn turn(&self, authority: &str) -> Result<Turn, EgressError> {
        let new = || Arc::new(Semaphore::new(self.of_host));
        let of_host = self.hosts.get_with_by_ref(authority, new);
        let turn = async {
            let host = of_host.acquire_owned().await;
            let all = self.all.clone().acquire_owned().await;
            (host, all)
        };
        match tokio::time::timeout(self.wait, turn).await {
            Ok((Ok(host), Ok(all))) => Ok(Turn { _host: host, _all: all }),
            _ => Err(EgressError::Busy),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_host_takes_only_its_share() {
        let budget = Budget::new(5, 2, Duration::from_millis(20));
        let mut turns = Vec::new();
        for _ in 0..2 {
            turns.push(budget.turn("a.example").await.unwrap());
        }
        assert_eq!(budget.turn("a.example").await.err(), Some(EgressError::Busy));
        turns.push(budget.turn("b.example").await.unwrap());
        turns.remove(0);
        turns.push(budget.turn("a.example").await.unwrap());
        for host in 0..2 {
            turns.push(budget.turn(&host.to_string()).await.unwrap());
        }
        assert_eq!(budget.turn("c.example").await.err(), Some(EgressError::Busy), "all turns are taken");
    }
}
