//! Putting a backup into an empty database.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Component, Path};

use anyhow::{Context, bail, ensure};
use bytes::Bytes;
use futures::SinkExt;
use tokio_postgres::{Client, Config, NoTls};

use super::{HEAD, Manifest, SCHEMAS, Table};

/// Bytes sent to the database at once.
const CHUNK: usize = 64 * 1024;

/// Puts the backup in `file` into the database, which has its tables but nothing in them, and into `media`.
///
/// # Errors
/// When something is there already, or the file is not whole or of another version; then the database is as before.
pub async fn restore(database: &Config, media: &Path, file: &Path) -> anyhow::Result<Manifest> {
    let (client, connection) = database.connect(NoTls).await?;
    let connection = tokio::spawn(connection);
    let restored = restore_into(&client, media, file).await;
    drop(client);
    let _ = connection.await;
    restored
}

async fn restore_into(client: &Client, media: &Path, file: &Path) -> anyhow::Result<Manifest> {
    let head: i64 = client.query_one(&format!("SELECT position FROM {HEAD}"), &[]).await?.get(0);
    ensure!(head == 0, "there is a log already, with {head} events; restore into an empty data directory");
    let source = File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut archive = tar::Archive::new(zstd::Decoder::new(source)?);
    let mut entries = archive.entries().context("this is not a backup")?;
    let manifest = read_manifest(entries.next())?;
    manifest.fits(client).await?;
    client.batch_execute("BEGIN").await?;
    let mut tables = 0;
    for entry in entries {
        let mut entry = entry?;
        let path = entry.path()?.into_owned();
        if let Ok(name) = path.strip_prefix("tables") {
            let table = manifest.tables.iter().find(|table| Path::new(&table.name) == name);
            put_table(client, table.with_context(|| format!("{} is not in the manifest", path.display()))?, &mut entry)
                .await?;
            tables += 1;
        } else if let Ok(name) = path.strip_prefix("media") {
            put_file(media, name, &mut entry)?;
        } else {
            bail!("{} does not belong in a backup", path.display());
        }
    }
    ensure!(tables == manifest.tables.len(), "the file ends too early");
    advance_sequences(client).await?;
    client.batch_execute("COMMIT").await?;
    Ok(manifest)
}

fn read_manifest<R: Read>(entry: Option<std::io::Result<tar::Entry<'_, R>>>) -> anyhow::Result<Manifest> {
    let mut entry = entry.context("the file is empty")?.context("this is not a backup")?;
    ensure!(entry.path()? == Path::new("manifest.json"), "this is not a backup: it does not begin with a manifest");
    let mut text = Vec::new();
    entry.read_to_end(&mut text)?;
    Ok(serde_json::from_slice(&text)?)
}

async fn put_table(client: &Client, table: &Table, rows: &mut impl Read) -> anyhow::Result<()> {
    let Table { name, columns } = table;
    let columns = columns.join(", ");
    if name == HEAD {
        client.batch_execute(&format!("CREATE TEMP TABLE head ON COMMIT DROP AS TABLE {HEAD} WITH NO DATA")).await?;
        copy_in(client, "head", &columns, rows).await?;
        let sql = format!("UPDATE {HEAD} SET ({columns}) = (SELECT {columns} FROM head)");
        client.batch_execute(&sql).await?;
        return Ok(());
    }
    // What the start of an empty server has written gives way: the key's check value, the domain.
    if name != "log.events" {
        client.batch_execute(&format!("DELETE FROM {name}")).await?;
    }
    copy_in(client, name, &columns, rows).await
}

/// Rows bring their numbers along; the next one is to have a number of its own.
async fn advance_sequences(client: &Client) -> anyhow::Result<()> {
    let sql = "SELECT table_schema || '.' || table_name, column_name::text FROM information_schema.columns
               WHERE table_schema = ANY($1) AND is_identity = 'YES' ORDER BY 1, 2";
    for row in client.query(sql, &[&SCHEMAS.as_slice()]).await? {
        let (table, column): (String, String) = (row.get(0), row.get(1));
        let sql = format!(
            "SELECT setval(pg_get_serial_sequence('{table}', '{column}'), coalesce(max({column}), 0) + 1, false)
             FROM {table}"
        );
        client.batch_execute(&sql).await?;
    }
    Ok(())
}

async fn copy_in(client: &Client, table: &str, columns: &str, rows: &mut impl Read) -> anyhow::Result<()> {
    let sink = client.copy_in::<_, Bytes>(&format!("COPY {table} ({columns}) FROM STDIN (FORMAT binary)")).await?;
    let mut sink = std::pin::pin!(sink);
    loop {
        let mut chunk = vec![0; CHUNK];
        let read = rows.read(&mut chunk)?;
        if read == 0 {
            break;
        }
        chunk.truncate(read);
        sink.send(chunk.into()).await?;
    }
    sink.finish().await?;
    Ok(())
}

/// A path that leads out of the media directory is refused.
fn put_file(media: &Path, name: &Path, bytes: &mut impl Read) -> anyhow::Result<()> {
    let plain = name.components().all(|component| matches!(component, Component::Normal(_)));
    ensure!(plain && name.components().next().is_some(), "{} does not belong in a backup", name.display());
    let path = media.join(name);
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    let mut file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    std::io::copy(bytes, &mut file)?;
    Ok(file.sync_all()?)
}
