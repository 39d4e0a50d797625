//! Home timelines of accounts that follow 2,000 others and mute some, beside a bare route that answers the same bytes.

use std::fs;
use std::time::Instant;

use crate::Options;
use crate::driver::{client, closed, open};
use crate::report::Report;
use crate::server::Server;
use crate::stats::{ms, percentile};
use crate::world::World;

const CONNECTIONS: usize = 32;
/// Requests a second, when the question is how long one takes.
const STEADY: f64 = 500.0;

pub(crate) async fn run(options: &Options, world: &World, report: &mut Report) -> anyhow::Result<()> {
    let readers: Vec<_> = world.readers().collect();
    let server = Server::start(&options.server, &world.data).await?;
    let client = client()?;
    let read = |limit: usize| {
        let (client, readers) = (client.clone(), readers.clone());
        let url = format!("{}/api/v1/timelines/home?limit={limit}", server.base);
        move |number: usize| client.get(&url).bearer_auth(World::token(readers[number % readers.len()]))
    };
    // Nobody was here lately: the first look of each is a query over all whom they follow.
    let mut first_looks = Vec::new();
    for number in 0..readers.len() {
        let begun = Instant::now();
        read(40)(number).send().await?.error_for_status()?.bytes().await?;
        first_looks.push(ms(begun.elapsed()));
    }
    report.add("first look: half within", "ms", percentile(&first_looks, 50.0));
    report.add("first look: 99 % within", "ms", percentile(&first_looks, 99.0));
    for limit in [20, 40] {
        let bytes = options.out.join("home.bytes");
        fs::write(&bytes, read(limit)(0).send().await?.bytes().await?)?;
        let bare = Server::bare(&bytes).await?;
        let bare_url = format!("{}/", bare.base);
        for _ in 0..options.rounds {
            let limit_of = closed(&bare, CONNECTIONS, options.seconds, |_| client.get(&bare_url)).await?;
            let round = closed(&server, CONNECTIONS, options.seconds, read(limit)).await?;
            let steady = open(&server, STEADY, options.seconds, read(limit)).await?;
            let (cpu, postgres) = round.cpu_each();
            let mut add = |figure: &str, unit, value| report.add(format!("{limit} statuses: {figure}"), unit, value);
            add("timelines a second", "1/s", round.rate());
            add("bare route, the same bytes", "1/s", limit_of.rate());
            add("of the bare route", "", round.rate() / limit_of.rate());
            add("CPU of the server", "ms", cpu);
            add("CPU of PostgreSQL", "ms", postgres);
            add("CPU in all", "ms", cpu + postgres);
            add("bare route: CPU", "ms", limit_of.cpu_each().0);
            add("half within, at 500 a second", "ms", steady.within(50.0));
            add("99 % within, at 500 a second", "ms", steady.within(99.0));
        }
        bare.stop().await?;
    }
    server.stop().await
}
