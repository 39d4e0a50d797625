//! Home timelines that posts reach in a second: posts over HTTP by authors of all sizes, until they are on the timelines
//! of followers who were here lately.

use std::sync::Mutex;
use std::time::Instant;

use anyhow::{Context, ensure};
use futures::future::try_join_all;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use reqwest::Client;
use serde_json::Value;

use crate::Options;
use crate::driver::client;
use crate::report::Report;
use crate::server::Server;
use crate::world::{World, text};

const CONNECTIONS: usize = 32;
/// Followers whose timelines are looked at.
const LOOKED_AT: usize = 100;
/// Statuses at the head of a timeline that are looked at.
const HEAD: usize = 40;

pub(crate) async fn run(options: &Options, world: &World, report: &mut Report) -> anyhow::Result<()> {
    let server = Server::start(&options.server, &world.data).await?;
    let client = client()?;
    let accounts = world.numbers.accounts;
    // Everybody was here lately.
    stream::iter((0..accounts).map(|account| home(&client, &server, account)))
        .buffer_unordered(CONNECTIONS)
        .try_for_each(|_| async { Ok(()) })
        .await?;
    for round in 0..options.rounds {
        let begun = Instant::now();
        let posted = Mutex::new(Vec::new());
        let one = |connection: usize| {
            let (client, server, posted) = (&client, &server, &posted);
            async move {
                let mut number = round + connection;
                while begun.elapsed().as_secs_f64() < options.seconds {
                    let author = number * 7_919 % accounts;
                    let id = post(client, server, author, number).await?;
                    posted.lock().map_err(|_| anyhow::anyhow!("a connection panicked"))?.push((author, id));
                    number += CONNECTIONS;
                }
                anyhow::Ok(())
            }
        };
        try_join_all((0..CONNECTIONS).map(one)).await?;
        let posted = posted.into_inner()?;
        let looks = look(&client, &server, world, &posted).await?;
        let seconds = begun.elapsed().as_secs_f64();
        let deliveries: usize = posted.iter().map(|(author, _)| world.followers[*author].len()).sum();
        report.add("posts a second", "1/s", posted.len() as f64 / seconds);
        report.add("followers of a post", "", deliveries as f64 / posted.len() as f64);
        report.add("timeline deliveries a second", "1/s", deliveries as f64 / seconds);
        report.add("timelines looked at, all as they should be", "", looks as f64);
    }
    server.stop().await
}

/// The newest statuses are on their followers' timelines.
async fn look(client: &Client, server: &Server, world: &World, posted: &[(usize, String)]) -> anyhow::Result<usize> {
    let mut looks = 0;
    for (author, id) in posted.iter().rev().take(HEAD / 2) {
        let muted = |reader: &usize| world.readers().any(|one| one == *reader);
        let followers = world.followers[*author].iter().filter(|reader| !muted(reader));
        for follower in followers.take(LOOKED_AT / (HEAD / 2)) {
            let seen = home(client, server, *follower).await?;
            let statuses = seen.as_array().context("a timeline is a list")?;
            let newest = statuses.iter().any(|status| status["id"].as_str() == Some(id));
            let older =
                statuses.last().and_then(|status| status["id"].as_str()).is_some_and(|oldest| oldest > id.as_str());
            ensure!(newest || older, "{id} by {author} is not on the timeline of {follower}");
            looks += 1;
        }
    }
    Ok(looks)
}

async fn post(client: &Client, server: &Server, author: usize, number: usize) -> anyhow::Result<String> {
    let request = client.post(format!("{}/api/v1/statuses", server.base)).bearer_auth(World::token(author));
    let status: Value = request.form(&[("status", text(number))]).send().await?.error_for_status()?.json().await?;
    Ok(status["id"].as_str().context("a status has an id")?.to_owned())
}

async fn home(client: &Client, server: &Server, account: usize) -> anyhow::Result<Value> {
    let url = format!("{}/api/v1/timelines/home?limit={HEAD}", server.base);
    Ok(client.get(url).bearer_auth(World::token(account)).send().await?.error_for_status()?.json().await?)
}
