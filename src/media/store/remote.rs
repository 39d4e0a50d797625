//! Copies of other servers' files, in a part of the store of their own: kept while there is room, never backed up, and
//! fetched again when they are asked for.
//!
//! ```text
//! media/remote/116/423/815/162/342/400/<hash of the address>-<hash of the content>.<ending>   (owner: what it belongs to)
//! ```
//! A file's time of modification is when it was last shown, to the hour. Any process may remove any file at any time:
//! who has opened it reads on. So all there is to know is in the file system, and a crash leaves nothing to repair.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

use super::arriving::{Arrived, Arriving};
use super::{Store, WRITE_ATTEMPTS_MAX, absent_is_fine, blocking, create_directories, path, prune};
use crate::media::RemoteType;

/// The name of the directory, below the store's own.
pub const REMOTE: &str = "remote";
/// Bytes of a hash in a name.
const HASH_BYTES: usize = 16;
/// What the smallest file takes of a disk.
const BLOCK_BYTES: u64 = 4096;
/// How old the time of the last use may be.
const USED_AGAIN_AFTER: Duration = Duration::from_secs(60 * 60);

/// The copies. Clones are the same.
#[derive(Debug, Clone)]
pub struct RemoteFiles {
    store: Store,
    bytes_max: u64,
    /// Bytes written by this process since it last weighed all there is.
    unweighed: Arc<AtomicU64>,
}

/// A copy, open: it can be read whatever becomes of it.
#[derive(Debug)]
pub struct RemoteCopy {
    /// The file.
    pub file: File,
    /// The same for the same content only.
    pub tag: String,
    /// What it is.
    pub file_type: RemoteType,
}

impl RemoteFiles {
    /// Copies of about `bytes_max` bytes at most, and always the newest.
    ///
    /// # Errors
    /// When the directory cannot be made.
    pub fn open(store: &Store, bytes_max: u64) -> io::Result<Self> {
        fs::create_dir_all(store.root().join(REMOTE))?;
        // Nobody knows what an earlier process has left: the first file that is kept has all of them weighed.
        Ok(Self { store: store.clone(), bytes_max, unweighed: Arc::new(AtomicU64::new(bytes_max)) })
    }

