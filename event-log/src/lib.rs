//! Floor 1: the log, where every fact is kept, sealed, in one order.
//!
//! [`Log`] is what the floors above use: it seals events and appends them to a stream, reads them back and follows
//! the end. Below it, an [`EventLog`] engine keeps sealed events ([`MemoryLog`], [`PostgresLog`]) and a [`Vault`]
//! keeps the keys ([`KeyRing`] uses it); destroying a key erases what it sealed.
//!
//! This crate knows neither commands nor read models nor HTTP, and looks into a payload only to seal it.
//! To add an engine: implement [`EventLog`] and add a line to the conformance suite in `tests/it`.

mod engine;
mod error;
mod key_ring;
mod log;
mod master_key;
mod memory;
mod postgres;
mod random;
mod recorded;
mod seal;
mod sealed;
mod stream_name;
mod subscription;
mod vault;

pub use engine::EventLog;
pub use error::{AppendError, KeyError, OpenError, ReadError};
pub use key_ring::KeyRing;
pub use log::{Log, LogReader, LogSubscription, NewEvent};
pub use master_key::{MasterKey, MasterKeyError};
pub use memory::{MemoryLog, MemoryVault};
pub use postgres::{PostgresLog, PostgresOptions, PostgresVault, migrate};
pub use recorded::{Body, Recorded};
pub use sealed::{Append, Appended, Expected, NewSealedEvent, NewSecret, SealedEvent, limits};
pub use stream_name::{InvalidStreamName, StreamName, StreamNames};
pub use subscription::Subscription;
pub use vault::{Stored, StoredKeys, Vault};
