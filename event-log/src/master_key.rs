//! The master key: a file of its own, outside the database, and the sub-keys made from it.
//!
//! Whoever has the file and the database can read everything; who loses it can read nothing any more.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use hkdf::Hkdf;
use sha2::Sha256;
use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

use crate::random;

/// More than a well-formed file can hold, in bytes.
const FILE_LENGTH_MAX: u64 = 4096;

const COMMENT: &str =
    "# The master key of a Chronodon server. Keep a copy apart from the backups; without it nothing can be read.";

/// 32 random bytes from which every other key is made or under which it is wrapped.
#[derive(Clone)]
pub struct MasterKey([u8; 32]);

/// Why there is no master key.
#[derive(Debug, Error)]
pub enum MasterKeyError {
    /// Nothing is there.
    #[error("the master key {} is missing: put the copy that was kept apart from the backups there", .0.display())]
    Missing(PathBuf),
    /// Something is there already; a key is never overwritten.
    #[error("there is a master key at {} already", .0.display())]
    Exists(PathBuf),
    /// Others than the owner can read or write it.
    #[error("the master key {} is open to others (mode {mode:04o}): chmod 600 {}", path.display(), path.display())]
    Open {
        /// Where.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file holds no key.
    #[error("the master key {} is malformed: one line of 64 hexadecimal digits is expected", .0.display())]
    Malformed(PathBuf),
    /// The file system refused.
    #[error("the master key {}: {source}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

impl Drop for MasterKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl MasterKey {
    /// Makes a new key and writes it to a new file with mode 0600, durably.
    ///
    /// # Errors
    /// When there is a file already, or it cannot be written.
    pub fn create_new(path: &Path) -> Result<Self, MasterKeyError> {
        let key = Self(random::bytes());
        let text = Zeroizing::new(format!("{COMMENT}\n{}\n", *Zeroizing::new(hex::encode(key.0))));
        write_new(path, text.as_bytes()).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => MasterKeyError::Exists(path.to_owned()),
            _ => MasterKeyError::Io { path: path.to_owned(), source },
        })?;
        Ok(key)
    }

    /// Reads the key from its file.
    ///
    /// # Errors
    /// When the file is missing, open to others than its owner, or holds no key.
    pub fn load(path: &Path) -> Result<Self, MasterKeyError> {
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => MasterKeyError::Missing(path.to_owned()),
            _ => MasterKeyError::Io { path: path.to_owned(), source },
        };
        let malformed = || MasterKeyError::Malformed(path.to_owned());
        let file = fs::File::open(path).map_err(failed)?;
        let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(MasterKeyError::Open { path: path.to_owned(), mode });
        }
        let mut text = Zeroizing::new(String::new());
        file.take(FILE_LENGTH_MAX).read_to_string(&mut text).map_err(|source| match source.kind() {
            io::ErrorKind::InvalidData => malformed(),
            _ => failed(source),
        })?;
        Self::parse(&text).ok_or_else(malformed)
    }

    /// A key from its bytes, for tests and restored copies.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The sub-key of this name (HKDF-SHA256). The same label always gives the same key.
    #[must_use]
    pub fn derive(&self, label: &str) -> [u8; 32] {
        let mut key = [0; 32];
        Hkdf::<Sha256>::new(None, &self.0)
            .expand_multi_info(&[b"chronodon ", label.as_bytes()], &mut key)
            .expect("HKDF gives up to 255 blocks of 32 bytes");
        key
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let mut key = Self([0; 32]);
        hex::decode_to_slice(lines.next()?, &mut key.0).ok()?;
        lines.next().is_none().then_some(key)
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey")
    }
}

fn write_new(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    file.write_all(text)?;
    file.sync_all()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_its_file() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("master.key");
        let key = MasterKey::create_new(&path).expect("created");
        assert_eq!(fs::metadata(&path).expect("file").permissions().mode() & 0o7777, 0o600);
        assert_eq!(MasterKey::load(&path).expect("loaded").0, key.0);
        assert!(matches!(MasterKey::create_new(&path), Err(MasterKeyError::Exists(_))));
    }

    #[test]
    fn what_is_no_key_is_refused_with_its_reason() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("master.key");
        assert!(matches!(MasterKey::load(&path), Err(MasterKeyError::Missing(_))));
        MasterKey::create_new(&path).expect("created");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("chmod");
        assert!(matches!(MasterKey::load(&path), Err(MasterKeyError::Open { mode: 0o640, .. })));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("chmod");
        let digits = "ab".repeat(32);
        for text in ["", "# only a comment\n", "abcd\n", &"zz".repeat(32), &format!("{digits}\n{digits}\n")] {
            fs::write(&path, text).expect("written");
            assert!(matches!(MasterKey::load(&path), Err(MasterKeyError::Malformed(_))), "{text}");
        }
        fs::write(&path, [0xff; 40]).expect("written");
        assert!(matches!(MasterKey::load(&path), Err(MasterKeyError::Malformed(_))));
    }

    #[test]
    fn labels_give_keys_of_their_own() {
        let key = MasterKey::from_bytes([1; 32]);
        assert_eq!(key.derive("a"), key.derive("a"));
        assert_ne!(key.derive("a"), key.derive("b"));
        assert_ne!(key.derive("a"), MasterKey::from_bytes([2; 32]).derive("a"));
        assert_eq!(format!("{key:?}"), "MasterKey");
    }
}
