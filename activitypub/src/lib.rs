//! Floor 0: what travels between servers. Addresses, keys, signatures and documents of ActivityPub, read from bytes into
//! types and written back.
//!
//! Everything that comes in here was made by a stranger: it has bounds ([`limits`]), and reading it ends in a value or an
//! error, never in a panic. This crate must not know events, SQL, HTTP clients, files or the clock: who asks brings the
//! bytes and the time. What a document means here (whom to believe, what to keep) is decided above.
//!
//! How to add a kind of document: a file for it with a type and its `read`, a file of each software that sends it in
//! `fixtures/`, and a test that reads them.

pub mod activity;
pub mod actor;
pub mod audience;
pub mod collection;
pub mod context;
pub mod digest;
mod document;
pub mod egress_policy;
pub mod emoji;
pub mod host_meta;
pub mod json;
pub mod key;
pub mod limits;
mod link;
pub mod nodeinfo;
pub mod object;
pub mod quote_authorization;
pub mod reference;
pub mod signature;
pub mod synchronization;
pub mod uri;
pub mod webfinger;

pub use document::DocumentError;

#[cfg(test)]
mod test_keys;
