//! JSON entities of the client API, by noun. Rendering a list is a fixed number of queries, whatever its length.
//!
//! Only this module knows how rows become JSON. It decides nothing: who may see what is decided before.

pub mod accounts;
pub mod credentials;
pub mod custom_emojis;
pub mod domain_blocks;
pub mod kept;
pub mod lists;
pub mod media;
pub mod notifications;
pub mod polls;
pub mod quotes;
pub mod relationships;
pub mod reports;
pub mod status_edits;
pub mod statuses;
pub mod tags;
