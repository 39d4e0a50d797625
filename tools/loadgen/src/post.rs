//! Statuses posted over HTTP by authors with about 400 followers, each answered when it is durable and readable; beside
//! the log's own rate with as many commands at once.

use crate::Options;
use crate::append::Appender;
use crate::driver::{client, closed};
use crate::report::Report;
use crate::server::Server;
use crate::world::{World, text};

/// Connections.
const CONNECTIONS: [usize; 3] = [8, 32, 128];
const AUTHORS: usize = 64;
const FOLLOWERS: usize = 400;

pub(crate) async fn run(options: &Options, world: &World, report: &mut Report) -> anyhow::Result<()> {
    let authors = world.authors(AUTHORS, FOLLOWERS);
    let server = Server::start(&options.server, &world.data).await?;
    let appender = Appender::open(options).await?;
    let client = client()?;
    let url = format!("{}/api/v1/statuses", server.base);
    let post = |number: usize| {
        let token = World::token(authors[number % authors.len()]);
        client.post(&url).bearer_auth(token).form(&[("status", text(number))])
    };
    closed(&server, CONNECTIONS[0], 1.0, post).await?;
    for _ in 0..options.rounds {
        for connections in CONNECTIONS {
            let log = appender.rate(connections, options.seconds).await?;
            let round = closed(&server, connections, options.seconds, post).await?;
            let (cpu, postgres) = round.cpu_each();
            let mut add =
                |figure: &str, unit, value| report.add(format!("{connections} connections: {figure}"), unit, value);
            add("posts a second", "1/s", round.rate());
            add("half within", "ms", round.within(50.0));
            add("99 % within", "ms", round.within(99.0));
            add("CPU of the server", "ms", cpu);
            add("CPU of PostgreSQL", "ms", postgres);
            add("CPU in all", "ms", cpu + postgres);
            add("of the log's own rate", "", round.rate() / log);
        }
    }
    appender.close().await?;
    server.stop().await
}
