//! Server.

pub mod api;
