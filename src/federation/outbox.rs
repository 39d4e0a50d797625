//! What this server says to others: its actors, statuses and lists as documents of ActivityPub.
//!
//! Documents are made of rows and of the entities of the client API, so that both say the same. Must not know who asks:
//! whether a document may be shown is decided before. To add a document: a file here named for it, and a line below.

pub mod activities;
mod actor;
pub mod addresses;
mod emoji;
mod instance_actor;
mod media;
mod note;

pub use actor::actor;
pub use instance_actor::instance_actor;
pub use note::{addressees, note, notes};
