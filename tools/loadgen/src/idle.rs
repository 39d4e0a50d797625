//! Memory of the server at rest over all this data, search index included, and how long a start takes.

use std::time::Duration;

use crate::Options;
use crate::driver::{client, closed};
use crate::report::Report;
use crate::server::Server;
use crate::stats::ms;
use crate::world::World;

/// The index of a first start is made beside the serving.
const SETTLE: Duration = Duration::from_secs(3);

pub(crate) async fn run(options: &Options, world: &World, report: &mut Report) -> anyhow::Result<()> {
    let readers: Vec<_> = world.readers().collect();
    for _ in 0..options.rounds {
        let server = Server::start(&options.server, &world.data).await?;
        report.add("start to the first answer, PostgreSQL's included", "ms", ms(server.started_in));
        report.add("memory at the first answer", "MiB", server.memory_mib());
        tokio::time::sleep(SETTLE).await;
        let before = server.cpu();
        tokio::time::sleep(SETTLE).await;
        let after = server.cpu();
        let share = |spent: f64| spent / ms(SETTLE) * 100.0;
        report.add("memory at rest", "MiB", server.memory_mib());
        report.add("CPU at rest, server", "%", share(after.server - before.server));
        report.add("CPU at rest, PostgreSQL", "%", share(after.postgres - before.postgres));
        let client = client()?;
        let url = format!("{}/api/v1/timelines/home?limit=40", server.base);
        let read = |number: usize| client.get(&url).bearer_auth(World::token(readers[number % readers.len()]));
        closed(&server, 32, options.seconds, read).await?;
        report.add("memory after home timelines were read", "MiB", server.memory_mib());
        server.stop().await?;
    }
    Ok(())
}
