//! Another server, as far as ours sees it: it takes what it is sent and writes it down. Its accounts are what ours is told.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use chronodon::commands::{By, FollowAccount, ReceiveStatus};
use chronodon_activitypub::key::PublicKey;
use chronodon_activitypub::signature::{self, Request};
use chronodon_events::remote::{QuotePolicy, RemoteActor};
use chronodon_events::values::Visibility;
use chronodon_events::{AccountId, StatusId};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::support::{Person, TestServer};

/// What it does with what it is sent.
#[derive(Clone, Copy, Debug, Default)]
pub enum Manner {
    /// Takes it.
    #[default]
    Takes,
    /// Answers with this status.
    Refuses(u16),
    /// Takes it, after so long.
    Dawdles(Duration),
}

/// Something that it was sent.
#[derive(Clone, Debug)]
pub struct Received {
    pub path: String,
    pub activity: Value,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Received {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }
}

#[derive(Default)]
struct Shared {
    received: Mutex<Vec<Received>>,
    manner: Mutex<Manner>,
}

/// The other server.
pub struct Remote {
    pub host: String,
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

impl Remote {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let shared = Arc::<Shared>::default();
        let router = Router::new().fallback(take).with_state(shared.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { host, shared, serving }
    }

    /// An address at which nobody listens.
    pub fn dead() -> String {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address: SocketAddr = listener.local_addr().unwrap();
        address.to_string()
    }

    pub fn behave(&self, manner: Manner) {
        *self.shared.manner.lock().unwrap() = manner;
    }

    /// What it has taken, in order.
    pub fn received(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap().clone()
    }

    /// The types of what it has taken, in order.
    pub fn kinds(&self) -> Vec<String> {
        let kind = |received: Received| received.activity["type"].as_str().unwrap().to_owned();
        self.received().into_iter().map(kind).collect()
    }

    /// Waits until it has taken so much.
    pub async fn until(&self, count: usize) -> Vec<Received> {
        for _ in 0..400 {
            let received = self.received();
            if received.len() >= count {
                return received;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("it was sent no more than {:?}", self.kinds());
    }

    /// Waits for the next that is of this type, after those that were there before.
    pub async fn next(&self, before: usize, kind: &str) -> Received {
        let received = self.until(before + 1).await;
        let next = received[before].clone();
        assert_eq!(next.activity["type"], kind, "{:?}", next.activity);
        next
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn take(State(shared): State<Arc<Shared>>, uri: Uri, headers: HeaderMap, body: Bytes) -> StatusCode {
    let manner = *shared.manner.lock().unwrap();
    match manner {
        Manner::Takes => {}
        Manner::Dawdles(time) => tokio::time::sleep(time).await,
        Manner::Refuses(status) => return StatusCode::from_u16(status).unwrap(),
    }
    let pairs = headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    let received = Received {
        path: uri.to_string(),
        activity: serde_json::from_slice(&body).unwrap(),
        headers: pairs.collect(),
        body: body.to_vec(),
    };
    shared.received.lock().unwrap().push(received);
    StatusCode::ACCEPTED
}

/// An account at `host`, which ours has met.
pub async fn known(server: &TestServer, host: &str, name: &str) -> AccountId {
    let uri = format!("http://{host}/users/{name}");
    let actor = RemoteActor {
        url: uri.clone(),
        username: name.to_owned(),
        domain: host.to_owned(),
        inbox: format!("{uri}/inbox"),
        shared_inbox: Some(format!("http://{host}/inbox")),
        followers: Some(format!("{uri}/followers")),
        uri,
        ..RemoteActor::default()
    };
    server.app.commands.discover_account(By::system(chronodon::ids::command_id(), None), actor).await.unwrap()
}

/// The account follows one of ours, as if its Follow had come in. Returns the Follow's id.
pub async fn follows(server: &TestServer, account: AccountId, person: &Person) -> String {
    let activity = chronodon::ids::command_id();
    let uri = format!("http://elsewhere.localhost/follows/{activity}");
    let by = By::inbox(account, activity);
    let asked = FollowAccount::default();
    server.app.commands.follow_account(by, account, person.id, asked, Some(uri.clone())).await.unwrap();
    uri
}

/// The account posts a public status at this address, as if it had come in. Returns the id that it has here.
pub async fn posted(server: &TestServer, account: AccountId, uri: &str) -> StatusId {
    let received = ReceiveStatus {
        account,
        uri: uri.to_owned(),
        url: uri.to_owned(),
        published: chronodon::clock::now(),
        updated_at: None,
        visibility: Visibility::Public,
        in_reply_to: None,
        in_reply_to_uri: None,
        text: "<p>far away</p>".to_owned(),
        spoiler_text: String::new(),
        sensitive: false,
        language: None,
        mentions: Vec::new(),
        hashtags: Vec::new(),
        attachments: Vec::new(),
        emojis: Vec::new(),
        poll: None,
        quote: None,
        quote_policy: QuotePolicy::default(),
        conversation_uri: None,
    };
    server.app.commands.receive_status(By::inbox(account, fresh()), received).await.unwrap().unwrap()
}

/// Proves that a request was signed by this actor of ours, over all that it must cover.
pub async fn signed_by(server: &TestServer, host: &str, received: &Received, account: AccountId, actor: &str) {
    let headers: Vec<_> = received.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let target = format!("http://{host}{}", received.path);
    let request = Request { method: "POST", target: &target, headers: &headers, body: &received.body };
    let claim = signature::read(&request, chronodon::clock::now()).unwrap();
    assert_eq!(claim.key_id, format!("{actor}#main-key"));
    let pair = server.app.keys.of(account, actor).await.unwrap();
    claim.verify(&PublicKey::from_pem(&pair.public_pem).unwrap()).unwrap();
}

/// An id that no other activity has.
pub fn fresh() -> Uuid {
    chronodon::ids::command_id()
}
