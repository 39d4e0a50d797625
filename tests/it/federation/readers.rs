//! Who may fetch what: visibility, with the signer of a request as the one who looks.

use std::collections::HashMap;

use chronodon::commands::By;
use chronodon::federation::egress::EgressError;
use chronodon::federation::keys::KeyPair;
use chronodon_activitypub::uri::{Uri, UriRules};
use chronodon_domain::account::Command;
use chronodon_domain::relationship::{Action, Follow};
use chronodon_events::AccountId;
use chronodon_events::remote::{ActorKey, RemoteActor};
use serde_json::{Value, json};
use std::sync::Arc;

use super::documents::{document, refusal};
use crate::support::{Person, TestServer, id};

/// Somebody of another server who signs.
struct Reader {
    id: AccountId,
    key: Arc<KeyPair>,
}

/// A server, and others' accounts that are known to it.
struct World {
    home: TestServer,
    other: TestServer,
    alice: Person,
    readers: HashMap<&'static str, Reader>,
}

impl World {
    async fn new(home: TestServer) -> Self {
        let other = TestServer::start().await;
        let alice = home.with_user("alice").await;
        let mut readers = HashMap::new();
        for name in ["fan", "named", "stranger", "shunned"] {
            readers.insert(name, reader(&home, &other, name).await);
        }
        let world = Self { home, other, alice, readers };
        for name in ["fan", "shunned"] {
            world.follows(name).await;
        }
        world.alice.post(&format!("/api/v1/accounts/{}/block", world.readers["shunned"].id), json!({})).await;
        world
    }

    async fn follows(&self, name: &str) {
        let (id, commands) = (self.readers[name].id, &self.home.app.commands);
        let follow = Action::Follow(Follow { target_local: true, ..Follow::default() });
        let uri = Some(format!("{}/users/{name}#follows/1", self.other.base));
        let by = By::inbox(id, chronodon::ids::command_id());
        commands.receive_relationship(by, id, self.alice.id, follow, uri).await.unwrap();
    }

    /// What this reader gets, or the status of the refusal.
    async fn read(&self, name: &str, path: &str) -> Result<Value, u16> {
        let path = path.strip_prefix(&*self.home.base).unwrap_or(path);
        let url = Uri::parse(&format!("{}{path}", self.home.base), UriRules::AlsoLoopback).unwrap();
        let key = self.readers.get(name).map(|reader| &*reader.key);
        match self.other.app.egress.get_document(&url, key).await {
            Ok(fetched) => Ok(serde_json::from_slice(&fetched.body).unwrap()),
            Err(EgressError::Status(status)) => Err(status),
            Err(error) => panic!("{path}: {error}"),
        }
    }

    async fn posts(&self, visibility: &str) -> Value {
        let text = format!("{visibility} canary @named@{}", self.other.app.domain);
        self.alice.post("/api/v1/statuses", json!({ "status": text, "visibility": visibility })).await
    }

    async fn finish(self) {
        self.home.finish().await;
        self.other.finish().await;
    }
}

async fn reader(home: &TestServer, other: &TestServer, name: &str) -> Reader {
    let person = other.with_user(name).await;
    let uri = format!("{}/users/{name}", other.base);
    let key = other.app.keys.of(person.id, &uri).await.unwrap();
    let actor = RemoteActor {
        url: format!("{}/@{name}", other.base),
        username: name.to_owned(),
        domain: other.app.domain.clone(),
        inbox: format!("{uri}/inbox"),
        keys: vec![ActorKey { uri: key.key_id.clone(), pem: key.public_pem.clone() }],
        uri,
        ..RemoteActor::default()
    };
    Reader { id: home.app.commands.discover_account(By::operator(), actor).await.unwrap(), key }
}

#[tokio::test]
async fn every_surface_shows_a_reader_what_is_for_it_and_nothing_else() {
    let world = World::new(TestServer::start().await).await;
    let parent = world.alice.posts("parent").await;
    let parent_replies = format!("{}/replies", parent["uri"].as_str().unwrap());
    for (visibility, allowed) in [
        ("public", vec!["nobody", "stranger", "fan", "named"]),
        ("unlisted", vec!["nobody", "stranger", "fan", "named"]),
        ("private", vec!["fan", "named"]),
        ("direct", vec!["named"]),
    ] {
        let posted = world.posts(visibility).await;
        assert_eq!(posted["mentions"].as_array().unwrap().len(), 1, "{posted}");
        let uri = posted["uri"].as_str().unwrap();
        for name in ["nobody", "stranger", "fan", "named", "shunned"] {
            let may = allowed.contains(&name);
            for path in ["", "/activity", "/replies", "/likes", "/shares"] {
                let got = world.read(name, &format!("{uri}{path}")).await;
                assert_eq!(got.as_ref().err(), if may { None } else { Some(&404) }, "{name} {visibility}{path}");
                assert!(
                    path.len() > 9
                        || !path.is_empty()
                        || !may
                        || got.unwrap()["content"].as_str().unwrap().contains("canary")
                );
            }
            let page = world.read(name, &format!("{}/users/alice/outbox?page=true", world.home.base)).await.unwrap();
            assert_eq!(page.to_string().contains(&format!("{visibility} canary")), may, "{name} {visibility} outbox");
        }
        let body = json!({ "status": "answer", "visibility": visibility, "in_reply_to_id": id(&parent) });
        let reply = world.alice.post("/api/v1/statuses", body).await;
        for name in ["nobody", "fan"] {
            let replies = world.read(name, &parent_replies).await.unwrap().to_string();
            let thread = world.read(name, &format!("/contexts/{}-{}", world.alice.id, id(&parent))).await.unwrap();
            for list in [replies, thread.to_string()] {
                let open = matches!(visibility, "public" | "unlisted");
                assert_eq!(list.contains(reply["uri"].as_str().unwrap()), open, "{name} {visibility}: {list}");
            }
        }
    }
    world.finish().await;
}