    /// The copy of a file. It counts as used at `now`.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn find(&self, owner: i64, url: &str, now: SystemTime) -> io::Result<Option<RemoteCopy>> {
        let (directory, key) = (self.directory(owner)?, key(url));
        blocking(move || {
            let Some((file, name)) = files(&directory)?.into_iter().find(|(_, name)| name.key == key) else {
                return Ok(None);
            };
            let file = match File::open(file) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                other => other?,
            };
            let used = file.metadata()?.modified()?;
            if now.duration_since(used).is_ok_and(|age| age > USED_AGAIN_AFTER) {
                file.set_modified(now)?;
            }
            Ok(Some(RemoteCopy { file, tag: format!("{key}-{}", name.digest), file_type: name.file_type }))
        })
        .await
    }

    /// Begins to take in a file.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn begin(&self) -> io::Result<Arriving> {
        Arriving::begin(self.store.scratch()).await
    }

    /// Keeps a file that has arrived whole, and removes what was not used the longest if there is no more room.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn keep(&self, owner: i64, url: &str, arrived: Arrived) -> io::Result<()> {
        let directory = self.directory(owner)?;
        let extension = arrived.file_type.extension;
        let name = format!("{}-{}.{extension}", key(url), hex::encode(&arrived.sha256[..HASH_BYTES]));
        let this = self.clone();
        blocking(move || {
            let (target, bytes) = (directory.join(name), arrived.bytes);
            let mut path = arrived.path;
            for attempt in 1.. {
                create_directories(&directory)?;
                match path.persist(&target) {
                    Ok(()) => break,
                    // Emptied and removed meanwhile.
                    Err(failed) if failed.error.kind() == io::ErrorKind::NotFound && attempt < WRITE_ATTEMPTS_MAX => {
                        path = failed.path;
                    }
                    Err(failed) => return Err(failed.error),
                }
            }
            this.weigh(on_disk(bytes), &target)
        })
        .await
    }

    /// Removes all copies of what belongs to `owner`.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn delete_owner(&self, owner: i64) -> io::Result<()> {
        let (directory, top) = (self.directory(owner)?, self.top());
        blocking(move || {
            absent_is_fine(fs::remove_dir_all(&directory))?;
            prune(directory.parent(), &top)
        })
        .await
    }

    /// Removes those of an owner's copies that are of none of these addresses.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn delete_others(&self, owner: i64, urls: &[String]) -> io::Result<()> {
        let (directory, top) = (self.directory(owner)?, self.top());
        let keys: Vec<_> = urls.iter().map(|url| key(url)).collect();
        blocking(move || {
            for (file, _) in files(&directory)?.into_iter().filter(|(_, name)| !keys.contains(&name.key)) {
                absent_is_fine(fs::remove_file(file))?;
            }
            prune(Some(&directory), &top)
        })
        .await
    }

    /// Weighs all copies when this process has written a sixteenth of the budget, and makes room when they are heavier
    /// than seven eighths: so two processes stay within it.
    fn weigh(&self, written: u64, newest: &Path) -> io::Result<()> {
        let unweighed = self.unweighed.fetch_add(written, Ordering::Relaxed).saturating_add(written);
        if unweighed < self.bytes_max / 16 {
            return Ok(());
        }
        self.unweighed.store(0, Ordering::Relaxed);
        let mut by_use = BTreeMap::<SystemTime, u64>::new();
        each(&self.top(), &mut |_, metadata| {
            *by_use.entry(metadata.modified()?).or_default() += on_disk(metadata.len());
            Ok(())
        })?;
        let bytes: u64 = by_use.values().sum();
        if bytes <= self.bytes_max / 8 * 7 {
            return Ok(());
        }
        let mut excess = bytes - self.bytes_max / 4 * 3;
        let mut older = 0;
        let oldest = by_use.iter().find(|(_, bytes)| {
            older += **bytes;
            older >= excess
        });
        let Some((until, _)) = oldest else { return Ok(()) };
        each(&self.top(), &mut |file, metadata| {
            if excess > 0 && metadata.modified()? <= *until && file != newest {
                absent_is_fine(fs::remove_file(file))?;
                excess = excess.saturating_sub(on_disk(metadata.len()));
                prune(file.parent(), &self.top())?;
            }
            Ok(())
        })
    }

    fn top(&self) -> PathBuf {
        self.store.root().join(REMOTE)
    }

    fn directory(&self, owner: i64) -> io::Result<PathBuf> {
        Ok(self.store.root().join(path::owner_directory(REMOTE, owner)?))
    }
}

struct Name {
    key: String,
    digest: String,
    file_type: RemoteType,
}

/// The hash of an address, which a copy's name begins with.
fn key(url: &str) -> String {
    hex::encode(&Sha256::digest(url)[..HASH_BYTES])
}

fn on_disk(bytes: u64) -> u64 {
    bytes.max(1).next_multiple_of(BLOCK_BYTES)
}

/// One owner's copies.
fn files(directory: &Path) -> io::Result<Vec<(PathBuf, Name)>> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        if let Some(name) = entry.file_name().to_str().and_then(read_name) {
            found.push((entry.path(), name));
        }
    }
    Ok(found)
}

fn read_name(name: &str) -> Option<Name> {
    let (hashes, extension) = name.split_once('.')?;
    let (key, digest) = hashes.split_once('-')?;
    let is_hash = |text: &str| text.len() == 2 * HASH_BYTES && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let file_type = RemoteType::from_extension(extension)?;
    (is_hash(key) && is_hash(digest)).then(|| Name { key: key.to_owned(), digest: digest.to_owned(), file_type })
}

/// Shows every file below a directory; what goes meanwhile is passed over.
fn each(top: &Path, show: &mut impl FnMut(&Path, &Metadata) -> io::Result<()>) -> io::Result<()> {
    let mut directories = vec![top.to_owned()];
    while let Some(directory) = directories.pop() {
        let Ok(entries) = fs::read_dir(&directory) else { continue };
        for entry in entries.flatten() {
            match entry.metadata() {
                Ok(metadata) if metadata.is_dir() => directories.push(entry.path()),
                Ok(metadata) => show(&entry.path(), &metadata)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
