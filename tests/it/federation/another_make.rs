//! This server and one of another make, which knows nothing of ours: what each does, as the other keeps it.
//!
//! What ours keeps is asked of the client API, what the other keeps of its own records (see [`super::peer`]).

mod faults;
mod follows;
mod moves;
mod polls;
mod posts;
mod reactions;
mod signatures;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::peer::{Peer, PeerActor};
use super::trio::{PATIENCE, eventually, finds};
use crate::support::{Person, TestServer, id};

/// Alice here and Bob there, who follow each other.
struct Friends {
    server: TestServer,
    peer: Peer,
    alice: Person,
    bob: PeerActor,
    /// Alice's actor.
    alice_url: String,
    /// Bob's account here.
    account: Value,
}

impl Friends {
    async fn meet() -> Self {
        Self::meet_at(Peer::start()).await
    }

    async fn meet_at(peer: impl Future<Output = Peer>) -> Self {
        let (server, peer) = tokio::join!(TestServer::start(), peer);
        let (alice, bob) = tokio::join!(server.with_user("alice"), peer.actor("bob"));
        let alice_url = server.app.url("/users/alice");
        let account = finds(&alice, &bob.url).await;
        let friends = Self { server, peer, alice, bob, alice_url, account };
        friends.follow_each_other().await;
        friends
    }

    async fn follow_each_other(&self) {
        follows(&self.alice, &self.account).await;
        self.bob.does("follow", json!({ "actor": self.alice_url })).await;
        keeps(&self.bob, "following", json!({ &self.alice_url: true })).await;
        eventually("alice follows bob", async || self.relation().await["following"] == true).await;
    }

    /// What Alice and Bob are to each other, as Alice sees it.
    async fn relation(&self) -> Value {
        relation(&self.alice, &self.account).await
    }

    /// Alice posts, and the peer hears of it. Returns the status.
    async fn alice_posts(&self, body: Value) -> Value {
        let posted = self.alice.post("/api/v1/statuses", body).await;
        self.peer.hears(&[("type", "Create"), ("object", uri(&posted))]).await;
        posted
    }

    /// Alice does something about a status.
    async fn alice_does(&self, action: &str, status: &Value) -> Value {
        self.alice.post(&format!("/api/v1/statuses/{}/{action}", id(status)), json!({})).await
    }

    /// A status as Alice sees it now.
    async fn now(&self, status: &Value) -> Value {
        self.alice.get(&format!("/api/v1/statuses/{}", id(status))).await
    }

    /// Waits until the numbers of a status are so.
    async fn counts(&self, status: &Value, count: &str, expected: u64) {
        let what = format!("{count} is {expected}");
        eventually(&what, async || self.now(status).await[count] == expected).await;
    }

    async fn finish(self) {
        self.server.finish().await;
    }
}

async fn relation(person: &Person, account: &Value) -> Value {
    person.get(&format!("/api/v1/accounts/relationships?id={}", id(account))).await[0].clone()
}

async fn follows(person: &Person, account: &Value) -> Value {
    person.post(&format!("/api/v1/accounts/{}/follow", id(account)), json!({})).await
}

fn uri(status: &Value) -> &str {
    status["uri"].as_str().unwrap()
}

/// Waits until this is what the peer keeps of somebody there.
async fn keeps(actor: &PeerActor, what: &str, expected: Value) {
    until(what, &expected, async || actor.state().await[what].clone()).await;
}

/// Waits until this is what the peer knows of an object.
async fn knows(peer: &Peer, object: &str, what: &str, expected: Value) {
    until(what, &expected, async || peer.object(object).await[what].clone()).await;
}

async fn until(what: &str, expected: &Value, found: impl AsyncFn() -> Value) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let found = found().await;
        if found == *expected {
            return;
        }
        assert!(Instant::now() < deadline, "the peer's {what} stay {found} and do not become {expected}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
