//! What a caller may choose, and the server settings that follow from it.

use std::path::PathBuf;
use std::time::Duration;

/// Whether a commit survives a loss of power.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// fsync on; an initialised directory is synced too.
    #[default]
    Full,
    /// Nothing is synced, for tests only: survives a crash of any process, not of the machine.
    None,
}

/// How a cluster is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// See [`Durability`].
    pub durability: Durability,
    /// Upper bound of simultaneous connections, ours and those of the command line together.
    pub connections_max: u32,
    /// PostgreSQL's page cache, in MB.
    pub shared_buffers_mb: u32,
    /// How long to wait for a connection, crash recovery included.
    pub start_timeout: Duration,
    /// How long a fast shutdown may take before an immediate one follows.
    pub stop_timeout: Duration,
    /// Where clusters go whose user may not enter the data directory.
    pub fallback_directory: PathBuf,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            durability: Durability::Full,
            connections_max: 200,
            shared_buffers_mb: 128,
            start_timeout: Duration::from_secs(180),
            stop_timeout: Duration::from_secs(30),
            fallback_directory: PathBuf::from("/var/lib/chronodon"),
        }
    }
}

impl Options {
    /// The settings given to `postgres -c`, one `name=value` each.
    ///
    /// `wal_recycle=off` deletes old log segments instead of renaming them, so that erased content does not linger in
    /// their tails. The logging settings keep statements, parameters and row values out of the log for the same reason.
    pub(crate) fn server_settings(&self) -> Vec<String> {
        let durable = if self.durability == Durability::Full { "on" } else { "off" };
        vec![
            "listen_addresses=".into(),
            format!("max_connections={}", self.connections_max),
            format!("shared_buffers={}MB", self.shared_buffers_mb),
            format!("fsync={durable}"),
            format!("full_page_writes={durable}"),
            "wal_recycle=off".into(),
            "jit=off".into(),
            "timezone=UTC".into(),
            "log_timezone=UTC".into(),
            "logging_collector=off".into(),
            "log_destination=stderr".into(),
            "log_checkpoints=off".into(),
            "log_min_messages=log".into(),
            "log_min_error_statement=panic".into(),
            "log_error_verbosity=terse".into(),
            "log_parameter_max_length_on_error=0".into(),
            "cluster_name=chronodon".into(),
        ]
    }
}
