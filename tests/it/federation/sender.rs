//! Another server, as far as one is needed: it shows its actors and what they post, finds them by their handles, and
//! signs what they send.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chronodon::clock;
use chronodon::federation::inbox::queue;
use chronodon_activitypub::digest::BodyDigest;
use chronodon_activitypub::key::{RsaSigner, generate_rsa};
use chronodon_activitypub::signature::{Outgoing, cavage};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::support::{Person, TestServer, id};

pub const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

/// Another server.
pub struct Remote {
    pub base: String,
    world: Arc<World>,
    serving: JoinHandle<()>,
}

/// What it shows, by path, and how often it was asked.
#[derive(Default)]
struct World {
    documents: Mutex<HashMap<String, Value>>,
    asked: Mutex<HashMap<String, usize>>,
    made: AtomicUsize,
}

impl Drop for Remote {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Remote {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let world = Arc::<World>::default();
        let router = Router::new().fallback(show).with_state(world.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { base, world, serving }
    }

    /// Somebody there, with a key.
    pub fn actor(&self, name: &str) -> Actor {
        let key = generate_rsa().unwrap();
        let signer = Arc::new(RsaSigner::from_pkcs8_pem(&key.private_pem).unwrap());
        self.actor_with(name, &key.public_pem, signer)
    }

    /// Somebody there with another's key: to make one takes long.
    pub fn double(&self, name: &str, of: &Actor) -> Actor {
        self.actor_with(name, of.document["publicKey"]["publicKeyPem"].as_str().unwrap(), of.signer.clone())
    }

    fn actor_with(&self, name: &str, public_pem: &str, signer: Arc<RsaSigner>) -> Actor {
        let uri = format!("{}/users/{name}", self.base);
        let document = json!({
            "id": uri, "type": "Person", "preferredUsername": name, "name": name,
            "inbox": format!("{uri}/inbox"), "outbox": format!("{uri}/outbox"),
            "followers": format!("{uri}/followers"), "featured": format!("{uri}/featured"),
            "endpoints": { "sharedInbox": format!("{}/inbox", self.base) },
            "publicKey": { "id": format!("{uri}#main-key"), "owner": uri, "publicKeyPem": public_pem },
        });
        self.shows(&uri, document.clone());
        let handle = format!("{name}@{}", self.base.strip_prefix("http://").unwrap());
        let found = json!({
            "subject": format!("acct:{handle}"),
            "links": [{ "rel": "self", "type": "application/activity+json", "href": uri }],
        });
        self.shows(&format!("{}/.well-known/webfinger?resource=acct:{handle}", self.base), found);
        Actor { uri, handle, document, signer, world: self.world.clone() }
    }

    /// Shows a document at an address.
    pub fn shows(&self, uri: &str, document: Value) {
        self.world.documents.lock().unwrap().insert(self.path(uri), document);
    }

    /// How often an address was asked for.
    pub fn asked_for(&self, uri: &str) -> usize {
        self.world.asked.lock().unwrap().get(&self.path(uri)).copied().unwrap_or(0)
    }

    /// How often it was asked for anything.
    pub fn asked(&self) -> usize {
        self.world.asked.lock().unwrap().values().sum()
    }

