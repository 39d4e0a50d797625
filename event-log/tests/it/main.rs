//! The conformance suite: every engine passes the same cases, and the cases of PostgreSQL alone follow.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod conformance;
mod erasure;
mod faults;
mod model;
mod postgres;
mod proxy;
mod support;
