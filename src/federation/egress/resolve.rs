//! From names to addresses that may be called. The connection is made to what was checked here: nothing resolves the name
//! a second time.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use chronodon_activitypub::egress_policy::EgressPolicy;
use chronodon_domain::limits::{LOOKUP_ADDRESSES_MAX, LOOKUPS_MAX};
use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Semaphore;

/// Gives all addresses of a name.
pub(super) type Lookup = Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync>;

/// None of a name's addresses may be called; says why.
#[derive(Debug)]
pub(super) struct Refused(pub(super) &'static str);

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

impl std::error::Error for Refused {}

/// Resolves for connections to one kind of port.
pub(super) struct Resolver {
    lookup: Lookup,
    policy: EgressPolicy,
    /// A port of that kind.
    port: u16,
}

impl Resolver {
    pub(super) fn new(lookup: Lookup, policy: EgressPolicy, port: u16) -> Self {
        Self { lookup, policy, port }
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let found = (self.lookup)(name.as_str().to_owned());
        let (policy, port) = (self.policy.clone(), self.port);
        Box::pin(async move {
            let found = found.await?;
            let mut allowed: Vec<SocketAddr> = found
                .into_iter()
                .take(LOOKUP_ADDRESSES_MAX)
                .filter(|address| policy.allows(*address, port))
                .map(|address| SocketAddr::new(address, 0))
                .collect();
            allowed.dedup();
            if allowed.is_empty() {
                return Err(Refused("its name leads to no public address").into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// Asks the system. What ends in `.localhost` is this machine and is not asked for (RFC 6761).
pub(super) fn system() -> Lookup {
    let running = Arc::new(Semaphore::new(LOOKUPS_MAX));
    Arc::new(move |name| {
        let running = running.clone();
        Box::pin(async move {
            if name == "localhost" || name.ends_with(".localhost") {
                return Ok(vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)]);
            }
            let permit = running.acquire_owned().await.expect("the semaphore is never closed");
            // In a task of its own, because a thread goes on resolving when nobody waits for it any more.
            let lookup = tokio::spawn(async move {
                let found = tokio::net::lookup_host((name, 0)).await.map(|found| found.map(|it| it.ip()).collect());
                drop(permit);
                found
            });
            lookup.await.map_err(io::Error::other)?
        })
    })
}
