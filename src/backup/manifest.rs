//! What a backup says of itself.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};
use tokio_postgres::Client;

use super::{HISTORIES, SCHEMAS};

/// The number of this format.
const FORMAT: u32 = 1;

/// The first file of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// 1.
    pub format: u32,
    /// The program that wrote it.
    pub program: String,
    /// When, as ISO 8601.
    pub made_at: String,
    /// The newest migration of each history.
    pub migrations: BTreeMap<String, i32>,
    /// The tables, in the order of the file.
    pub tables: Vec<Table>,
}

/// A table in a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// With its schema.
    pub name: String,
    /// In the order of the copied rows.
    pub columns: Vec<String>,
}

impl Manifest {
    /// Describes a database as it is now.
    pub(super) async fn of(client: &Client) -> anyhow::Result<Self> {
        Ok(Self {
            format: FORMAT,
            program: concat!("chronodon ", env!("CARGO_PKG_VERSION")).to_owned(),
            made_at: crate::clock::now().to_string(),
            migrations: migrations(client).await?,
            tables: tables(client).await?,
        })
    }

    /// Nothing, when a database with these migrations can take the backup.
    pub(super) async fn fits(&self, client: &Client) -> anyhow::Result<()> {
        ensure!(self.format == FORMAT, "the file has format {}, this program reads {FORMAT}", self.format);
        let here = migrations(client).await?;
        ensure!(
            here == self.migrations,
            "the file was written by {} with migrations {:?}; this program has {here:?}. Restore it with that version, \
             then start this one",
            self.program,
            self.migrations
        );
        Ok(())
    }
}

async fn migrations(client: &Client) -> anyhow::Result<BTreeMap<String, i32>> {
    let mut newest = BTreeMap::new();
    for history in HISTORIES {
        let row = client.query_one(&format!("SELECT max(version) FROM {history}"), &[]).await?;
        let version: Option<i32> = row.get(0);
        newest.insert(history.to_owned(), version.context("the database has no tables yet")?);
    }
    Ok(newest)
}

async fn tables(client: &Client) -> anyhow::Result<Vec<Table>> {
    let sql = "
        SELECT c.table_schema || '.' || c.table_name, array_agg(c.column_name::text ORDER BY c.ordinal_position)
        FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
        WHERE c.table_schema = ANY($1) AND t.table_type = 'BASE TABLE' GROUP BY 1 ORDER BY 1";
    let rows = client.query(sql, &[&SCHEMAS.as_slice()]).await?;
    let tables = rows.iter().map(|row| Table { name: row.get(0), columns: row.get(1) });
    Ok(tables.filter(|table| !HISTORIES.contains(&table.name.as_str())).collect())
}
