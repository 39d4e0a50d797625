//! Server.

pub mod api;
pub mod media;
