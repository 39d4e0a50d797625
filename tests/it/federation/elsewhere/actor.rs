//! People of another server who sign what they send.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use chronodon::clock;
use chronodon::federation::inbox::queue;
use chronodon_activitypub::digest::BodyDigest;
use chronodon_activitypub::key::{RsaSigner, generate_rsa};
use chronodon_activitypub::signature::{Outgoing, cavage};
use serde_json::{Value, json};

use super::{Remote, World};
use crate::support::{Person, TestServer, id};

pub const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

impl Remote {
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
        let handle = format!("{name}@{}", self.host);
        self.finds(&handle, &handle, &uri);
        Actor { uri, handle, document, signer, world: self.world.clone() }
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

    /// Asks the server for a document, signed. The answer's status.
    pub async fn reads(&self, server: &TestServer, path: &str) -> u16 {
        let url: url::Url = server.app.url(path).parse().unwrap();
        let key_id = format!("{}#main-key", self.uri);
        let outgoing =
            Outgoing { method: "GET", url: &url, headers: &[], digest: None, key_id: &key_id, now: clock::now() };
        let request = server.http.get(format!("{}{path}", server.base)).header("accept", "application/activity+json");
        let request = request.header("host", server.app.base_url.split_once("://").unwrap().1);
        let signature = cavage::sign(&outgoing, &*self.signer).unwrap();
        let request = signature.iter().fold(request, |request, (name, value)| request.header(*name, value));
        request.send().await.unwrap().status().as_u16()
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
        self.signs_with(server, body, key_id, now, &[])
    }

    /// The same, with further headers, signed too.
    pub fn signs_with(
        &self,
        server: &TestServer,
        body: &[u8],
        key_id: &str,
        now: jiff::Timestamp,
        further: &[(&str, &str)],
    ) -> reqwest::RequestBuilder {
        let parsed: url::Url = server.app.url("/inbox").parse().unwrap();
        let host = format!("{}:{}", parsed.host_str().unwrap(), parsed.port().unwrap());
        let mut headers = vec![("content-type", "application/activity+json")];
        headers.extend_from_slice(further);
        let digest = BodyDigest::of(body);
        let outgoing = Outgoing { method: "POST", url: &parsed, headers: &headers, digest: Some(&digest), key_id, now };
        let signature = cavage::sign(&outgoing, &*self.signer).unwrap();
        let request = server.http.post(format!("{}/inbox", server.base)).header("host", host);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let request = request.body(body.to_vec());
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
