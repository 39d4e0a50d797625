//! Floor 0: what can have happened.
//!
//! Every fact that Chronodon keeps is one of the events declared here, in a file per noun. The wire name
//! (`status.posted`) and schema version of an event are a permanent contract: a released type is never changed;
//! it gets a new version and an [`upcast`] step. `golden/<type>.v<N>.json` holds one stored example of each.
//!
//! This crate does no IO and knows neither SQL nor HTTP. To add an event: add a struct and a line to the noun's
//! `event_enum!` and a golden file; a new noun also gets a module here and a line in `registry.rs`.

#[macro_use]
mod macros;

mod envelope;
mod id;
mod registry;
pub mod upcast;
pub mod values;

pub mod account;
pub mod account_domain_block;
pub mod app;
pub mod bookmark;
pub mod conversation_mute;
pub mod custom_emoji;
pub mod domain_policy;
pub mod favourite;
pub mod instance;
pub mod list;
pub mod media;
pub mod notification;
pub mod poll;
pub mod quote;
pub mod reblog;
pub mod relationship;
pub mod relay;
pub mod remote;
pub mod report;
pub mod severance;
pub mod status;

pub use envelope::{ActorId, Cause, KeyId, Meta, Origin, Position, Version};
pub use id::{AccountId, AppId, ListId, MediaId, NotificationId, RelayId, ReportId, SeveranceId, StatusId, TokenId};
pub use registry::{DecodeError, Event, EventType, Payload};
