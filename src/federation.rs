//! Other servers: how they are called, and with whose keys.
//!
//! Everything that leaves for another server goes through [`egress`], and nothing else opens a connection to one. What an
//! answer means, whom to believe and what to keep is not known here: documents are read by `chronodon_activitypub`, and
//! what follows from them is decided by commands.

pub mod accounts;
pub mod egress;
pub mod inbox;
pub mod keys;
pub mod moving;
pub mod own;
pub mod resolve;
pub mod statuses;
pub mod tls;

use std::sync::Arc;

use axum::Router;

use crate::app::App;

/// What other servers ask of this one.
pub fn routes() -> Router<Arc<App>> {
    inbox::routes()
}
