//! A server that answers as the test says, byte by byte, and counts who connects.

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A piece of an answer.
#[derive(Clone)]
pub(super) enum Step {
    Send(Vec<u8>),
    Pause(Duration),
    /// The same again and again.
    Endless(Vec<u8>),
    /// Nothing any more, and the connection stays.
    Hang,
}

/// What to answer to a request, of which the head and what came of the body are given.
type Script = dyn Fn(&str) -> Vec<Step> + Send + Sync;

pub(super) struct Hostile {
    pub(super) address: SocketAddr,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
    serving: JoinHandle<()>,
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Hostile {
    pub(super) async fn start(script: impl Fn(&str) -> Vec<Step> + Send + Sync + 'static) -> Self {
        Self::start_at("127.0.0.1:0", None, script).await
    }

    /// With the certificate of `peer.localhost` and `other.localhost`.
    pub(super) async fn start_tls(script: impl Fn(&str) -> Vec<Step> + Send + Sync + 'static) -> Self {
        let certificate = CertificateDer::from_pem_slice(include_bytes!("../fixtures/server.pem")).unwrap();
        let key = PrivateKeyDer::from_pem_slice(include_bytes!("../fixtures/server.key.pem")).unwrap();
        let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
        Self::start_at("127.0.0.1:0", Some(TlsAcceptor::from(Arc::new(config))), script).await
    }

    pub(super) async fn start_at(
        address: &str,
        tls: Option<TlsAcceptor>,
        script: impl Fn(&str) -> Vec<Step> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (connections, requests) = (Arc::<AtomicUsize>::default(), Arc::<Mutex<Vec<String>>>::default());
        let (script, counted, heard): (Arc<Script>, _, _) = (Arc::new(script), connections.clone(), requests.clone());
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let (script, heard, tls) = (script.clone(), heard.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        Some(tls) => answer(tls.accept(stream).await?, &*script, &heard).await,
                        None => answer(stream, &*script, &heard).await,
                    }
                });
            }
        });
        Self { address, connections, requests, serving }
    }

    /// Nobody may come here.
    pub(super) async fn trap(address: &str) -> Self {
        Self::start_at(address, None, |_| ok("application/activity+json", "{}")).await
    }

    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// What was sent here, head and body.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

/// One request after another, until the script or the other side ends it.
async fn answer(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    script: &Script,
    heard: &Mutex<Vec<String>>,
) -> io::Result<()> {
    loop {
        let Some(request) = read_request(&mut stream).await? else { return Ok(()) };
        heard.lock().unwrap().push(request.clone());
        for step in script(&request) {
            match step {
                Step::Send(bytes) => stream.write_all(&bytes).await?,
                Step::Pause(time) => tokio::time::sleep(time).await,
                Step::Endless(bytes) => loop {
                    stream.write_all(&bytes).await?;
                },
                Step::Hang => pending().await,
            }
            stream.flush().await?;
        }
    }
}

async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<String>> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else { return Ok(None) };
        request.push(byte);
    }
    let head = String::from_utf8_lossy(&request).into_owned();
    let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await?;
    Ok(Some(head + &String::from_utf8_lossy(&body)))
}

/// An answer with these header lines.
pub(super) fn with(status: u16, headers: &str, body: &[u8]) -> Vec<Step> {
    let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n{headers}\r\n", body.len());
    vec![Step::Send([head.as_bytes(), body].concat())]
}

pub(super) fn ok(content_type: &str, body: &str) -> Vec<Step> {
    with(200, &format!("content-type: {content_type}\r\n"), body.as_bytes())
}

pub(super) fn redirect(to: &str) -> Vec<Step> {
    with(302, &format!("location: {to}\r\n"), b"")
}

/// An activity's head without a length, and then this.
pub(super) fn then(steps: Vec<Step>) -> Vec<Step> {
    let head = b"HTTP/1.1 200 X\r\ncontent-type: application/activity+json\r\nconnection: close\r\n\r\n".to_vec();
    [vec![Step::Send(head)], steps].concat()
}
