//! Where an index lives. Each process that serves has a directory of its own, `<n>`, held by a lock on `<n>.lock`.
//!
//! Sharing one index would be smaller, but then own posts would have to be committed by another process before they can
//! be found here. A directory of its own needs no word with anybody: it is filled from the log like every read model.
//! What a process left behind is used by the next one, or removed: it may hold what was erased since.
//!
//! A directory has two halves, `a` and `b`: one serves while the other is rebuilt.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use super::error::SearchError;
use super::generation::{Generation, Mark};

/// Processes that may serve from one data directory.
const PLACES_MAX: usize = 16;
const HALVES: [&str; 2] = ["a", "b"];

/// A place that this process holds.
pub(super) struct Place {
    directory: PathBuf,
    /// Whoever holds it asks for a rebuild by making this file.
    wish: PathBuf,
    _lock: File,
}

impl Place {
    /// Takes the first place that is free, and removes what other processes left in others.
    pub(super) fn take(root: &Path) -> Result<Self, SearchError> {
        std::fs::create_dir_all(root)?;
        let mut taken = None;
        for n in 0..PLACES_MAX {
            let Some(lock) = lock(root, n)? else { continue };
            if taken.is_none() {
                taken = Some(Self { directory: root.join(n.to_string()), wish: wish(root, n), _lock: lock });
            } else {
                remove(&root.join(n.to_string()))?;
            }
        }
        taken.ok_or(SearchError::NoPlace)
    }

    /// The half in service, when there is one: the complete one, or the one that is further.
    pub(super) fn half_in_service(&self) -> PathBuf {
        let half = in_service(&self.directory).map_or(HALVES[0], |(half, _)| half);
        self.directory.join(half)
    }

    /// The other half.
    pub(super) fn idle_half(&self, serving: &Path) -> PathBuf {
        let halves = HALVES.map(|half| self.directory.join(half));
        halves.into_iter().find(|half| half != serving).unwrap_or_else(|| self.directory.join(HALVES[1]))
    }

    /// Whether somebody asked for a rebuild.
    pub(super) fn wishes(&self) -> bool {
        self.wish.exists()
    }

    /// The wish is granted.
    pub(super) fn granted(&self) {
        let _ = std::fs::remove_file(&self.wish);
    }
}

/// Asks whoever holds places for a rebuild. Returns the wishes that others must grant: none when nobody serves.
pub(super) fn ask_for_rebuild(root: &Path) -> Result<Vec<PathBuf>, SearchError> {
    let mut wishes = Vec::new();
    if root.exists() {
        for n in 0..PLACES_MAX {
            if root.join(format!("{n}.lock")).exists() && lock(root, n)?.is_none() {
                File::create(wish(root, n))?;
                wishes.push(wish(root, n));
            }
        }
    }
    Ok(wishes)
}

/// Every index under a root, with its mark.
pub(super) fn all(root: &Path) -> Vec<(String, Mark)> {
    let marks = (0..PLACES_MAX).filter_map(|n| {
        let (half, mark) = in_service(&root.join(n.to_string()))?;
        Some((format!("{n}/{half}"), mark))
    });
    marks.collect()
}

/// Removes a directory, if it is there.
pub(super) fn remove(directory: &Path) -> Result<(), SearchError> {
    match std::fs::remove_dir_all(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

fn in_service(directory: &Path) -> Option<(&'static str, Mark)> {
    let marks = HALVES.into_iter().filter_map(|half| Some((half, Generation::peek(&directory.join(half))?)));
    marks.max_by_key(|(_, mark)| (mark.complete, mark.position))
}

fn wish(root: &Path, n: usize) -> PathBuf {
    root.join(format!("{n}.rebuild"))
}

fn lock(root: &Path, n: usize) -> Result<Option<File>, SearchError> {
    let path = root.join(format!("{n}.lock"));
    let file = File::options().create(true).truncate(false).write(true).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}
