//! The server among servers.

mod remote;
mod resolve;
