//! Other servers, as far as a benchmark needs them: hosts on loopback with one account each. They say who they are, sign,
//! and take what they are sent ([`serve`]). What they send, and whom they follow, is not known here.

mod serve;

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use chronodon::clock;
use chronodon_activitypub::digest::BodyDigest;
use chronodon_activitypub::key::{PublicKey, RsaSigner, Signer as _, generate_rsa};
use chronodon_activitypub::signature::{Outgoing, cavage};
use chronodon_events::remote::{ActorKey, RemoteActor};
use reqwest::{Client, RequestBuilder, Url};
use tokio::net::TcpSocket;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinHandle;

/// What activities are sent as.
const ACTIVITY_JSON: &str = "application/activity+json";
/// The name of every account.
const USERNAME: &str = "peer";
/// Keys in use: making one takes long. To a server, every account has a key of its own.
const KEYS: usize = 4;
/// Which host among each hundred refuses connections, where there are faults.
const DEAD: usize = 7;
/// Which one takes long to answer.
const SLOW: usize = 13;
/// How long.
const SLOWNESS: Duration = Duration::from_secs(10);
/// The first host.
const FIRST: Ipv4Addr = Ipv4Addr::new(127, 1, 0, 1);
/// Hosts in a row: `127.1.0.1` to `127.1.0.250`, then `127.1.1.1`.
const IN_A_ROW: usize = 250;
/// Connections that wait to be accepted.
const BACKLOG: u32 = 4_096;

/// So many hosts that run, and what they are sent.
pub(crate) struct Peers {
    pub(crate) hosts: Arc<Hosts>,
    arrivals: UnboundedReceiver<Arrival>,
    serving: JoinHandle<()>,
    /// Taken and not listened at: connections to it are refused.
    _dead: TcpSocket,
}

/// Who they are.
pub(crate) struct Hosts {
    count: usize,
    faults: bool,
    port: u16,
    dead_port: u16,
    keys: Vec<Key>,
}

/// Something that was sent to a host.
pub(crate) struct Arrival {
    /// Which one.
    pub(crate) host: usize,
    pub(crate) body: Bytes,
}

/// A body, and the headers by which its signature travels.
pub(crate) struct Signed {
    headers: Vec<(&'static str, String)>,
    body: Bytes,
}

impl Signed {
    /// To be sent there.
    pub(crate) fn to(&self, client: &Client, url: &str) -> RequestBuilder {
        let request = client.post(url).header(CONTENT_TYPE, ACTIVITY_JSON).body(self.body.clone());
        self.headers.iter().fold(request, |request, (name, value)| request.header(*name, value))
    }
}

struct Key {
    signer: RsaSigner,
    public_pem: String,
}

impl Key {
    fn make() -> anyhow::Result<Self> {
        let made = generate_rsa()?;
        Ok(Self { signer: RsaSigner::from_pkcs8_pem(&made.private_pem)?, public_pem: made.public_pem })
    }
}

impl Peers {
    /// Hosts that all work.
    pub(crate) async fn healthy(hosts: usize) -> anyhow::Result<Self> {
        Self::start(hosts, false).await
    }

    /// Hosts of which one in a hundred is dead, and one is slow.
    pub(crate) async fn mixed(hosts: usize) -> anyhow::Result<Self> {
        Self::start(hosts, true).await
    }

    async fn start(hosts: usize, faults: bool) -> anyhow::Result<Self> {
        let make = || (0..KEYS).map(|_| Key::make()).collect::<anyhow::Result<Vec<_>>>();
        let keys = tokio::task::spawn_blocking(make).await??;
        let publics = keys.iter().map(|key| key.public_pem.clone()).collect();
        let (dead, socket) = (on_loopback()?, on_loopback()?);
        let (port, dead_port) = (socket.local_addr()?.port(), dead.local_addr()?.port());
        let (arrived, arrivals) = unbounded_channel();
        let listener = socket.listen(BACKLOG)?;
        let serving = tokio::spawn(async move {
            let _ = axum::serve(listener, serve::router(faults, publics, arrived)).await;
        });
        let hosts = Arc::new(Hosts { count: hosts, faults, port, dead_port, keys });
        Ok(Self { hosts, arrivals, serving, _dead: dead })
    }

