//! Floor 1: the functional core.
//!
//! A noun here is a file: its state, its commands, and a [`Decider`] that says what follows from a command. Everything is
//! pure: time, ids and facts arrive as arguments. This crate must not know SQL, HTTP, the log or any read model. To add
//! a noun: add its events on floor 0, then a file with a `Decider` and given-when-then tests, and a line below.

mod decider;

pub mod account;
pub mod account_domain_block;
pub mod app;
pub mod bookmark;
pub mod conversation_mute;
pub mod custom_emoji;
pub mod domain_name;
pub mod domain_policy;
pub mod favourite;
pub mod instance;
pub mod limits;
pub mod list;
pub mod media;
pub mod notification;
pub mod poll;
pub mod quote;
pub mod reblog;
pub mod relationship;
pub mod relay;
pub mod report;
pub mod severance;
pub mod status;
pub mod text;
pub mod visibility;

pub use decider::{Decider, Refusal, given};
