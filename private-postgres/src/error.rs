//! What can go wrong with the cluster, in words that an operator can act on.

use std::path::{Path, PathBuf};

/// Why there is no PostgreSQL.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No directory holds both `initdb` and `postgres`.
    #[error(
        "no PostgreSQL server found (looked in {searched}): install the package postgresql, or set \
         CHRONODON_POSTGRES_BIN to the directory that holds initdb and postgres, or set database.url"
    )]
    NoBinaries {
        /// The places that were looked at, for people.
        searched: String,
    },
    /// The cluster was made by another major version than any that is installed.
    #[error(
        "the cluster in {} was made by PostgreSQL {cluster}, but only {installed} is installed: install PostgreSQL \
         {cluster} beside it (CHRONODON_POSTGRES_BIN names its directory), or dump and restore",
        directory.display()
    )]
    OtherVersion {
        /// The cluster's directory.
        directory: PathBuf,
        /// Its major version, as `PG_VERSION` says.
        cluster: String,
        /// The major versions found.
        installed: String,
    },
    /// The installed server is older than what we were written for.
    #[error("PostgreSQL {major} is too old: {} or newer is needed", crate::binaries::MAJOR_MIN)]
    TooOld {
        /// The newest major version found.
        major: u32,
    },
    /// A file or directory could not be used.
    #[error("{}: {source}", path.display())]
    Io {
        /// What was touched.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Files that would be executed or trusted belong to somebody else.
    #[error("{} belongs to user id {owner}: start as that user or as root", path.display())]
    NotOwner {
        /// What belongs to somebody else.
        path: PathBuf,
        /// The owner's user id.
        owner: u32,
    },
    /// We are root, and there is no user to run a database as.
    #[error("PostgreSQL does not run as root, and neither of the users `postgres` and `nobody` exists: create one")]
    NoUser,
    /// `<data directory>/postgres` points to a directory that is gone.
    #[error("{} points to a database directory that is gone: bring it back, or remove the link to begin anew", link.display())]
    Gone {
        /// The dangling link.
        link: PathBuf,
    },
    /// `initdb` failed.
    #[error("initdb failed: {output}")]
    Initdb {
        /// What it printed.
        output: String,
    },
    /// The server process ended instead of coming up.
    #[error("PostgreSQL did not start: {log}")]
    Start {
        /// The end of its log.
        log: String,
    },
    /// The server runs but accepts no connection in time.
    #[error("PostgreSQL is running but not ready after {seconds} s: {reason}")]
    NotReady {
        /// How long we waited.
        seconds: u64,
        /// The last refusal.
        reason: String,
    },
    /// Another process has held the lock for too long.
    #[error("another process has been starting or stopping the database for {seconds} s ({})", path.display())]
    Busy {
        /// The lock file.
        path: PathBuf,
        /// How long we waited.
        seconds: u64,
    },
    /// The server process ignored a fast and an immediate shutdown.
    #[error("PostgreSQL (process {pid}) does not stop")]
    NotStopped {
        /// Its process id.
        pid: u32,
    },
    /// A statement against the cluster failed.
    #[error("PostgreSQL: {0}")]
    Database(#[from] tokio_postgres::Error),
}

/// Names the path in an IO error.
pub(crate) fn at(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    move |source| Error::Io { path: path.to_owned(), source }
}
