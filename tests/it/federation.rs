//! Federation: what other servers send, and what they get.

mod activities;
mod inbox;
mod remote;
