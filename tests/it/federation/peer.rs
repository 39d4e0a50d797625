//! Another implementation of ActivityPub as a process: `tests/peers/fedify`, told what to do over its control API.
//!
//! Knows nothing of Chronodon. What its people can do is listed in `tests/peers/fedify/verbs.js`.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::support::tls::Front;

/// A running peer; it ends with this value.
pub struct Peer {
    /// `http://127.0.0.1:PORT`, or what `--base` said.
    pub base: String,
    /// Where it listens, in plain http.
    pub address: SocketAddr,
    control: Control,
    _process: (Child, Lines<BufReader<ChildStdout>>),
}

/// Somebody who has an account there.
#[derive(Clone)]
pub struct PeerActor {
    pub name: String,
    /// The URI of the actor.
    pub url: String,
    control: Control,
}

#[derive(Clone)]
struct Control {
    url: String,
    http: reqwest::Client,
}

impl Peer {
    /// On a free port, over plain http.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Under the name of this front, over TLS. The peer trusts the front's authority.
    pub async fn start_behind(front: &Front) -> Self {
        let peer = Self::start_with(|command| {
            command.args(["--base", &front.base()]).env("NODE_EXTRA_CA_CERTS", front.root());
        })
        .await;
        front.leads_to(peer.address);
        peer
    }

    /// With arguments and variables for the process: see `main.js`.
    pub async fn start_with(change: impl FnOnce(&mut Command)) -> Self {
        let home = tokio::task::spawn_blocking(install).await.unwrap();
        let mut command = Command::new("node");
        command.arg("main.js").current_dir(home).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        change(&mut command);
        let mut process = command.spawn().expect("the peer of the federation tests needs node (Node.js 20 or newer)");
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let ready = tokio::time::timeout(Duration::from_secs(60), lines.next_line()).await;
        let ready = ready.expect("the peer starts within a minute").unwrap();
        let ready = ready.expect("the peer says where it listens; what it said instead stands above");
        let ready: Value = serde_json::from_str(&ready).unwrap();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, ready["port"].as_u64().unwrap().try_into().unwrap()));
        let control = Control { url: format!("http://{address}/control"), http: reqwest::Client::new() };
        let base = ready["base"].as_str().unwrap().to_owned();
        Self { base, address, control, _process: (process, lines) }
    }

    /// A new person who lets everybody follow.
    pub async fn actor(&self, name: &str) -> PeerActor {
        self.actor_with(json!({ "name": name })).await
    }

    /// A new actor: `name`, `kind` (Person, Service, Group, …), `manual` (does it ask before it accepts?), `relay` (does
    /// it announce what comes to its inbox?).
    pub async fn actor_with(&self, settings: Value) -> PeerActor {
        let state = self.control.post("actors", settings).await.unwrap();
        let text = |key: &str| state[key].as_str().unwrap().to_owned();
        PeerActor { name: text("name"), url: text("url"), control: self.control.clone() }
    }

    /// `secure`: asks for signed GETs. `refuse`: answers every POST to an inbox with that status, until told 0. `delay`:
    /// so many milliseconds late. `forward`: passes answers to its people's posts on to their followers.
    pub async fn set(&self, settings: Value) {
        self.control.post("settings", settings).await.unwrap();
    }

    /// Every activity received whose signature held, in order: `n`, `type`, `id`, `actor`, `object`, `target`, `inbox`
    /// (whose; null for the shared one), `json`.
    pub async fn log(&self) -> Vec<Value> {
        self.control.list("log").await
    }

    /// Every request of others: `method`, `path`, `headers`, `body`, and the `status` of the answer.
    pub async fn requests(&self) -> Vec<Value> {
        self.control.list("requests").await
    }

    /// The first activity of the log with these properties, waited for if need be: `("type", "Follow")`, `("object", …)`;
    /// `("after", n)` begins at that entry.
    pub async fn hears(&self, query: &[(&str, &str)]) -> Value {
        let heard = self.control.get("wait", query).await;
        heard.unwrap_or_else(|error| panic!("the peer did not hear of {query:?}: {error}"))
    }

    /// What is known of an object, the peer's or another's: `content`, `deleted`, `json`, and of its own `likes`,
    /// `boosts`, `replies` and `votes`. `unknown` is true for what it never heard of.
    pub async fn object(&self, url: &str) -> Value {
        self.control.get("objects", &[("url", url)]).await.unwrap()
    }
}

impl PeerActor {
    /// Does it and says what was sent (`activity`, `object`).
    pub async fn does(&self, verb: &str, what: Value) -> Value {
        let done = self.tries(verb, what).await;
        done.unwrap_or_else(|error| panic!("{} could not {verb}: {error}", self.name))
    }

    /// As [`Self::does`]; the error is the peer's own sentence.
    pub async fn tries(&self, verb: &str, what: Value) -> Result<Value, String> {
        self.control.post(&format!("actors/{}/{verb}", self.name), what).await
    }

    /// Posts HTML to everybody. Returns the URI of the note.
    pub async fn posts(&self, content: &str) -> String {
        let posted = self.does("post", json!({ "content": content })).await;
        posted["object"].as_str().unwrap().to_owned()
    }

    /// `followers`, `requests`, `following` (URI to whether it was accepted), `blocks`, `blocked_by`, `likes`, `boosts`.
    pub async fn state(&self) -> Value {
        self.control.get(&format!("actors/{}", self.name), &[]).await.unwrap()
    }
}

impl Control {
    async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, String> {
        answer(self.http.get(format!("{}/{path}", self.url)).query(query)).await
    }

    async fn list(&self, path: &str) -> Vec<Value> {
        self.get(path, &[]).await.unwrap().as_array().unwrap().clone()
    }

    async fn post(&self, path: &str, body: Value) -> Result<Value, String> {
        answer(self.http.post(format!("{}/{path}", self.url)).json(&body)).await
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Result<Value, String> {
    let response = request.send().await.expect("the peer still runs");
    let accepted = response.status().is_success();
    let answer: Value = response.json().await.unwrap();
    if accepted { Ok(answer) } else { Err(answer["error"].to_string()) }
}

/// Puts the peer and its packages into the target directory; tests that start together wait for the first of them.
fn install() -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/fedify");
    let peers = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("peers");
    let home = peers.join("fedify");
    fs::create_dir_all(&home).unwrap();
    let lock = File::create(peers.join("fedify.lock")).unwrap();
    lock.lock().unwrap();
    for entry in fs::read_dir(&source).unwrap() {
        let name = entry.unwrap().file_name();
        if source.join(&name).is_file() {
            copy_changed(&source.join(&name), &home.join(&name));
        }
    }
    let wanted = fs::read(source.join("package-lock.json")).unwrap();
    if fs::read(home.join("installed")).ok().as_ref() != Some(&wanted) {
        install_packages(&home);
        fs::write(home.join("installed"), &wanted).unwrap();
    }
    home
}

/// A file that others may be reading is not touched when it is the same.
fn copy_changed(from: &Path, to: &Path) {
    let text = fs::read(from).unwrap();
    if fs::read(to).ok().as_ref() != Some(&text) {
        fs::write(to, &text).unwrap();
    }
}

fn install_packages(home: &Path) {
    let mut command = std::process::Command::new("npm");
    command.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(home).stdin(Stdio::null());
    let output = command.output().expect("the peer of the federation tests needs npm (it comes with Node.js)");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "npm could not install the peer of the federation tests: {said}");
}
