//! Files of the media store, usually `media/` in the data directory: written whole or not at all, under names nobody
//! can guess, each in a directory of its owner.
//!
//! ```text
//! media/attachments/116/423/815/162/342/400/3f2a….jpg   (owner 116423815162342400: an attachment)
//! media/avatars/…  media/headers/…  media/emojis/…      (owner: an account, an emoji)
//! media/remote/…                                        (copies of other servers' files; see [`RemoteFiles`])
//! media/incoming/116423815162342400                     (handed in, not yet processed; survives a restart)
//! media/tmp/…                                           (being written; the old ones are removed at start)
//! ```
//! A path, as events and read models keep it, is relative to `media/` and is the public address after `/media/`.
//! The store knows neither who may see a file nor what it shows.

mod arriving;
mod path;
mod remote;
mod upload;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tempfile::{NamedTempFile, TempPath};

pub use arriving::{Arrived, Arriving};
pub use path::{Section, StoredPath};
pub use remote::{REMOTE, RemoteCopy, RemoteFiles};
pub use upload::Upload;

use super::{Output, Purpose};

/// How often a file is written again because its directory was emptied and removed meanwhile.
const WRITE_ATTEMPTS_MAX: usize = 5;
/// Nothing is being written for this long; another process on the same directory may be writing what is younger.
const ABANDONED_AFTER: Duration = Duration::from_secs(60 * 60);

/// The media store in one directory. Clones are the same store.
#[derive(Debug, Clone)]
pub struct Store {
    root: Arc<Path>,
}

impl Store {
    /// Opens the store, makes its directories and removes what a crash left half written.
    pub fn open(directory: &Path) -> io::Result<Self> {
        let store = Self { root: directory.into() };
        for directory in [store.scratch(), store.root.join("incoming")] {
            fs::create_dir_all(directory)?;
        }
        remove_abandoned(&store.scratch())?;
        for section in Section::ALL {
            fs::create_dir_all(store.top(section))?;
        }
        Ok(store)
    }

    /// The directory of everything, for backups and people who diagnose.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// For files of a moment. What is left there is removed at a later start.
    pub fn scratch(&self) -> PathBuf {
        self.root.join("tmp")
    }

    /// Keeps a file. When this returns, it survives a loss of power; until the returned path is remembered, it is an
    /// orphan that [`Store::delete_owner`] finds.
    pub async fn put(&self, section: Section, owner: i64, output: &Output) -> io::Result<StoredPath> {
        let stored = StoredPath::random(section, owner, output.file_type)?;
        let (store, bytes) = (self.clone(), output.bytes.clone());
        blocking(move || {
            for attempt in 1.. {
                match store.write(&stored, &bytes) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound && attempt < WRITE_ATTEMPTS_MAX => {}
                    Err(error) => return Err(error),
                    Ok(()) => break,
                }
            }
            Ok(stored)
        })
        .await
    }

    /// Removes a file. One that is not there, and a path that never was ours, are fine.
    pub async fn delete(&self, path: &str) -> io::Result<()> {
        let Some(stored) = StoredPath::parse(path) else { return Ok(()) };
        let store = self.clone();
        blocking(move || {
            let file = store.root.join(stored.to_string());
            absent_is_fine(fs::remove_file(&file))?;
            prune(file.parent(), &store.top(stored.section()))
        })
        .await
    }

    /// Removes every file of one owner, known or orphaned.
    pub async fn delete_owner(&self, section: Section, owner: i64) -> io::Result<()> {
        let directory = self.root.join(path::owner_directory(section.as_str(), owner)?);
        let store = self.clone();
        blocking(move || {
            absent_is_fine(fs::remove_dir_all(&directory))?;
            prune(directory.parent(), &store.top(section))
        })
        .await
    }

    /// Where a path's file is, and of what kind. Anything but a path of the store's own making is `None`.
    pub fn locate(&self, path: &str) -> Option<(PathBuf, StoredPath)> {
        let stored = StoredPath::parse(path)?;
        Some((self.root.join(stored.to_string()), stored))
    }

    /// Begins to take in a file, bounded by its purpose.
    pub async fn upload(&self, purpose: Purpose) -> io::Result<Upload> {
        Upload::begin(&self.scratch(), purpose).await
    }

    /// Keeps a received file until it is processed, also through a restart (see [`Store::incoming_ids`]).
    pub async fn keep_incoming(&self, owner: i64, received: TempPath) -> io::Result<()> {
        let target = self.incoming(owner);
        blocking(move || {
            fs::File::open(&received)?.sync_all()?;
            received.persist(&target).map_err(|error| error.error)?;
            sync_directory(target.parent())
        })
        .await
    }

    /// Where a kept file lies, for [`super::Pipeline::process`].
    pub fn incoming(&self, owner: i64) -> PathBuf {
        self.root.join("incoming").join(owner.to_string())
    }

    /// Owners of all files that are kept but not yet discarded, oldest first: what a start has to take up again.
    /// Another process may be at work on one of them, so taking it up must be harmless.
    pub async fn incoming_ids(&self) -> io::Result<Vec<i64>> {
        let directory = self.root.join("incoming");
        blocking(move || {
            let mut ids = Vec::new();
            for entry in fs::read_dir(directory)? {
                ids.extend(entry?.file_name().to_str().and_then(|name| name.parse::<i64>().ok()));
            }
            ids.sort_unstable();
            Ok(ids)
        })
        .await
    }

    /// Removes a kept file: it was processed or refused.
    pub async fn discard_incoming(&self, owner: i64) -> io::Result<()> {
        let file = self.incoming(owner);
        blocking(move || absent_is_fine(fs::remove_file(file))).await
    }

    fn write(&self, stored: &StoredPath, bytes: &[u8]) -> io::Result<()> {
        let target = self.root.join(stored.to_string());
        let directory = target.parent().unwrap_or(&self.root);
        create_directories(directory)?;
        let mut file = NamedTempFile::new_in(self.scratch())?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist_noclobber(&target).map_err(|error| error.error)?;
        sync_directory(Some(directory))
    }

    /// The directory of a part.
    fn top(&self, section: Section) -> PathBuf {
        self.root.join(section.as_str())
    }
}

/// Removes empty directories upwards, but not `top`.
fn prune(from: Option<&Path>, top: &Path) -> io::Result<()> {
    let mut directory = from;
    while let Some(empty) = directory.filter(|directory| *directory != top && directory.starts_with(top)) {
        match fs::remove_dir(empty) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => break,
            Err(error) => return Err(error),
        }
        directory = empty.parent();
    }
    Ok(())
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

fn absent_is_fine(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn remove_abandoned(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let age = entry.metadata().and_then(|metadata| metadata.modified()).map(|modified| modified.elapsed());
        if matches!(age, Ok(Ok(age)) if age > ABANDONED_AFTER) {
            absent_is_fine(fs::remove_file(entry.path()))?;
        }
    }
    Ok(())
}

/// Like `create_dir_all`, but what is new is there after a loss of power too.
fn create_directories(directory: &Path) -> io::Result<()> {
    match fs::create_dir(directory) {
        Ok(()) => sync_directory(directory.parent()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            create_directories(directory.parent().ok_or(error)?)?;
            match fs::create_dir(directory) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
                _ => sync_directory(directory.parent()),
            }
        }
        Err(error) => Err(error),
    }
}

fn sync_directory(directory: Option<&Path>) -> io::Result<()> {
    directory.map_or(Ok(()), |directory| fs::File::open(directory)?.sync_all())
}

#[cfg(test)]
mod tests;
