//! What the client is made of, and what it may call.

use chronodon_activitypub::egress_policy::EgressPolicy;
use chronodon_activitypub::signature::Scheme;
use chronodon_activitypub::uri::{Uri, UriRules};
use chronodon_domain::limits::{DELIVERIES_MAX, FETCHES_MAX, FETCHES_PER_HOST_MAX, HOSTS_KEPT_MAX};
use reqwest::{Client, redirect};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use url::{Host, Url};

use super::budget::Budget;
use super::resolve::{Lookup, Resolver};
use super::{Bounds, EgressError};
use crate::config::{Config, is_loopback};
use crate::federation::tls::{self, TlsError};

/// Ports of http and https.
const USUAL_PORTS: [u16; 2] = [80, 443];
/// Some other port: at it only the networks may be called that the operator listed.
const OTHER_PORT: u16 = 1;
/// Idle connections to one host, and for how long.
const IDLE_PER_HOST_MAX: usize = 4;
const IDLE: Duration = Duration::from_secs(60);
/// Bytes of an answer's headers over HTTP/2; HTTP/1.1 has a bound of its own.
const HEADER_BYTES_MAX: u32 = 64 * 1024;

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// No TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The library refuses.
    #[error("the client of other servers: {0}")]
    Client(#[from] reqwest::Error),
}

pub(super) struct Inner {
    pub(super) rules: UriRules,
    pub(super) bounds: Bounds,
    pub(super) fetches: Budget,
    pub(super) deliveries: Semaphore,
    /// How a host understood a signed fetch, where that is not the usual way.
    pub(super) schemes: moka::sync::Cache<String, Scheme>,
    enabled: bool,
    policy: EgressPolicy,
    /// For the usual ports.
    usual: Client,
    /// For other ports, where any network was listed: resolves to nothing else.
    listed: Option<Client>,
}

impl Inner {
    pub(super) fn open(config: &Config, lookup: Lookup, bounds: Bounds) -> Result<Self, OpenError> {
        let networks: Vec<_> = config.federation.allowed_private_networks.iter().map(|network| network.0).collect();
        let any_listed = !networks.is_empty();
        let policy = EgressPolicy::with_allowed(networks);
        let tls = tls::client(config.federation.ca_file.as_deref())?;
        let user_agent = format!("Chronodon/{} (+{}/)", env!("CARGO_PKG_VERSION"), config.server.base_url());
        let client = |port: u16| {
            Client::builder()
                .tls_backend_preconfigured(tls.clone())
                .dns_resolver(Arc::new(Resolver::new(lookup.clone(), policy.clone(), port)))
                .redirect(redirect::Policy::none())
                .no_proxy()
                .referer(false)
                .user_agent(&user_agent)
                .connect_timeout(bounds.connect)
                .pool_max_idle_per_host(IDLE_PER_HOST_MAX)
                .pool_idle_timeout(IDLE)
                .http2_max_header_list_size(HEADER_BYTES_MAX)
                .build()
        };
        let loopback = is_loopback(&config.server.web_domain());
        Ok(Self {
            rules: if loopback { UriRules::AlsoLoopback } else { UriRules::Public },
            bounds,
            fetches: Budget::new(FETCHES_MAX, FETCHES_PER_HOST_MAX, bounds.wait),
            deliveries: Semaphore::new(DELIVERIES_MAX),
            schemes: moka::sync::Cache::builder().max_capacity(HOSTS_KEPT_MAX).build(),
            enabled: config.federation.enabled,
            usual: client(USUAL_PORTS[1])?,
            listed: if any_listed { Some(client(OTHER_PORT)?) } else { None },
            policy,
        })
    }

    /// The client that may call this address, and the address as it takes it. Names are judged when they are resolved;
    /// an IP address in the place of a name is judged here, because it never is.
    pub(super) fn admit(&self, uri: &Uri) -> Result<(Url, &Client), EgressError> {
        if !self.enabled {
            return Err(EgressError::Off);
        }
        // Whoever read it may have read it by other rules.
        let url = Uri::parse(uri.as_str(), self.rules)?.document().to_url();
        let port = url.port_or_known_default().unwrap_or(0);
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => Some(address.into()),
            Some(Host::Ipv6(address)) => Some(address.into()),
            Some(Host::Domain(_)) => None,
            None => return Err(EgressError::Malformed),
        };
        if literal.is_some_and(|address| !self.policy.allows(address, port)) {
            return Err(EgressError::Forbidden("no public address"));
        }
        let client = if USUAL_PORTS.contains(&port) { Some(&self.usual) } else { self.listed.as_ref() };
        client.map(|client| (url, client)).ok_or(EgressError::Forbidden("no port of the web"))
    }
}