#[tokio::test]
async fn what_is_not_for_the_reader_looks_like_what_is_not_there() {
    let world = World::new(TestServer::start().await).await;
    let private = world.posts("private").await;
    let hidden = refusal(&world.home, private["uri"].as_str().unwrap()).await;
    let missing = refusal(&world.home, "/users/alice/statuses/1").await;
    assert_eq!((hidden.0, &hidden), (404, &missing));
    let deleted = world.alice.posts("gone").await;
    world.alice.delete(&format!("/api/v1/statuses/{}", id(&deleted))).await;
    assert_eq!(refusal(&world.home, deleted["uri"].as_str().unwrap()).await, missing);
    assert_eq!(refusal(&world.home, "/users/alice/statuses/x").await.0, 404);
    assert_eq!(refusal(&world.home, "/users/nobody").await.0, 404);
    let shared = world.alice.posts("mine").await;
    let elsewhere = shared["uri"].as_str().unwrap().replace("/users/alice/", "/users/bob/");
    world.home.with_user("bob").await;
    assert_eq!(refusal(&world.home, &elsewhere).await.0, 404, "a status stands under its author's name only");
    world.finish().await;
}

#[tokio::test]
async fn where_reading_is_closed_only_who_signs_reads() {
    let world = World::new(TestServer::start_with(|config| config.federation.authorized_fetch = true).await).await;
    let posted = world.posts("public").await;
    let note = posted["uri"].as_str().unwrap();
    for path in
        ["/users/alice", "/users/alice/outbox", "/users/alice/followers", "/users/alice/collections/featured", note]
    {
        assert_eq!(refusal(&world.home, path).await.0, 401, "{path}");
        assert!(world.read("stranger", path).await.is_ok(), "{path}");
    }
    assert_eq!(world.read("shunned", note).await.unwrap_err(), 404);
    assert_eq!(document(&world.home, "/actor").await["type"], "Application");
    world.finish().await;
}

#[tokio::test]
async fn a_server_that_federates_with_some_lets_no_other_read() {
    let world = World::new(TestServer::start_with(|config| config.federation.limited = true).await).await;
    assert_eq!(world.read("fan", "/users/alice").await.unwrap_err(), 403);
    assert_eq!(refusal(&world.home, "/users/alice").await.0, 401);
    world.finish().await;
}

#[tokio::test]
async fn who_is_shut_out_reads_nothing_and_who_shuts_out_shows_nothing() {
    let world = World::new(TestServer::start().await).await;
    let posted = world.posts("public").await;
    let uri = format!("{}/users/stranger", world.other.base);
    let suspend = Command::Suspend { reason: None };
    world.home.app.commands.change_remote_account(By::operator(), &uri, &suspend).await.unwrap();
    assert_eq!(world.read("stranger", "/users/alice").await.unwrap_err(), 403);
    assert!(world.read("nobody", "/users/alice").await.is_ok());
    world.home.app.commands.change_account(By::operator(), "alice", &suspend).await.unwrap();
    for path in
        ["/users/alice", "/users/alice/outbox?page=true", "/users/alice/followers", posted["uri"].as_str().unwrap()]
    {
        let (status, text) = refusal(&world.home, path).await;
        assert!(status == 403 && !text.contains("canary"), "{path}: {status}");
    }
    world.finish().await;
}

#[tokio::test]
async fn a_server_compares_its_own_followers() {
    let world = World::new(TestServer::start().await).await;
    let path = "/users/alice/followers_synchronization";
    assert_eq!(refusal(&world.home, path).await.0, 401);
    let local = world.home.with_user("local").await;
    local.post(&format!("/api/v1/accounts/{}/follow", world.alice.id), json!({})).await;
    let list = world.read("stranger", path).await.unwrap();
    assert_eq!(list["orderedItems"], json!([format!("{}/users/fan", world.other.base)]));
    world.finish().await;
}
