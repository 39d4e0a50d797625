//! A PostgreSQL cluster of our own, so that a server needs nothing but a data directory.
//!
//! The cluster lives in `<data directory>/postgres`, is reached over a unix socket only, runs under an unprivileged
//! user when we are root, and outlives a crash of ours: the next [`Cluster::open`] adopts it. Several processes may open
//! one data directory; the last one that calls [`Cluster::stop`] ends it.
//!
//! This crate must not know what the databases in the cluster are for: no schema, no table, no migration.

mod binaries;
mod cluster;
mod error;
mod lock;
mod place;
mod postmaster;
mod settings;
pub mod test;

pub use cluster::Cluster;
pub use error::Error;
pub use settings::{Durability, Options};

/// The role that owns the cluster, whoever runs it.
pub const ROLE: &str = "postgres";
