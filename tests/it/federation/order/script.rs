//! What happens in a world: a server here, two elsewhere, and people on them who post, edit, delete, follow, block, like,
//! boost, vote, pin and report.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::dump::Dump;
use crate::federation::elsewhere::{Actor, Remote, account_of, follows};
use crate::support::{Person, TestServer, id};

/// All worlds are on these.
pub struct Servers {
    pub here: TestServer,
    there: Remote,
    elsewhere: Remote,
    /// Making keys takes long: everybody has these.
    keyed: [Actor; 2],
    worlds: AtomicUsize,
}

impl Servers {
    pub async fn start() -> Self {
        let (here, there, elsewhere) = (TestServer::start().await, Remote::start().await, Remote::start().await);
        let keyed = [there.actor("key"), elsewhere.actor("key")];
        Self { here, there, elsewhere, keyed, worlds: AtomicUsize::new(0) }
    }
}

/// An activity, and who sends it.
pub type Sent = (Actor, Value);

/// Alice, who is here, follows bob and carol, and asks to follow dan, eve and fay.
pub struct World {
    /// Stands in every name and every text.
    pub tag: String,
    pub alice: Person,
    own: [String; 2],
    alice_uri: String,
    asked: Vec<(Actor, String)>,
    bob: Actor,
    carol: Actor,
    gus: Actor,
}

impl World {
    pub async fn begin(servers: &Servers) -> Self {
        let tag = format!("w{}x", servers.worlds.fetch_add(1, Ordering::Relaxed));
        let Servers { here, there, elsewhere, keyed, .. } = servers;
        let at = |remote: &Remote, name: &str, key: usize| remote.double(&format!("{name}_{tag}"), &keyed[key]);
        let (bob, carol, gus) = (at(there, "bob", 0), at(elsewhere, "carol", 1), at(elsewhere, "gus", 1));
        let [dan, eve, fay] = ["dan", "eve", "fay"].map(|name| at(there, name, 0));
        let name = format!("alice_{tag}");
        let alice = here.with_user(&name).await;
        let alice_uri = format!("{}/users/{name}", here.base);
        follows(here, &alice, &name, &bob).await;
        follows(here, &alice, &name, &carol).await;
        let mut asked = Vec::new();
        for actor in [dan, eve, fay] {
            actor.tells(here, &actor.does("Flag", &*alice_uri)).await;
            let account = account_of(&alice, &actor).await;
            alice.post(&format!("/api/v1/accounts/{}/follow", id(&account)), json!({})).await;
            asked.push((actor, alice_uri.clone()));
        }
        let poll = json!({ "options": ["a", "b", "c"], "expires_in": 86_400, "multiple": true });
        let asks = alice.post("/api/v1/statuses", json!({ "status": format!("which {tag}?"), "poll": poll })).await;
        let own =
            [alice.posts(&format!("mine {tag}")).await, asks].map(|own| format!("{alice_uri}/statuses/{}", id(&own)));
        let world = Self { tag, alice, own, alice_uri, asked, bob, carol, gus };
        world.is_shown(there, elsewhere);
        world
    }

    /// Who asks another server sees how it all ended there.
    fn is_shown(&self, there: &Remote, elsewhere: &Remote) {
        let newest = |versions: Vec<Value>| versions.into_iter().next_back().unwrap();
        for note in [self.note(), self.fickle(), self.poll(), self.pinned()] {
            let note = newest(note);
            there.shows(note["id"].as_str().unwrap(), note.clone());
        }
        for note in [self.answer("1", "1"), self.answer("2", "2"), self.other_poll()] {
            let note = newest(note);
            elsewhere.shows(note["id"].as_str().unwrap(), note.clone());
        }
    }

