//! Holds a database to the domain that it was first started with.

use tokio_postgres::{Client, Config, NoTls};

use crate::config::is_loopback;

/// Why this server may not serve this database.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The database belongs to another domain.
    #[error(
        "this database belongs to the domain {recorded}, but server.domain is {configured}: every account and post \
         carries the domain, so it cannot be changed"
    )]
    OtherDomain {
        /// What the database says.
        recorded: String,
        /// What the configuration says.
        configured: String,
    },
    /// The database cannot be reached or refuses.
    #[error("reading the server's identity: {0}")]
    Database(#[from] tokio_postgres::Error),
}

/// Records the domain at the first start, and refuses another one later, unless the first was a loopback address that
/// nobody else can know. The server's tables are there already.
pub async fn hold_to(config: &Config, domain: &str) -> Result<(), IdentityError> {
    let (client, connection) = config.connect(NoTls).await?;
    let driver = tokio::spawn(connection);
    let held = hold_client_to(&client, domain).await;
    drop(client);
    let _ = driver.await;
    held
}

/// The domain that the database was first started with; nothing where it never was.
pub async fn recorded(client: &Client) -> Result<Option<String>, tokio_postgres::Error> {
    if client.query_one("SELECT to_regclass('server.identity')::text", &[]).await?.get::<_, Option<&str>>(0).is_none() {
        return Ok(None);
    }
    Ok(client.query_opt("SELECT domain FROM server.identity", &[]).await?.map(|row| row.get(0)))
}

async fn hold_client_to(client: &Client, domain: &str) -> Result<(), IdentityError> {
    let record = "INSERT INTO server.identity (domain) VALUES ($1) ON CONFLICT DO NOTHING";
    client.execute(record, &[&domain]).await?;
    let recorded = client.query_one("SELECT domain FROM server.identity", &[]).await?.get::<_, String>(0);
    if recorded == domain {
        return Ok(());
    }
    if is_loopback(&recorded) {
        tracing::warn!(recorded, domain, "the domain changes; addresses given out under the former one are dead");
        client.execute("UPDATE server.identity SET domain = $1", &[&domain]).await?;
        return Ok(());
    }
    Err(IdentityError::OtherDomain { recorded, configured: domain.to_owned() })
}

#[cfg(test)]
mod tests {
    use chronodon_private_postgres::test::database;

    use super::*;

    #[tokio::test]
    async fn the_first_public_domain_is_the_only_one() {
        let database = database().await;
        let config = database.config();
        crate::server_tables::migrate(&config).await.unwrap();
        for domain in ["127.0.0.1:3000", "localhost:4000", "a.example", "a.example"] {
            hold_to(&config, domain).await.unwrap();
        }
        let refused = hold_to(&config, "b.example").await.unwrap_err();
        assert!(matches!(refused, IdentityError::OtherDomain { .. }), "{refused}");
    }
}