    fn path(&self, uri: &str) -> String {
        uri.strip_prefix(&self.base).unwrap().to_owned()
    }
}

async fn show(State(world): State<Arc<World>>, request: Request) -> Response {
    let path = request.uri().path_and_query().unwrap().as_str().replace("%3A", ":").replace("%40", "@");
    *world.asked.lock().unwrap().entry(path.clone()).or_default() += 1;
    let media_type =
        if path.starts_with("/.well-known/webfinger") { "application/jrd+json" } else { "application/activity+json" };
    match world.documents.lock().unwrap().get(&path) {
        Some(document) => ([(header::CONTENT_TYPE, media_type)], document.to_string()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Somebody on another server.
#[derive(Clone)]
pub struct Actor {
    pub uri: String,
    /// Without an `@` in front.
    pub handle: String,
    pub document: Value,
    signer: Arc<RsaSigner>,
    world: Arc<World>,
}

impl Actor {
    /// An activity of theirs, with an address of its own.
    pub fn does(&self, kind: &str, object: impl Into<Value>) -> Value {
        let number = self.world.made.fetch_add(1, Ordering::Relaxed);
        let id = format!("{}#{}/{number}", self.uri, kind.to_lowercase());
        let cc = format!("{}/followers", self.uri);
        json!({ "id": id, "type": kind, "actor": self.uri, "object": object.into(), "to": [PUBLIC], "cc": [cc] })
    }

    /// A public note of theirs.
    pub fn note(&self, name: &str, html: &str) -> Value {
        let id = format!("{}/notes/{name}", self.uri);
        json!({
            "id": id, "type": "Note", "attributedTo": self.uri, "content": html,
            "published": "2026-01-02T03:04:05Z", "to": [PUBLIC], "cc": [format!("{}/followers", self.uri)],
        })
    }

    /// Sends an activity to the server's shared inbox. The answer's status.
    pub async fn sends(&self, server: &TestServer, activity: &Value) -> u16 {
        self.sends_bytes(server, activity.to_string().as_bytes(), |request| request).await
    }

    /// The same, and it must be taken; returns when it has been translated.
    pub async fn tells(&self, server: &TestServer, activity: &Value) {
        assert_eq!(self.sends(server, activity).await, 202, "{activity}");
        settled(server).await;
    }

    /// Sends bytes, signed, after `change` has changed the request.
    pub async fn sends_bytes(
        &self,
        server: &TestServer,
        body: &[u8],
        change: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder,
    ) -> u16 {
        let request = self.signs(server, body, &format!("{}#main-key", self.uri), clock::now());
        change(request).send().await.unwrap().status().as_u16()
    }

    /// A signed request that has not been sent. It is made for the server's public name, whatever port it goes to.
    pub fn signs(
        &self,
        server: &TestServer,
        body: &[u8],
        key_id: &str,
        now: jiff::Timestamp,
    ) -> reqwest::RequestBuilder {
        let parsed: url::Url = server.app.url("/inbox").parse().unwrap();
        let host = format!("{}:{}", parsed.host_str().unwrap(), parsed.port().unwrap());
        let headers = [("content-type", "application/activity+json")];
        let digest = BodyDigest::of(body);
        let outgoing = Outgoing { method: "POST", url: &parsed, headers: &headers, digest: Some(&digest), key_id, now };
        let signature = cavage::sign(&outgoing, &*self.signer).unwrap();
        let request = server.http.post(format!("{}/inbox", server.base)).header("host", host);
        let request = request.header(headers[0].0, headers[0].1).body(body.to_vec());
        signature.iter().fold(request, |request, (name, value)| request.header(*name, value))
    }
}

/// Returns when the server has translated everything that it has taken.
pub async fn settled(server: &TestServer) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while queue::standing(&server.app.server_tables).await.unwrap().waiting > 0 {
        assert!(Instant::now() < deadline, "what was taken is translated within 20 seconds");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The account that an actor has here.
pub async fn account_of(person: &Person, actor: &Actor) -> Value {
    person.get(&format!("/api/v1/accounts/lookup?acct={}", actor.handle)).await
}

/// `person` follows `actor`, who has let them.
pub async fn follows(server: &TestServer, person: &Person, name: &str, actor: &Actor) {
    // Whoever writes to somebody here becomes known.
    actor.tells(server, &actor.does("Follow", format!("{}/users/{name}", server.base))).await;
    let account = account_of(person, actor).await;
    let relation = person.post(&format!("/api/v1/accounts/{}/follow", id(&account)), json!({})).await;
    assert_eq!(relation["requested"], true);
    let follow = json!({ "type": "Follow", "actor": format!("{}/users/{name}", server.base), "object": actor.uri });
    actor.tells(server, &actor.does("Accept", follow)).await;
    let relation = person.get(&format!("/api/v1/accounts/relationships?id={}", id(&account))).await;
    assert_eq!(relation[0]["following"], true);
}
