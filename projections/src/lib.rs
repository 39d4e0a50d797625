//! Floor 2: read models, folded from the log.
//!
//! A read model is a file: its row and its `apply` on top, its queries below. `apply` is a pure function of the group's
//! state and one event: no clock, no randomness, no network, no SQL. The [`runner`] loads the rows that a batch of events
//! touches, folds event by event over them in memory, and writes what changed set-wise, together with the checkpoint.
//!
//! This crate must not know HTTP or JSON entities, and nothing in it appends to the log. To add a read model: add its
//! table to `migrations/read_models/<group>/`, a file with its row under the group, and a line to the group's registry.

#[macro_use]
mod row;

pub mod changes;
pub mod core;
mod error;
mod fold;
mod group;
mod lookups;
pub mod memory;
mod reader;
mod rebuild;
mod runner;
pub mod search;
mod slot;
mod table;
mod verify;

pub use error::ProjectionError;
pub use group::{Ddl, Group};
pub use reader::Reader;
pub use rebuild::{rebuild, rebuild_in_batches_of};
pub use row::{Column, Row};
pub use runner::{Observer, Runner, Waiter};
pub use slot::{Slot, Slots, Standing, slot_name};
pub use table::{Table, Tables};
pub use verify::{Difference, Verdict, verify};
