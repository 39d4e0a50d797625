//! Posts of followed accounts elsewhere, signed, over many connections: how many are accepted in a second, and how many
//! visible, beside what the machine can verify and what the log can take.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::http::header::HOST;
use chronodon::clock;
use chronodon::database::Database;
use futures::future::try_join_all;
use reqwest::{Client, Url};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};
use tokio_postgres::NoTls;

use crate::Options;
use crate::append::Appender;
use crate::driver::client;
use crate::peers::{Hosts, Peers, Signed};
use crate::report::Report;
use crate::seed::{self, Seed};
use crate::server::Server;
use crate::world::{self, DOMAIN, Size, World, text};

/// Accounts elsewhere.
const ACTORS: usize = 50;
/// Those of them that are asked for at once, of 40 that may be.
const PAGE: usize = 25;
/// The one who follows them.
const READER: usize = 0;
/// Requests on the way at once.
const IN_FLIGHT: usize = 64;
/// What is signed in a request is about so long.
const SIGNED_BYTES: usize = 250;
/// Statuses at the head of a timeline that are looked at.
const HEAD: usize = 40;
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(10);
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// What drives the server.
struct Bench {
    server: Server,
    client: Client,
    peers: Peers,
    /// The accounts' ids at the server.
    ids: Vec<String>,
    /// Activities so far.
    sent: usize,
}

pub(crate) async fn run(options: &Options, report: &mut Report) -> anyhow::Result<()> {
    let peers = Peers::healthy(ACTORS).await?;
    let data = seed::place(options, "inbox")?;
    let seed = Seed::open(&options.server, &data).await?;
    seed.append(std::iter::once(seed.registered(READER))).await?;
    seed.close(1).await?;
    let server = Server::start(&options.server, &data).await?;
    let database = Database::open(&world::config(&data)).await?;
    let (log, connection) = database.config().connect(NoTls).await?;
    tokio::spawn(connection);
    let position = async || anyhow::Ok(log.query_one("SELECT position FROM log.head", &[]).await?.get::<_, i64>(0));
    let appender = Appender::open(options).await?;
    let mut bench = Bench { server, client: client()?, peers, ids: Vec::new(), sent: 0 };
    bench.follow_all().await?;
    // Each actor has been heard before the clock starts.
    bench.round(ACTORS).await?;
    for _ in 0..options.rounds {
        let appends = appender.rate(IN_FLIGHT, options.seconds).await?;
        let verifications = verifications(&bench.peers.hosts, options.seconds)?;
        let before = position().await?;
        let round = bench.round(activities(options.size)).await?;
        let events = (position().await? - before) as f64 / round.activities;
        report.add("accepted", "1/s", round.activities / round.accepted.as_secs_f64());
        report.add("accepted and visible", "1/s", round.visible_rate());
        report.add("told to come again", "", round.refused as f64);
        report.add("events of an activity", "", events);
        report.add("CPU of the server", "ms", round.server_ms / round.activities);
        report.add("CPU of PostgreSQL", "ms", round.postgres_ms / round.activities);
        report.add("CPU in all", "ms", (round.server_ms + round.postgres_ms) / round.activities);
        report.add("bare verifications, on all processors", "1/s", verifications);
        report.add("of the bare verifications", "", round.visible_rate() / verifications);
        report.add("the log's own rate", "1/s", appends);
        report.add("of the log's own rate, for as many events", "", round.visible_rate() * events / appends);
    }
    drop(log);
    database.close().await?;
    appender.close().await?;
    bench.server.stop().await?;
    Ok(std::fs::remove_dir_all(data)?)
}

const fn activities(size: Size) -> usize {
    match size {
        Size::Tiny => 200,
        Size::Medium => 10_000,
        Size::Full => 25_000,
    }
}

/// What became of so many activities.
struct Round {
    activities: f64,
    accepted: Duration,
    visible: Duration,
    refused: usize,
    server_ms: f64,
    postgres_ms: f64,
}

