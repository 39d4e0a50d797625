//! Behaviour of the whole server, over real HTTP and with real processes. One file per noun.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod accounts;
mod backup;
mod bookmarks;
mod cli;
mod credentials;
mod custom_emojis;
mod domain_policies;
mod faults;
mod favourites;
mod federation;
mod fixed_cost;
mod input;
mod instance;
mod lists;
mod media;
mod notifications;
mod oauth;
mod polls;
mod public_pages;
mod quotes;
mod reactors;
mod reblogs;
mod relationships;
mod reports;
mod search;
mod status_edits;
mod statuses;
mod streaming;
mod support;
mod threads;
mod timelines;
