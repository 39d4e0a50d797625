//! Advisory file locks with a bound on the wait.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::error::{Error, at};

const POLL: Duration = Duration::from_millis(20);

/// A lock file. The kernel releases the lock when the value is dropped or the process dies.
#[derive(Debug)]
pub(crate) struct LockFile {
    file: File,
    path: PathBuf,
}

impl LockFile {
    /// Opens the file, creating it when missing, without locking it.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let file = OpenOptions::new().append(true).create(true).open(path).map_err(at(path))?;
        Ok(Self { file, path: path.to_owned() })
    }

    /// Opens the file and locks it for this holder alone, waiting for at most `timeout`.
    pub(crate) async fn exclusive(path: &Path, timeout: Duration) -> Result<Self, Error> {
        let lock = Self::open(path)?;
        let deadline = Instant::now() + timeout;
        while !lock.try_exclusive()? {
            if Instant::now() > deadline {
                return Err(Error::Busy { path: lock.path, seconds: timeout.as_secs() });
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(lock)
    }

    /// Locks the file for this holder alone, where nobody else holds it.
    pub(crate) fn try_exclusive(&self) -> Result<bool, Error> {
        self.taken(self.file.try_lock())
    }

    /// Locks the file together with others, where nobody holds it alone.
    pub(crate) fn try_shared(&self) -> Result<bool, Error> {
        self.taken(self.file.try_lock_shared())
    }

    /// Gives the lock back.
    pub(crate) fn unlock(&self) -> Result<(), Error> {
        self.file.unlock().map_err(at(&self.path))
    }

    fn taken(&self, outcome: Result<(), TryLockError>) -> Result<bool, Error> {
        match outcome {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(source)) => Err(at(&self.path)(source)),
        }
    }
}