impl Round {
    fn visible_rate(&self) -> f64 {
        self.activities / self.visible.as_secs_f64()
    }
}

impl Bench {
    /// The reader finds every account by its handle and follows it, and every account accepts.
    async fn follow_all(&mut self) -> anyhow::Result<()> {
        for host in 0..ACTORS {
            let found = self
                .get(&format!("/api/v2/search?type=accounts&resolve=true&q=@{}", self.peers.hosts.handle(host)))
                .await?;
            let id = found["accounts"][0]["id"].as_str().context("an account was not found")?;
            let follow = self.client.post(format!("{}/api/v1/accounts/{id}/follow", self.server.base));
            follow.bearer_auth(World::token(READER)).send().await?.error_for_status()?;
            self.ids.push(id.to_owned());
        }
        for number in 0..ACTORS {
            let arrival = timeout(PATIENCE, self.peers.arrival()).await;
            let arrival = arrival.with_context(|| format!("{number} of {ACTORS} follows arrived"))??;
            let actor = self.peers.hosts.actor(arrival.host);
            let follow: Value = serde_json::from_slice(&arrival.body)?;
            ensure!(follow["type"] == "Follow" && follow["object"] == actor.as_str(), "{follow} is no follow");
            let accept = json!({
                "@context": "https://www.w3.org/ns/activitystreams",
                "id": format!("{actor}#accepts/1"),
                "type": "Accept",
                "actor": actor,
                "object": follow,
            });
            self.send(&self.peers.hosts.sign(arrival.host, &inbox()?, accept.to_string().into())?).await?;
        }
        let followed = |all: &Value| all.as_array().is_some_and(|all| all.iter().all(|one| one["following"] == true));
        self.until(&format!("/api/v1/accounts/relationships?{}", query(&self.ids)), followed).await
    }

    /// So many activities, made before the clock starts.
    async fn round(&mut self, many: usize) -> anyhow::Result<Round> {
        let url = inbox()?;
        let numbers = self.sent..self.sent + many;
        let made = |number: usize| self.peers.hosts.sign(number % ACTORS, &url, create(&self.peers.hosts, number));
        let requests = numbers.map(made).collect::<Result<Vec<_>, _>>()?;
        self.sent += many;
        let (next, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let before = self.server.cpu();
        let begun = Instant::now();
        let one = || async {
            while let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
                refused.fetch_add(self.send(request).await?, Ordering::Relaxed);
            }
            anyhow::Ok(())
        };
        try_join_all((0..IN_FLIGHT).map(|_| one())).await?;
        let accepted = begun.elapsed();
        for page in 0..ACTORS / PAGE {
            let actors = page * PAGE..(page + 1) * PAGE;
            // Each posts in turn.
            let sent: usize = actors.clone().map(|actor| (self.sent + ACTORS - 1 - actor) / ACTORS).sum();
            let path = format!("/api/v1/accounts?{}", query(&self.ids[actors]));
            self.until(&path, |accounts| posted(accounts) == sent as u64).await?;
        }
        let visible = begun.elapsed();
        let after = self.server.cpu();
        self.look(many).await?;
        Ok(Round {
            activities: many as f64,
            accepted,
            visible,
            refused: refused.into_inner(),
            server_ms: after.server - before.server,
            postgres_ms: after.postgres - before.postgres,
        })
    }

    /// Sends until it is accepted, and returns how often the server was too busy.
    async fn send(&self, signed: &Signed) -> anyhow::Result<usize> {
        let url = format!("{}/inbox", self.server.base);
        let begun = Instant::now();
        for refused in 0.. {
            let answer = signed.to(&self.client, &url).header(HOST, DOMAIN).send().await?;
            let status = answer.status();
            let text = answer.text().await?;
            if status.is_success() {
                return Ok(refused);
            }
            let busy = status == StatusCode::SERVICE_UNAVAILABLE && begun.elapsed() < PATIENCE;
            ensure!(busy, "{status}: {text}");
            sleep(PAUSE).await;
        }
        bail!("the server was too busy")
    }

