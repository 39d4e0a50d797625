//! The server: the imperative shell around the floors below.

pub mod api;
pub mod cli;
pub mod clock;
pub mod config;
pub mod database;
pub mod identity;
pub mod media;
pub mod server_tables;
