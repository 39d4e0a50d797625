//! Statuses found by their words, beside PostgreSQL's own index over the same texts.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::bail;
use chronodon::database::Database;
use reqwest::{Client, RequestBuilder};
use serde_json::Value;
use tokio_postgres::NoTls;
use uuid::Uuid;

use crate::Options;
use crate::driver::{client, closed};
use crate::report::Report;
use crate::server::Server;
use crate::stats::{ms, percentile};
use crate::world::{World, word};

/// Words that are looked for: neither the most frequent nor the rarest.
const FIRST_RANK: u64 = 20;
const RANKS: u64 = 2_000;
const FOUND: i64 = 20;
/// How long a new status may take to be found by others, and the index of a first start to be made.
const PATIENCE: Duration = Duration::from_secs(1_800);

pub(crate) async fn run(options: &Options, world: &World, report: &mut Report) -> anyhow::Result<()> {
    let readers: Vec<_> = world.readers().collect();
    let server = Server::start(&options.server, &world.data).await?;
    let client = client()?;
    // The log's end is in the index when the newest status is found.
    let began = post_and_find(&client, &server, readers[0], readers[0]).await?;
    report.add("index of a first start, or what was new, made within", "ms", began);
    report.add("index", "MiB", size(&world.data.join("search"))? as f64 / 1024.0 / 1024.0);
    let (database, bare) = bare(world).await?;
    for _ in 0..options.rounds {
        let search = |number: usize| {
            let rank = FIRST_RANK + (number as u64 * 37) % RANKS;
            ask(&client, &server, readers[number % readers.len()], &word(rank))
        };
        let one = closed(&server, 2, options.seconds, search).await?;
        report.add("half found within", "ms", one.within(50.0));
        report.add("99 % found within", "ms", one.within(99.0));
        let mut latencies = Vec::new();
        let begun = Instant::now();
        for number in 0.. {
            if begun.elapsed().as_secs_f64() > options.seconds {
                break;
            }
            let rank = FIRST_RANK + (number * 37) % RANKS;
            let begun = Instant::now();
            let sql = "SELECT id FROM public.texts WHERE words @@ to_tsquery('simple', $1) ORDER BY id DESC LIMIT $2";
            bare.query(sql, &[&word(rank), &FOUND]).await?;
            latencies.push(ms(begun.elapsed()));
        }
        report.add("PostgreSQL's index: half within", "ms", percentile(&latencies, 50.0));
        report.add("PostgreSQL's index: 99 % within", "ms", percentile(&latencies, 99.0));
        let own = post_and_find(&client, &server, readers[0], readers[0]).await?;
        report.add("own status found after", "ms", own);
        let others = post_and_find(&client, &server, readers[0], readers[1]).await?;
        report.add("somebody else's status found after", "ms", others);
    }
    let bytes: i64 = bare.query_one("SELECT pg_relation_size('public.texts_words')", &[]).await?.get(0);
    report.add("PostgreSQL's index", "MiB", bytes as f64 / 1024.0 / 1024.0);
    bare.batch_execute("DROP TABLE public.texts").await?;
    drop(bare);
    database.close().await?;
    server.stop().await
}

fn ask(client: &Client, server: &Server, reader: usize, words: &str) -> RequestBuilder {
    let url = format!("{}/api/v2/search?type=statuses&limit={FOUND}&q={words}", server.base);
    client.get(url).bearer_auth(World::token(reader))
}

/// Milliseconds from the answer to a post until it is found.
async fn post_and_find(client: &Client, server: &Server, author: usize, seeker: usize) -> anyhow::Result<f64> {
    let words = format!("x{}", Uuid::from_u128(rand::random()).simple());
    let url = format!("{}/api/v1/statuses", server.base);
    let posted = client.post(url).bearer_auth(World::token(author)).form(&[("status", &words)]).send().await?;
    posted.error_for_status()?;
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let found: Value = ask(client, server, seeker, &words).send().await?.error_for_status()?.json().await?;
        if found["statuses"].as_array().is_some_and(|statuses| !statuses.is_empty()) {
            return Ok(ms(begun.elapsed()));
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    bail!("a status was not found")
}

/// The texts that the server has, under PostgreSQL's own index.
async fn bare(world: &World) -> anyhow::Result<(Database, tokio_postgres::Client)> {
    let database = Database::open(&world.config()).await?;
    let (client, connection) = database.config().connect(NoTls).await?;
    tokio::spawn(connection);
    let slot: String =
        client.query_one("SELECT active FROM projections.slots WHERE group_name = 'core'", &[]).await?.get(0);
    let sql = format!(
        "DROP TABLE IF EXISTS public.texts;
         CREATE TABLE public.texts AS SELECT id, to_tsvector('simple', text) AS words FROM {slot}.statuses;
         CREATE INDEX texts_words ON public.texts USING gin (words);
         ANALYZE public.texts"
    );
    client.batch_execute(&sql).await?;
    Ok((database, client))
}

/// Bytes of the files in a directory and below it.
fn size(directory: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let found = entry.metadata()?;
        bytes += if found.is_dir() { size(&entry.path())? } else { found.len() };
    }
    Ok(bytes)
}
