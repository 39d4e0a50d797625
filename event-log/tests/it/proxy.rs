//! A way to PostgreSQL on which things go wrong at a chosen moment.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio_postgres::Config;
use tokio_postgres::config::Host;

/// What happens to the next statement that goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The connection ends before PostgreSQL has seen the statement.
    LoseRequest,
    /// The connection ends when PostgreSQL has answered, which is after its commit; the answer is lost.
    LoseAnswer,
    /// PostgreSQL gets the statement whole; its answer never arrives.
    WithholdAnswer,
    /// PostgreSQL gets all but the last byte of the statement, and then nothing more.
    StallRequest,
}

/// See [`Proxy::start`].
#[derive(Clone)]
pub struct Proxy {
    state: Arc<State>,
    port: u16,
}

#[derive(Default)]
struct State {
    armed: Mutex<Option<Fault>>,
    refuses: AtomicBool,
}

impl Proxy {
    /// Listens on a port of its own and leads to the server of this configuration.
    pub async fn start(to: &Config) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let proxy = Self { state: Arc::default(), port: listener.local_addr().unwrap().port() };
        let (state, to) = (Arc::clone(&proxy.state), to.clone());
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let (state, to) = (Arc::clone(&state), to.clone());
                tokio::spawn(async move { serve(&state, client, &to).await });
            }
        });
        proxy
    }

    /// The same database, through the proxy.
    pub fn config(&self, direct: &Config) -> Config {
        let mut config = Config::new();
        config.host("127.0.0.1").hostaddr(IpAddr::V4(Ipv4Addr::LOCALHOST)).port(self.port);
        config.user(direct.get_user().unwrap()).dbname(direct.get_dbname().unwrap());
        if let Some(password) = direct.get_password() {
            config.password(password);
        }
        config
    }

    /// The next statement meets this fault.
    pub fn arm(&self, fault: Fault) {
        *self.state.armed.lock().unwrap() = Some(fault);
    }

    /// Whether the armed fault has happened.
    pub fn has_struck(&self) -> bool {
        self.state.armed.lock().unwrap().is_none()
    }

    /// New connections are cut at once, or not.
    pub fn refuse(&self, refuses: bool) {
        self.state.refuses.store(refuses, Ordering::SeqCst);
    }
}

async fn serve(state: &State, client: TcpStream, to: &Config) {
    if state.refuses.load(Ordering::SeqCst) {
        return;
    }
    let port = to.get_ports().first().copied().unwrap_or(5432);
    match &to.get_hosts()[0] {
        Host::Unix(folder) => {
            let server = UnixStream::connect(folder.join(format!(".s.PGSQL.{port}"))).await;
            if let Ok(server) = server {
                let (from_server, to_server) = server.into_split();
                pass(state, client, from_server, to_server).await;
            }
        }
        Host::Tcp(name) => {
            if let Ok(server) = TcpStream::connect((name.as_str(), port)).await {
                let (from_server, to_server) = server.into_split();
                pass(state, client, from_server, to_server).await;
            }
        }
    }
}

/// Passes bytes both ways until one side ends or a fault strikes.
async fn pass(
    state: &State,
    client: TcpStream,
    mut from_server: impl AsyncRead + Unpin,
    mut to_server: impl AsyncWrite + Unpin,
) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut asked, mut answered) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    let mut struck = None;
    loop {
        tokio::select! {
            read = from_client.read(&mut asked) => {
                let Ok(length @ 1..) = read else { return };
                struck = struck.or_else(|| state.armed.lock().unwrap().take());
                let passes = match struck {
                    Some(Fault::LoseRequest) => return,
                    Some(Fault::StallRequest) => length - 1,
                    _ => length,
                };
                if to_server.write_all(&asked[..passes]).await.is_err() {
                    return;
                }
                if struck == Some(Fault::StallRequest) {
                    return std::future::pending().await;
                }
            }
            read = from_server.read(&mut answered) => {
                let Ok(length @ 1..) = read else { return };
                match struck {
                    Some(Fault::LoseAnswer) => return,
                    Some(Fault::WithholdAnswer) => continue,
                    _ => {}
                }
                if to_client.write_all(&answered[..length]).await.is_err() {
                    return;
                }
            }
        }
    }
}
