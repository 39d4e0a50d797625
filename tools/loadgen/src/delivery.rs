//! One post to many hosts, of which some are dead or slow: how long until all the others have it, beside as many signed
//! POSTs of the same bytes to the same hosts by a client that does nothing else.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use axum::body::Bytes;
use axum::http::header::ACCEPT;
use chronodon_domain::limits::DELIVERIES_MAX;
use chronodon_events::account::{AccountDiscovered, AccountEvent};
use chronodon_events::relationship::{FollowCreated, RelationshipEvent};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use reqwest::{Client, redirect};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::time::timeout;
use uuid::Uuid;

use crate::Options;
use crate::driver::client;
use crate::peers::{Hosts, Peers};
use crate::report::Report;
use crate::seed::{self, First, Seed};
use crate::server::Server;
use crate::world::{Size, World, account_id, text};

/// The one who posts.
const AUTHOR: usize = 0;
/// The first account of another host, among all.
const FIRST_FOLLOWER: usize = 1_000;
/// How long all the healthy hosts may take.
const PATIENCE: Duration = Duration::from_secs(300);
/// What the server's own client is set to: idle connections to one host, and for how long.
const IDLE_PER_HOST_MAX: usize = 4;
const IDLE: Duration = Duration::from_secs(60);

pub(crate) async fn run(options: &Options, report: &mut Report) -> anyhow::Result<()> {
    raise_open_files()?;
    let mut peers = Peers::mixed(hosts(options.size)).await?;
    let data = seed::place(options, "delivery")?;
    let seed = Seed::open(&options.server, &data).await?;
    seed.append(std::iter::once(seed.registered(AUTHOR))).await?;
    let all = 0..hosts(options.size);
    seed.append(all.clone().map(|host| discovered(&seed, &peers.hosts, host))).await?;
    seed.append(all.map(|host| followed(&seed, &peers.hosts, host))).await?;
    seed.close(1).await?;
    let server = Server::start(&options.server, &data).await?;
    let (api, bare) = (client()?, bare_client()?);
    show_author(&api, &server).await?;
    for _ in 0..options.rounds {
        let before = server.cpu();
        let (delivered_in, body) = deliver(&api, &server, &mut peers).await?;
        let after = server.cpu();
        let bare_in = post_bare(&bare, &mut peers, body).await?;
        let hosts = peers.hosts.well().count() as f64;
        let (delivered, limit) = (delivered_in.as_secs_f64(), bare_in.as_secs_f64());
        report.add("healthy hosts", "", hosts);
        report.add("all of them have the post after", "s", delivered);
        report.add("bare signed POSTs, the same bytes", "s", limit);
        report.add("of the bare POSTs", "", delivered / limit);
        report.add("deliveries a second", "1/s", hosts / delivered);
        report.add("CPU of the server, each", "ms", (after.server - before.server) / hosts);
        report.add("CPU of PostgreSQL, each", "ms", (after.postgres - before.postgres) / hosts);
    }
    server.stop().await?;
    Ok(std::fs::remove_dir_all(data)?)
}

const fn hosts(size: Size) -> usize {
    match size {
        Size::Tiny => 20,
        Size::Medium => 1_000,
        Size::Full => 3_500,
    }
}

/// The account of a host is known.
fn discovered(seed: &Seed, hosts: &Hosts, host: usize) -> First {
    let (account_id, actor) = (account_id(FIRST_FOLLOWER + host), hosts.described(host));
    let stream = seed.names.account(&actor.uri);
    (stream, account_id, vec![AccountEvent::Discovered(AccountDiscovered { account_id, actor }).into()])
}

/// It follows the author.
fn followed(seed: &Seed, hosts: &Hosts, host: usize) -> First {
    let (follower, author) = (account_id(FIRST_FOLLOWER + host), account_id(AUTHOR));
    let event = FollowCreated {
        account_id: follower,
        target_id: author,
        reblogs: true,
        notify: false,
        languages: Vec::new(),
        requested: false,
        account_local: false,
        target_local: true,
        uri: Some(format!("{}#follows/1", hosts.actor(host))),
    };
    (seed.names.relationship(follower, author), follower, vec![RelationshipEvent::FollowCreated(event).into()])
}

/// Who looks at the author's document has the author's key made: that is not what is measured.
async fn show_author(client: &Client, server: &Server) -> anyhow::Result<()> {
    let url = format!("{}/users/{}", server.base, World::username(AUTHOR));
    let answer = client.get(url).header(ACCEPT, "application/activity+json").send().await?.error_for_status()?;
    let document = answer.text().await?;
    ensure!(document.contains("publicKeyPem"), "the author's document shows no key");
    Ok(())
}

/// From the sending of a post until all healthy hosts have it; and what they have.
async fn deliver(client: &Client, server: &Server, peers: &mut Peers) -> anyhow::Result<(Duration, Bytes)> {
    let mark = format!("x{}", Uuid::from_u128(rand::random()).simple());
    let status = format!("{} {mark}", text(0));
    let post = client.post(format!("{}/api/v1/statuses", server.base)).bearer_auth(World::token(AUTHOR));
    let begun = Instant::now();
    post.form(&[("status", &status)]).send().await?.error_for_status()?;
    let body = arrive(peers, |body| body.windows(mark.len()).any(|window| window == mark.as_bytes())).await?;
    Ok((begun.elapsed(), body))
}

/// From the first bare POST until all healthy hosts have theirs, with as many on the way as the server lets.
async fn post_bare(client: &Client, peers: &mut Peers, body: Bytes) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    let one = |host: usize| {
        let (client, hosts, body) = (client.clone(), peers.hosts.clone(), body.clone());
        // A task of its own, so that all processors sign.
        let sent = tokio::spawn(async move {
            let url = hosts.shared_inbox(host)?;
            let signed = hosts.sign(host, &url, body)?;
            signed.to(&client, url.as_str()).send().await?.error_for_status()?.bytes().await?;
            anyhow::Ok(())
        });
        async { sent.await? }
    };
    stream::iter(peers.hosts.well().map(one)).buffer_unordered(DELIVERIES_MAX).try_collect::<()>().await?;
    let taken = begun.elapsed();
    arrive(peers, |arrived| *arrived == body).await?;
    Ok(taken)
}

/// Waits until each healthy host has something of the kind, and returns what the last one got.
async fn arrive(peers: &mut Peers, is_it: impl Fn(&Bytes) -> bool) -> anyhow::Result<Bytes> {
    let begun = Instant::now();
    let mut missing: BTreeSet<_> = peers.hosts.well().collect();
    loop {
        let left = PATIENCE.saturating_sub(begun.elapsed());
        let arrival = timeout(left, peers.arrival()).await;
        let arrival = arrival.with_context(|| format!("{} hosts have not got it", missing.len()))??;
        if is_it(&arrival.body) && missing.remove(&arrival.host) && missing.is_empty() {
            return Ok(arrival.body);
        }
    }
}

/// As the server's own.
fn bare_client() -> anyhow::Result<Client> {
    let client = Client::builder().redirect(redirect::Policy::none()).no_proxy().referer(false);
    Ok(client.pool_max_idle_per_host(IDLE_PER_HOST_MAX).pool_idle_timeout(IDLE).build()?)
}

/// A connection is a file, and there are many, here and in the server, which inherits this.
fn raise_open_files() -> anyhow::Result<()> {
    let maximum = getrlimit(Resource::Nofile).maximum;
    Ok(setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?)
}
