//! Other servers: how they are called, and with whose keys.
//!
//! Everything that leaves for another server goes through [`egress`], and nothing else opens a connection to one. What an
//! answer means, whom to believe and what to keep is not known here: documents are read by `chronodon_activitypub`, and
//! what follows from them is decided by commands.

pub mod accounts;
pub mod delivery;
pub mod departures;
pub mod egress;
mod host_meta;
pub mod inbox;
pub mod keys;
pub mod media_proxy;
pub mod mentions;
pub mod moving;
mod nodeinfo;
pub mod outbox;
pub mod own;
pub mod refresh;
pub mod replies;
pub mod resolve;
pub mod signed;
pub mod statuses;
pub mod synchronization;
pub mod tls;
mod webfinger;

use std::sync::Arc;

use axum::Router;

use crate::app::App;

/// All that other servers call here.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .merge(host_meta::routes())
        .merge(inbox::routes())
        .merge(nodeinfo::routes())
        .merge(outbox::routes())
        .merge(webfinger::routes())
}