    /// The next thing that arrives anywhere but at slow hosts.
    pub(crate) async fn arrival(&mut self) -> anyhow::Result<Arrival> {
        self.arrivals.recv().await.context("the hosts have ended")
    }
}

impl Hosts {
    /// Those that are to get what is sent to all.
    pub(crate) fn well(&self) -> impl Iterator<Item = usize> + use<> {
        let faults = self.faults;
        (0..self.count).filter(move |host| !faults || !is_dead(*host) && !is_slow(*host))
    }

    /// Address and port.
    fn authority(&self, host: usize) -> String {
        let port = if self.faults && is_dead(host) { self.dead_port } else { self.port };
        format!("{}:{port}", address(host))
    }

    /// The account of a host, as people write it.
    pub(crate) fn handle(&self, host: usize) -> String {
        format!("{USERNAME}@{}", self.authority(host))
    }

    /// The account of a host, as the protocol writes it.
    pub(crate) fn actor(&self, host: usize) -> String {
        actor_at(&self.authority(host))
    }

    /// Where a host is written to.
    pub(crate) fn shared_inbox(&self, host: usize) -> anyhow::Result<Url> {
        Ok(shared_inbox_at(&self.authority(host)).parse()?)
    }

    /// What a server knows that has asked who the account of a host is.
    pub(crate) fn described(&self, host: usize) -> RemoteActor {
        let (domain, uri) = (self.authority(host), self.actor(host));
        RemoteActor {
            url: uri.clone(),
            username: USERNAME.to_owned(),
            inbox: format!("{uri}/inbox"),
            shared_inbox: Some(shared_inbox_at(&domain)),
            outbox: Some(format!("{uri}/outbox")),
            followers: Some(format!("{uri}/followers")),
            following: Some(format!("{uri}/following")),
            keys: vec![ActorKey { uri: key_of(&uri), pem: self.key(host).public_pem.clone() }],
            domain,
            uri,
            ..RemoteActor::default()
        }
    }

    /// Signs a body that goes to `url`, as the account of a host.
    pub(crate) fn sign(&self, host: usize, url: &Url, body: Bytes) -> anyhow::Result<Signed> {
        let digest = BodyDigest::of(&body);
        let outgoing = Outgoing {
            method: "POST",
            url,
            headers: &[("content-type", ACTIVITY_JSON)],
            digest: Some(&digest),
            key_id: &key_of(&self.actor(host)),
            now: clock::now(),
        };
        Ok(Signed { headers: cavage::sign(&outgoing, &self.key(host).signer)?, body })
    }

    /// A key, and its signature of a message.
    pub(crate) fn sample(&self, message: &[u8]) -> anyhow::Result<(PublicKey, Vec<u8>)> {
        let key = self.key(0);
        Ok((PublicKey::from_pem(&key.public_pem)?, key.signer.sign(message)?))
    }

    fn key(&self, host: usize) -> &Key {
        &self.keys[host % KEYS]
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

const fn is_dead(host: usize) -> bool {
    host % 100 == DEAD
}

const fn is_slow(host: usize) -> bool {
    host % 100 == SLOW
}

fn address(host: usize) -> Ipv4Addr {
    Ipv4Addr::from_bits(FIRST.to_bits() + (host / IN_A_ROW * 256 + host % IN_A_ROW) as u32)
}

/// The host that has this address, whatever its port.
fn host_at(authority: &str) -> Option<usize> {
    let address: Ipv4Addr = authority.split(':').next()?.parse().ok()?;
    match address.octets() {
        [127, 1, third, fourth] => Some(usize::from(third) * IN_A_ROW + usize::from(fourth).checked_sub(1)?),
        _ => None,
    }
}

fn actor_at(authority: &str) -> String {
    format!("http://{authority}/users/{USERNAME}")
}

fn shared_inbox_at(authority: &str) -> String {
    format!("http://{authority}/inbox")
}

fn key_of(actor: &str) -> String {
    format!("{actor}#main-key")
}

/// A socket at all addresses of this machine's loopback, and at no others where the system has a way to say so.
fn on_loopback() -> anyhow::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    #[cfg(target_os = "linux")]
    socket.bind_device(Some(b"lo"))?;
    socket.bind((Ipv4Addr::UNSPECIFIED, 0).into())?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_known_by_its_address() {
        for host in [0, 1, 249, 250, 3_499] {
            assert_eq!(host_at(&format!("{}:80", address(host))), Some(host));
        }
        assert_eq!(host_at("127.0.0.1:80"), None);
        assert_eq!(host_at("127.1.0.0"), None);
    }
}
