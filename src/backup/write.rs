//! Writing a backup while the server runs.

use std::fs::{self, File};
use std::io::{self, Seek, Write};
use std::path::Path;

use anyhow::Context;
use futures::TryStreamExt;
use tokio_postgres::{Client, Config, NoTls};

use super::{LEFT_OUT, Manifest, Table, ZSTD_LEVEL};

type Archive = tar::Builder<zstd::Encoder<'static, File>>;

/// Writes everything to `file`, under another name until it is whole and durable.
///
/// # Errors
/// When the database or the disk refuses; then there is no file.
pub async fn write(database: &Config, media: &Path, file: &Path) -> anyhow::Result<Manifest> {
    let (client, connection) = database.connect(NoTls).await?;
    let connection = tokio::spawn(connection);
    let partial = file.with_extension("partial");
    let written = write_partial(&client, media, &partial).await;
    drop(client);
    let _ = connection.await;
    match written {
        Ok(manifest) => {
            fs::rename(&partial, file).with_context(|| format!("cannot name it {}", file.display()))?;
            Ok(manifest)
        }
        Err(error) => {
            let _ = fs::remove_file(&partial);
            Err(error)
        }
    }
}

async fn write_partial(client: &Client, media: &Path, partial: &Path) -> anyhow::Result<Manifest> {
    let target = File::create(partial).with_context(|| format!("cannot write {}", partial.display()))?;
    let mut archive: Archive = tar::Builder::new(zstd::Encoder::new(target, ZSTD_LEVEL)?);
    client.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
    let manifest = Manifest::of(client).await?;
    add(&mut archive, "manifest.json", &serde_json::to_vec_pretty(&manifest)?)?;
    for table in &manifest.tables {
        add_table(client, &mut archive, table).await?;
    }
    client.batch_execute("COMMIT").await?;
    add_media(&mut archive, media)?;
    archive.into_inner()?.finish()?.sync_all()?;
    Ok(manifest)
}

fn header(size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(size);
    header.set_mode(0o600);
    header
}

fn add(archive: &mut Archive, name: &str, bytes: &[u8]) -> io::Result<()> {
    archive.append_data(&mut header(bytes.len() as u64), name, bytes)
}

/// A tar must know a file's size before its bytes, so a table passes through a file of its own.
async fn add_table(client: &Client, archive: &mut Archive, table: &Table) -> anyhow::Result<()> {
    let mut scratch = tempfile::tempfile()?;
    let sql = format!("COPY {} ({}) TO STDOUT (FORMAT binary)", table.name, table.columns.join(", "));
    let mut rows = std::pin::pin!(client.copy_out(&sql).await?);
    while let Some(bytes) = rows.try_next().await? {
        scratch.write_all(&bytes)?;
    }
    let size = scratch.stream_position()?;
    scratch.rewind()?;
    Ok(archive.append_data(&mut header(size), format!("tables/{}", table.name), scratch)?)
}

/// Files are never changed once written; one that is deleted meanwhile is left out.
fn add_media(archive: &mut Archive, media: &Path) -> anyhow::Result<()> {
    let mut directories = vec![media.to_owned()];
    while let Some(directory) = directories.pop() {
        let Ok(entries) = fs::read_dir(&directory) else { continue };
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                if LEFT_OUT.iter().all(|name| path != media.join(name)) {
                    directories.push(path);
                }
                continue;
            }
            match File::open(&path) {
                Ok(mut file) => archive.append_file(Path::new("media").join(path.strip_prefix(media)?), &mut file)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(())
}
