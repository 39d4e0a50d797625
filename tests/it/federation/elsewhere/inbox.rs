//! What another server is sent, and what it does with it.

use std::sync::Mutex;
use std::time::Duration;

use axum::extract::Request;
use axum::http::StatusCode;
use chronodon_activitypub::key::PublicKey;
use chronodon_activitypub::signature;
use chronodon_events::AccountId;
use serde_json::Value;

use super::Remote;
use crate::support::TestServer;

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
pub(super) struct Mail {
    received: Mutex<Vec<Received>>,
    manner: Mutex<Manner>,
}

impl Mail {
    pub(super) async fn take(&self, request: Request) -> StatusCode {
        let manner = *self.manner.lock().unwrap();
        match manner {
            Manner::Takes => {}
            Manner::Dawdles(time) => tokio::time::sleep(time).await,
            Manner::Refuses(status) => return StatusCode::from_u16(status).unwrap(),
        }
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let activity: Value = serde_json::from_slice(&body).unwrap();
        // Who reads JSON-LD understands nothing without it.
        if activity.get("@context").is_none() {
            return StatusCode::BAD_REQUEST;
        }
        let pairs = parts.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        let received =
            Received { path: parts.uri.to_string(), activity, headers: pairs.collect(), body: body.to_vec() };
        self.received.lock().unwrap().push(received);
        StatusCode::ACCEPTED
    }
}

impl Remote {
    pub fn behave(&self, manner: Manner) {
        *self.world.mail.manner.lock().unwrap() = manner;
    }

    /// What it has taken, in order.
    pub fn received(&self) -> Vec<Received> {
        self.world.mail.received.lock().unwrap().clone()
    }

    /// The types of what it has taken, in order.
    pub fn kinds(&self) -> Vec<String> {
        let kind = |received: Received| received.activity["type"].as_str().unwrap().to_owned();
        self.received().into_iter().map(kind).collect()
    }

    /// Waits until it has taken so much.
    pub async fn until(&self, count: usize) -> Vec<Received> {
        for _ in 0..1_200 {
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

/// Proves that a request was signed by this actor of ours, over all that it must cover.
pub async fn signed_by(server: &TestServer, host: &str, received: &Received, account: AccountId, actor: &str) {
    let headers: Vec<_> = received.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let target = format!("http://{host}{}", received.path);
    let request = signature::Request { method: "POST", target: &target, headers: &headers, body: &received.body };
    let claim = signature::read(&request, chronodon::clock::now()).unwrap();
    assert_eq!(claim.key_id, format!("{actor}#main-key"));
    let pair = server.app.keys.of(account, actor).await.unwrap();
    claim.verify(&PublicKey::from_pem(&pair.public_pem).unwrap()).unwrap();
}
