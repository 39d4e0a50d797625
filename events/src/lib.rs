//! Floor 0: what can have happened.
mod envelope;
mod id;

pub use envelope::{ActorId, Cause, KeyId, Meta, Origin, Position, Version};
pub use id::{AccountId, AppId, ListId, MediaId, NotificationId, StatusId, TokenId};