    /// What a client looks at.
    pub fn shown(&self) -> [(&'static str, String); 1] {
        [("home", "/api/v1/timelines/home?limit=40".to_owned())]
    }

    /// Each list comes in its order, and all of them in any.
    pub fn chains(&self) -> Vec<Vec<Sent>> {
        let mut chains = Vec::new();
        let mut free = |actor: &Actor, versions: Vec<Value>| {
            for (number, version) in versions.into_iter().enumerate() {
                let kind = if number == 0 { "Create" } else { "Update" };
                chains.push(vec![(actor.clone(), self.activity(actor, kind, &number.to_string(), version))]);
            }
        };
        for versions in [self.note(), self.deleted(), self.fickle(), self.poll(), self.pinned()] {
            free(&self.bob, versions);
        }
        for versions in [self.answer("1", "1"), self.answer("2", "2"), self.other_poll()] {
            free(&self.carol, versions);
        }
        for (actor, option) in [(&self.bob, "a"), (&self.bob, "c"), (&self.carol, "a")] {
            free(actor, vec![self.vote(actor, option)]);
        }
        let deleted = json!({ "id": format!("{}/notes/2", self.bob.uri), "type": "Tombstone" });
        chains.push(vec![(self.bob.clone(), self.activity(&self.bob, "Delete", "2", deleted))]);
        chains.extend([self.likes(), self.boosts(), self.boost_of_ours(), self.boost_of_deleted(), self.profile()]);
        chains.extend([self.pins(), self.followed(), self.reports()]);
        chains.extend(self.answers_to_requests());
        chains
    }

    fn activity(&self, actor: &Actor, kind: &str, label: &str, object: impl Into<Value>) -> Value {
        let mut activity = actor.does(kind, object);
        let about = activity["object"]["id"].as_str().or(activity["object"].as_str()).unwrap_or_default();
        let path =
            if about.starts_with(&self.alice_uri) { "ours" } else { about.rsplit('/').next().unwrap_or_default() };
        activity["id"] = json!(format!("{}#{kind}/{path}/{label}", actor.uri));
        activity["published"] = json!("2024-01-02T04:00:00Z");
        activity
    }

    /// A note in all its versions: what it says, and when it was said so.
    fn versions(
        &self,
        actor: &Actor,
        name: &str,
        second: u32,
        texts: &[&str],
        more: impl Fn(usize) -> Value,
    ) -> Vec<Value> {
        let version = |(number, text): (usize, &&str)| {
            let mut note = actor.note(name, &format!("<p>{text} {}</p>", self.tag));
            note["published"] = json!(format!("2024-01-02T03:04:{second:02}Z"));
            if number > 0 {
                note["updated"] = json!(format!("2024-01-02T05:00:{number:02}Z"));
            }
            note.as_object_mut().unwrap().extend(more(number).as_object().unwrap().clone());
            note
        };
        texts.iter().enumerate().map(version).collect()
    }

    fn note(&self) -> Vec<Value> {
        let mention = json!({ "type": "Mention", "href": self.alice_uri, "name": "@alice" });
        self.versions(&self.bob, "1", 1, &["one", "two", "three"], |number| {
            let tag = json!({ "type": "Hashtag", "name": format!("#t{number}{}", self.tag) });
            let file = format!("{}/files/{number}.png", self.bob.uri);
            let shared = format!("{}/files/shared.png", self.bob.uri);
            let picture = |url: &str| json!({ "type": "Document", "mediaType": "image/png", "url": url });
            json!({ "tag": [mention, tag], "attachment": [picture(&shared), picture(&file)] })
        })
    }

    fn deleted(&self) -> Vec<Value> {
        self.versions(&self.bob, "2", 2, &["soon gone", "nearly gone"], |_| json!({}))
    }

    /// Ends as it began.
    fn fickle(&self) -> Vec<Value> {
        self.versions(&self.bob, "3", 3, &["yes", "no", "yes"], |_| json!({}))
    }

    fn pinned(&self) -> Vec<Value> {
        self.versions(&self.bob, "4", 4, &["on top"], |_| json!({}))
    }

    fn poll(&self) -> Vec<Value> {
        self.versions(&self.bob, "5", 5, &["which?", "which?", "which?"], |number| question(&["yes", "no"], number))
    }

    /// Asks something else in the end.
    fn other_poll(&self) -> Vec<Value> {
        self.versions(&self.carol, "6", 6, &["what?", "what?", "what then?"], |number| {
            question(if number < 2 { &["a", "b"] } else { &["a", "b", "c"] }, number)
        })
    }

    /// An answer of carol's to a note of bob's.
    fn answer(&self, name: &str, to: &str) -> Vec<Value> {
        let parent = format!("{}/notes/{to}", self.bob.uri);
        let second = 10 + u32::from(name == "2");
        self.versions(&self.carol, name, second, &["well", "well, well"], |_| json!({ "inReplyTo": parent }))
    }

    fn vote(&self, actor: &Actor, option: &str) -> Value {
        json!({
            "id": format!("{}/votes/{option}", actor.uri), "type": "Note", "attributedTo": actor.uri, "name": option,
            "inReplyTo": self.own[1], "to": [self.alice_uri],
        })
    }

    /// Does something, takes it back, and does it again by another activity.
    fn on_and_off(&self, actor: &Actor, kind: &str, object: &str) -> Vec<Sent> {
        let on = |label: &str| {
            let mut on = self.activity(actor, kind, label, object);
            on["published"] = json!(format!("2024-01-02T04:00:0{label}Z"));
            on
        };
        let off = self.activity(actor, "Undo", &format!("{kind}/1"), on("1"));
        [on("1"), off, on("2")].map(|activity| (actor.clone(), activity)).to_vec()
    }

    fn likes(&self) -> Vec<Sent> {
        self.on_and_off(&self.bob, "Like", &self.own[0])
    }

    fn boosts(&self) -> Vec<Sent> {
        self.on_and_off(&self.carol, "Announce", &format!("{}/notes/1", self.bob.uri))
    }

    fn boost_of_ours(&self) -> Vec<Sent> {
        self.on_and_off(&self.gus, "Announce", &self.own[0])
    }

    fn boost_of_deleted(&self) -> Vec<Sent> {
        vec![(self.carol.clone(), self.activity(&self.carol, "Announce", "1", format!("{}/notes/2", self.bob.uri)))]
    }

    fn profile(&self) -> Vec<Sent> {
        let update = |name: &str| {
            let mut document = self.gus.document.clone();
            document["name"] = json!(name);
            (self.gus.clone(), self.activity(&self.gus, "Update", name, document))
        };
        vec![update("Gus"), update("Gustav")]
    }

    fn pins(&self) -> Vec<Sent> {
        let pins = |kind: &str, label: &str| {
            let mut pins = self.activity(&self.bob, kind, label, format!("{}/notes/4", self.bob.uri));
            pins["target"] = json!(format!("{}/featured", self.bob.uri));
            (self.bob.clone(), pins)
        };
        vec![pins("Add", "1"), pins("Remove", "1"), pins("Add", "2")]
    }

    fn followed(&self) -> Vec<Sent> {
        self.on_and_off(&self.gus, "Follow", &self.alice_uri)
    }

    fn reports(&self) -> Vec<Sent> {
        let mut flag = self.activity(&self.carol, "Flag", "1", json!([self.alice_uri, self.own[0]]));
        flag["content"] = json!(format!("rude {}", self.tag));
        vec![(self.carol.clone(), flag)]
    }

    /// One lets alice in, one does not, and one lets her in and blocks her.
    fn answers_to_requests(&self) -> Vec<Vec<Sent>> {
        let answer = |actor: &Actor, kind: &str| {
            let follow = json!({ "type": "Follow", "actor": self.alice_uri, "object": actor.uri });
            (actor.clone(), self.activity(actor, kind, "1", follow))
        };
        let [(dan, _), (eve, _), (fay, _)] = &self.asked[..] else { panic!("three were asked") };
        let blocks = self.on_and_off(fay, "Block", &self.alice_uri);
        let blocked = [vec![answer(fay, "Accept")], blocks].concat();
        vec![vec![answer(dan, "Accept")], vec![answer(eve, "Reject")], blocked]
    }
}

fn question(options: &[&str], votes: usize) -> Value {
    let option = |name: &&str| json!({ "type": "Note", "name": name, "replies": { "totalItems": votes } });
    let options: Vec<_> = options.iter().map(option).collect();
    json!({ "type": "Question", "endTime": "2999-01-01T00:00:00Z", "oneOf": options, "votersCount": 2 * votes })
}

/// What must be in the end: that the worlds are alike says little if nothing happened in any.
pub fn assert_as_told(dump: &Dump) {
    let has = |table: &str, parts: &[&str]| {
        let rows = dump.rows(table);
        let found = rows.iter().any(|row| parts.iter().all(|part| row.contains(part)));
        assert!(found, "no row of {table} has {parts:?}: {rows:#?}");
    };
    has("statuses", &["bob_W/notes/1\"", "<p>three W</p>", "\"reblogs_count\":1", "\"replies_count\":1"]);
    has("statuses", &["bob_W/notes/3\"", "<p>yes W</p>", "2024-01-02T05:00:02"]);
    has("statuses", &["\"mine W\"", "\"favourites_count\":1", "\"reblogs_count\":1"]);
    has("polls", &["bob_W/notes/5", "\"tallies\":[2,2]"]);
    has("polls", &["carol_W/notes/6", "\"tallies\":[2,2,2]"]);
    has("polls", &["which W?", "\"tallies\":[2,0,1]"]);
    has("follows", &["\"account_id\":alice_W", "dan_W"]);
    has("follows", &["gus_W", "\"target_id\":alice_W"]);
    has("blocks", &["fay_W"]);
    has("pins", &["bob_W/notes/4"]);
    has("reports", &["rude W"]);
    has("accounts", &["Gustav"]);
    for table in ["statuses", "home"] {
        assert!(!dump.rows(table).iter().any(|row| row.contains("gone")), "{table}");
    }
}
