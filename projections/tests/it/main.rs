//! Read models over a real PostgreSQL, fed by the memory engine.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod batches;
mod conversations;
mod graph;
mod home;
mod lists;
mod policies;
mod search;
mod support;
mod timelines;
mod visible;
