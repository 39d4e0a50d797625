//! Federation: what other servers send, and what they get.

mod inbox;
mod remote;
