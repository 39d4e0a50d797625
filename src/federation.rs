//! Other servers: how they are called, and with whose keys.
//!
//! Everything that leaves for another server goes through [`egress`], and nothing else opens a connection to one. What an
//! answer means, whom to believe and what to keep is not known here: documents are read by `chronodon_activitypub`, and
//! what follows from them is decided by commands.

pub mod egress;
pub mod keys;
pub mod media_proxy;
pub mod tls;
