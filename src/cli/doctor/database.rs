//! Does the database answer, durably, and with this machine's time?

use chronodon_private_postgres::Cluster;
use tokio_postgres::{Client, NoTls};

use super::{Finding, clock};
use crate::config::{Config, is_loopback};
use crate::database::Database;
use crate::identity;

pub(super) async fn check(config: &Config) -> Vec<Finding> {
    if config.database.url.is_none() && !Cluster::exists(&config.server.data_dir) {
        return vec![Finding::good("database", "a private PostgreSQL is made at the first start")];
    }
    let unreachable = |error: String| vec![Finding::failed("database", error, "see to it that PostgreSQL runs")];
    let database = match Database::open(config).await {
        Ok(database) => database,
        Err(error) => return unreachable(error.to_string()),
    };
    let findings = match database.config().connect(NoTls).await {
        Ok((client, connection)) => {
            let driver = tokio::spawn(connection);
            let findings = examine(&client, config, database.is_private()).await;
            drop(client);
            let _ = driver.await;
            findings.unwrap_or_else(|error| unreachable(error.to_string()))
        }
        Err(error) => unreachable(error.to_string()),
    };
    match database.close().await {
        Ok(()) => findings,
        Err(error) => findings.into_iter().chain(unreachable(error.to_string())).collect(),
    }
}

async fn examine(client: &Client, config: &Config, private: bool) -> Result<Vec<Finding>, tokio_postgres::Error> {
    let sql = "SELECT current_setting('server_version'), current_setting('fsync'), current_setting('full_page_writes'),
                      pg_size_pretty(pg_database_size(current_database())),
                      (extract(epoch FROM clock_timestamp()) * 1000)::int8";
    let row = client.query_one(sql, &[]).await?;
    let kind = if private { "private" } else { "by database.url" };
    let found = format!("PostgreSQL {} ({kind}), {}", row.get::<_, &str>(0), row.get::<_, &str>(3));
    let mut findings = vec![Finding::good("database", found)];
    for (setting, column) in [("fsync", 1), ("full_page_writes", 2)] {
        if row.get::<_, &str>(column) != "on" {
            let found = format!("{setting} is off: a loss of power loses what was acknowledged");
            findings.push(Finding::failed("database", found, format!("set {setting} = on in postgresql.conf")));
        }
    }
    findings.push(clock::against_database(row.get(4)));
    findings.extend(recorded_domain(client, config).await?);
    Ok(findings)
}

/// A domain that does not fit keeps the server from starting.
async fn recorded_domain(client: &Client, config: &Config) -> Result<Option<Finding>, tokio_postgres::Error> {
    let domain = config.server.domain();
    let recorded = identity::recorded(client).await?.filter(|recorded| *recorded != domain);
    Ok(recorded.map(|recorded| {
        let found = format!("the database belongs to {recorded}, the configuration says {domain}");
        let remedy = format!("set server.domain to {recorded}");
        // One that only this machine could know is replaced at the next start.
        if is_loopback(&recorded) {
            Finding::warning("domain", found, remedy)
        } else {
            Finding::failed("domain", found, remedy)
        }
    }))
}
