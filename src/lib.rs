//! Floor 3: the server, the imperative shell.
//!
//! `app` puts everything together; `commands` are the only way to change anything; `api` and `web` parse, call one
//! command or query, and render. Nothing here decides policy: that is `chronodon_domain`.

pub mod api;
pub mod app;
pub mod auth;
pub mod backup;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod config;
pub mod database;
pub mod federation;
pub mod identity;
pub mod ids;
pub mod jobs;
pub mod markers;
pub mod media;
pub mod reactors;
pub mod seal;
pub mod server_tables;
pub mod streaming;
pub mod web;
