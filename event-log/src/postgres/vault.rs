//! The vault in PostgreSQL. It shares the log's database, so that a secret is durable with the event that needs it.

use std::collections::HashMap;

use async_trait::async_trait;
use tokio_postgres::{Config, Row};

use super::connection::{Failure, Shared};
use crate::KeyError;
use crate::vault::{Stored, StoredKeys, Vault};

const LOAD: &str = "SELECT false AS object, k.account_id AS id, k.wrapped AS bytes
    FROM vault.account_keys AS k WHERE k.account_id = ANY ($1::bigint[])
    UNION ALL
    SELECT true, k.object_id, k.secret FROM vault.object_secrets AS k WHERE k.object_id = ANY ($2::bigint[])";

const DESTROY_ACCOUNT: &str = "INSERT INTO vault.account_keys AS k (account_id, destroyed_at) VALUES ($1, now())
    ON CONFLICT (account_id) DO UPDATE SET wrapped = NULL, destroyed_at = now() WHERE k.destroyed_at IS NULL";

const DESTROY_OBJECT: &str = "INSERT INTO vault.object_secrets AS k (object_id, destroyed_at) VALUES ($1, now())
    ON CONFLICT (object_id) DO UPDATE SET secret = NULL, destroyed_at = now() WHERE k.destroyed_at IS NULL";

const KEEP_CHECK: &str = "INSERT INTO vault.master_check (sealed) VALUES ($1) ON CONFLICT (only_row) DO NOTHING";

const CHECK: &str = "SELECT sealed FROM vault.master_check";

/// Keys in the schema `vault` of the log's database.
pub struct PostgresVault {
    database: Shared,
}

impl PostgresVault {
    /// The vault of a database whose migrations were run.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self { database: Shared::new(config) }
    }
}

#[async_trait]
impl Vault for PostgresVault {
    async fn load(&self, accounts: &[i64], objects: &[i64]) -> Result<StoredKeys, KeyError> {
        let rows = self.database.query(LOAD, &[&accounts, &objects]).await.map_err(unavailable)?;
        let (mut keys, capacity) = (StoredKeys::default(), rows.len());
        keys.objects = HashMap::with_capacity(capacity);
        for row in &rows {
            let to = if row.get(0) { &mut keys.objects } else { &mut keys.accounts };
            to.insert(row.get(1), stored(row));
        }
        Ok(keys)
    }

    async fn destroy_account(&self, account: i64) -> Result<(), KeyError> {
        self.database.query(DESTROY_ACCOUNT, &[&account]).await.map_err(unavailable)?;
        Ok(())
    }

    async fn destroy_object(&self, object: i64) -> Result<(), KeyError> {
        self.database.query(DESTROY_OBJECT, &[&object]).await.map_err(unavailable)?;
        Ok(())
    }

    async fn master_check(&self, fresh: Vec<u8>) -> Result<Vec<u8>, KeyError> {
        self.database.query(KEEP_CHECK, &[&fresh]).await.map_err(unavailable)?;
        let rows = self.database.query(CHECK, &[]).await.map_err(unavailable)?;
        rows.first().map(|row| row.get(0)).ok_or_else(|| KeyError::Unavailable("its check value is gone".to_owned()))
    }
}

fn stored(row: &Row) -> Stored {
    row.get::<_, Option<Vec<u8>>>(2).map_or(Stored::Destroyed, Stored::Present)
}

fn unavailable(failure: Failure) -> KeyError {
    KeyError::Unavailable(failure.text())
}
