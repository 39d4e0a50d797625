//! Read models in memory: what must be asked too often for a query. They follow the tables as [`crate::Observer`]s.
//!
//! Nothing here is kept: each is loaded from the tables of one snapshot and tails the log from its checkpoint. To add
//! one: add a file with an observer, and a line below; `app.rs` hands it to the runner.

pub mod graph;
pub mod home;
pub mod kept;
pub mod policies;
pub mod recent;
