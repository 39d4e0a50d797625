//! Behaviour of the whole server, over real HTTP and with real processes. One file per noun.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod accounts;
mod backup;
mod cli;
mod credentials;
mod custom_emojis;
mod faults;
mod instance;
mod media;
mod notifications;
mod reactors;
mod relationships;
mod statuses;
mod support;
mod timelines;
