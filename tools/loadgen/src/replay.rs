//! The core read models folded anew from the log, beside COPY of the rows that come of it into tables of the same shape.

use std::process::Command;
use std::time::Instant;

use anyhow::ensure;
use chronodon::database::Database;
use tokio_postgres::{Client, NoTls};

use crate::Options;
use crate::report::Report;
use crate::world::World;

/// A replay takes long and varies little.
const ROUNDS_MAX: usize = 3;

pub(crate) async fn run(options: &Options, world: &World, report: &mut Report) -> anyhow::Result<()> {
    for _ in 0..options.rounds.min(ROUNDS_MAX) {
        let begun = Instant::now();
        let mut command = Command::new(&options.server);
        let output = command.arg("--data-dir").arg(&world.data).args(["projections", "rebuild", "core"]).output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let seconds = begun.elapsed().as_secs_f64();

        let database = Database::open(&world.config()).await?;
        let (client, connection) = database.config().connect(NoTls).await?;
        tokio::spawn(connection);
        let events: i64 = client.query_one("SELECT position FROM log.head", &[]).await?.get(0);
        let (rows, copied) = copy(&client).await?;
        drop(client);
        database.close().await?;
        report.add("events", "", events as f64);
        report.add("rows that come of them", "", rows);
        report.add("rebuild: events a second", "1/s", events as f64 / seconds);
        report.add("rebuild: rows a second", "1/s", rows / seconds);
        report.add("COPY: rows a second", "1/s", rows / copied);
        report.add("of COPY", "", copied / seconds);
    }
    Ok(())
}

/// Copies the tables in service out and into others with the same indexes: rows, and seconds of the way in.
async fn copy(client: &Client) -> anyhow::Result<(f64, f64)> {
    let slot: String =
        client.query_one("SELECT active FROM projections.slots WHERE group_name = 'core'", &[]).await?.get(0);
    let directory: String = client.query_one("SHOW data_directory", &[]).await?.get(0);
    let tables = client.query("SELECT tablename::text FROM pg_tables WHERE schemaname = $1", &[&slot]).await?;
    let (mut rows, mut seconds) = (0.0, 0.0);
    client
        .batch_execute("SET synchronous_commit = off; DROP SCHEMA IF EXISTS copied CASCADE; CREATE SCHEMA copied")
        .await?;
    for table in tables.iter().map(|row| row.get::<_, String>(0)) {
        let file = format!("{directory}/bench.copy");
        client.batch_execute(&format!("CREATE TABLE copied.{table} (LIKE {slot}.{table} INCLUDING ALL)")).await?;
        rows += client.execute(&format!("COPY {slot}.{table} TO '{file}' (FORMAT binary)"), &[]).await? as f64;
        let begun = Instant::now();
        client.batch_execute(&format!("COPY copied.{table} FROM '{file}' (FORMAT binary)")).await?;
        seconds += begun.elapsed().as_secs_f64();
        std::fs::remove_file(file)?;
    }
    client.batch_execute("DROP SCHEMA copied CASCADE").await?;
    Ok((rows, seconds))
}
