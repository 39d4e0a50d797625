//! TLS for servers that speak plain http: an authority that nobody else trusts, and fronts with names under `.localhost`.
//!
//! Knows nothing of what passes through. Only who resolves `.localhost` by itself finds the names: the egress client does,
//! and so does the peer; the system may not.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use chronodon::config::{Config, Scheme};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tempfile::TempDir;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// A certificate authority for one test.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    directory: TempDir,
}

impl Authority {
    pub fn new() -> Self {
        let mut root = CertificateParams::default();
        root.distinguished_name.push(DnType::CommonName, "The authority of one test");
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = root.self_signed(&key).unwrap().pem();
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("root.pem"), pem).unwrap();
        Self { issuer: Issuer::new(root, key), directory }
    }

    /// The root certificate in PEM: for `federation.ca_file` and for `NODE_EXTRA_CA_CERTS`.
    pub fn file(&self) -> PathBuf {
        self.directory.path().join("root.pem")
    }

    /// Listens under a name such as `one.localhost`. What comes before [`Front::leads_to`] is hung up on.
    pub async fn front(&self, name: &str) -> Front {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let authority = format!("{name}:{}", listener.local_addr().unwrap().port());
        let (inner, weather) = (Arc::new(OnceLock::new()), watch::Sender::new(Weather::Fair));
        let serving = tokio::spawn(serve(listener, self.acceptor(name), inner.clone(), weather.subscribe()));
        Front { authority, root: self.file(), inner, weather, serving }
    }

    fn acceptor(&self, name: &str) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let mut leaf = CertificateParams::new([name.to_owned()]).unwrap();
        leaf.distinguished_name.push(DnType::CommonName, name);
        let certificate = leaf.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        let config = config.with_single_cert(vec![certificate.der().clone()], key).unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// What becomes of connections to a front.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// They pass.
    Fair,
    /// Those that are open end, further ones are hung up on.
    Cut,
    /// They pass after this.
    Slow(Duration),
    /// What comes passes in, and no answer passes out: whoever asks cannot know.
    Mute,
}

/// Ends TLS on a port of 127.0.0.1 and passes on what is inside; it goes with this value.
pub struct Front {
    /// `one.localhost:PORT`.
    pub authority: String,
    root: PathBuf,
    inner: Arc<OnceLock<SocketAddr>>,
    weather: watch::Sender<Weather>,
    serving: JoinHandle<()>,
}

impl Front {
    /// From now on. Connections that are open end, so that what is asked next meets it.
    pub fn turns(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }

    /// `https://one.localhost:PORT`.
    pub fn base(&self) -> String {
        format!("https://{}", self.authority)
    }

    /// The root certificate of its authority.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What it stands before; said once.
    pub fn leads_to(&self, inner: SocketAddr) {
        self.inner.set(inner).expect("a front leads to one place");
    }

    /// For [`super::TestServer::start_with`]: the server has this front's name, and trusts its authority and loopback.
    pub fn stands_before(&self, config: &mut Config) {
        config.server.domain = Some(self.authority.clone());
        config.server.scheme = Some(Scheme::Https);
        config.federation.ca_file = Some(self.root.clone());
        config.federation.allowed_private_networks = vec!["127.0.0.0/8".parse().unwrap()];
        self.leads_to(config.server.listen);
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Ends its connections with itself.
async fn serve(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    inner: Arc<OnceLock<SocketAddr>>,
    weather: watch::Receiver<Weather>,
) {
    let mut connections = JoinSet::new();
    while let Ok((outside, _)) = listener.accept().await {
        let Some(inner) = inner.get().copied() else { continue };
        let (acceptor, mut weather) = (acceptor.clone(), weather.clone());
        let now = *weather.borrow_and_update();
        connections.spawn(async move {
            tokio::select! {
                passed = pass(outside, acceptor, inner, now) => passed,
                _ = weather.changed() => Ok(()),
            }
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn pass(outside: TcpStream, acceptor: TlsAcceptor, inner: SocketAddr, weather: Weather) -> std::io::Result<()> {
    match weather {
        Weather::Cut => return Ok(()),
        Weather::Slow(wait) => tokio::time::sleep(wait).await,
        Weather::Fair | Weather::Mute => {}
    }
    let mut outside = acceptor.accept(outside).await?;
    let mut inside = TcpStream::connect(inner).await?;
    if weather == Weather::Mute {
        let (mut asked, _) = tokio::io::split(outside);
        let (mut answers, mut asks) = tokio::io::split(inside);
        let mut nowhere = tokio::io::sink();
        tokio::try_join!(tokio::io::copy(&mut asked, &mut asks), tokio::io::copy(&mut answers, &mut nowhere))?;
        return Ok(());
    }
    copy_bidirectional(&mut outside, &mut inside).await?;
    Ok(())
}
