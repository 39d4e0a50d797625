//! Three servers of our own with names and certificates, and what tests say about them.

use std::time::{Duration, Instant};

use chronodon::config::Config;
use serde_json::{Value, json};

use crate::support::tls::{Authority, Front};
use crate::support::{Person, TestServer, id};

/// How long what was sent may take to be seen.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// Three servers that trust one authority.
pub struct Trio {
    pub one: TestServer,
    pub two: TestServer,
    pub three: TestServer,
    pub fronts: [Front; 3],
    _authority: Authority,
}

impl Trio {
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// The same, when `change` has changed the configuration of each.
    pub async fn start_with(change: impl Fn(&mut Config)) -> Self {
        let authority = Authority::new();
        let fronts = [
            authority.front("one.localhost").await,
            authority.front("two.localhost").await,
            authority.front("three.localhost").await,
        ];
        let [a, b, c] = &fronts;
        let (one, two, three) = tokio::join!(
            TestServer::start_with(|config| {
                a.stands_before(config);
                change(config);
            }),
            TestServer::start_with(|config| {
                b.stands_before(config);
                change(config);
            }),
            TestServer::start_with(|config| {
                c.stands_before(config);
                change(config);
            }),
        );
        Self { one, two, three, fronts, _authority: authority }
    }

    /// Proves that the read models of each are what its log says.
    pub async fn finish(self) {
        for server in [self.one, self.two, self.three] {
            server.finish().await;
        }
    }
}

/// `@name@domain`, as others write it.
pub fn handle(server: &TestServer, name: &str) -> String {
    format!("@{name}@{}", server.app.domain)
}

/// The account of another server, found by its handle.
pub async fn finds(person: &Person, handle: &str) -> Value {
    let path = format!("/api/v2/search?resolve=true&type=accounts&q={}", encoded(handle));
    person.get(&path).await["accounts"][0].clone()
}

/// The status of another server, found by its address.
pub async fn finds_status(person: &Person, url: &str) -> Value {
    let path = format!("/api/v2/search?resolve=true&type=statuses&q={}", encoded(url));
    person.get(&path).await["statuses"][0].clone()
}

/// Finds, follows, and waits until the other server has let them in.
pub async fn follows(person: &Person, handle: &str) -> Value {
    let account = finds(person, handle).await;
    assert!(account["id"].is_string(), "{handle} is found");
    person.post(&format!("/api/v1/accounts/{}/follow", id(&account)), json!({})).await;
    let path = format!("/api/v1/accounts/relationships?id={}", id(&account));
    eventually("the follow is accepted", async || person.get(&path).await[0]["following"] == true).await;
    account
}

/// The status on the person's home timeline whose content holds `text`.
pub async fn reads(person: &Person, text: &str) -> Value {
    sees(person, "/api/v1/timelines/home", text).await
}

/// The status in a list of statuses whose content holds `text`.
pub async fn sees(person: &Person, path: &str, text: &str) -> Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let page = person.get(path).await;
        if let Some(found) = page.as_array().unwrap().iter().find(|status| holds(status, text)) {
            return found.clone();
        }
        assert!(Instant::now() < deadline, "{text:?} in {path}: {page:#}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// How many statuses of a list hold `text`.
pub async fn count(person: &Person, path: &str, text: &str) -> usize {
    person.get(path).await.as_array().unwrap().iter().filter(|status| holds(status, text)).count()
}

/// The person's first notification of a kind.
pub async fn hears(person: &Person, kind: &str) -> Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let page = person.get(&format!("/api/v1/notifications?types[]={kind}")).await;
        if let Some(found) = page.as_array().unwrap().first() {
            return found.clone();
        }
        assert!(Instant::now() < deadline, "a notification of {kind}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Waits until `holds`, or fails saying what did not.
pub async fn eventually(what: &str, holds: impl AsyncFn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds().await {
        assert!(Instant::now() < deadline, "{what}, within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn holds(status: &Value, text: &str) -> bool {
    status["content"].as_str().is_some_and(|content| content.contains(text))
        || status["reblog"]["content"].as_str().is_some_and(|content| content.contains(text))
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