    /// The reader's timeline is full of what the last round brought.
    async fn look(&self, many: usize) -> anyhow::Result<()> {
        let home = self.get(&format!("/api/v1/timelines/home?limit={HEAD}")).await?;
        let newest = home.as_array().map_or(&[][..], Vec::as_slice);
        ensure!(newest.len() == HEAD.min(many), "there are {} statuses on the timeline", newest.len());
        for status in newest {
            let author = status["account"]["id"].as_str();
            ensure!(self.ids.iter().any(|id| Some(&**id) == author), "{status} is by somebody else");
        }
        Ok(())
    }

    async fn until(&self, path: &str, good: impl Fn(&Value) -> bool) -> anyhow::Result<()> {
        let begun = Instant::now();
        loop {
            let found = self.get(path).await?;
            if good(&found) {
                return Ok(());
            }
            ensure!(begun.elapsed() < PATIENCE, "{path} is still {found}");
            sleep(PAUSE).await;
        }
    }

    async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let request = self.client.get(format!("{}{path}", self.server.base)).bearer_auth(World::token(READER));
        Ok(request.send().await?.error_for_status()?.json().await?)
    }
}

fn query(ids: &[String]) -> String {
    ids.iter().map(|id| format!("id[]={id}")).collect::<Vec<_>>().join("&")
}

/// Statuses that accounts show, together.
fn posted(accounts: &Value) -> u64 {
    accounts.as_array().into_iter().flatten().filter_map(|account| account["statuses_count"].as_u64()).sum()
}

/// As the server knows it, wherever it listens.
fn inbox() -> anyhow::Result<Url> {
    Ok(format!("http://{DOMAIN}/inbox").parse()?)
}

/// A public post, as other servers send them.
fn create(hosts: &Hosts, number: usize) -> Bytes {
    const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";
    let actor = hosts.actor(number % ACTORS);
    let (id, followers, published) =
        (format!("{actor}/statuses/{number}"), format!("{actor}/followers"), clock::now().to_string());
    let content = format!("<p>{}</p>", text(number));
    let activity = json!({
        "@context": ["https://www.w3.org/ns/activitystreams", {
            "ostatus": "http://ostatus.org#",
            "sensitive": "as:sensitive",
            "conversation": "ostatus:conversation",
        }],
        "id": format!("{id}/activity"),
        "type": "Create",
        "actor": actor,
        "published": published,
        "to": [PUBLIC],
        "cc": [followers],
        "object": {
            "id": id,
            "type": "Note",
            "summary": null,
            "inReplyTo": null,
            "published": published,
            "url": id,
            "attributedTo": actor,
            "to": [PUBLIC],
            "cc": [followers],
            "sensitive": false,
            "conversation": format!("{id}#conversation"),
            "content": content,
            "contentMap": { "en": content },
            "attachment": [],
            "tag": [],
        },
    });
    activity.to_string().into()
}

/// Signatures that all processors together verify in a second, when they do nothing else.
fn verifications(hosts: &Hosts, seconds: f64) -> anyhow::Result<f64> {
    let message = [b'x'; SIGNED_BYTES];
    let (key, signature) = hosts.sample(&message)?;
    ensure!(key.verifies(&message, &signature), "a signature is wrong");
    let verify = || {
        let begun = Instant::now();
        let mut verified = 0.0;
        while begun.elapsed().as_secs_f64() < seconds {
            std::hint::black_box(key.verifies(&message, &signature));
            verified += 1.0;
        }
        verified / begun.elapsed().as_secs_f64()
    };
    let processors = std::thread::available_parallelism()?.get();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..processors).map(|_| scope.spawn(verify)).collect();
        threads.into_iter().map(|thread| thread.join().map_err(|_| anyhow::anyhow!("a thread panicked"))).sum()
    })
}
