//! What this server says to others: its actors, statuses and lists as documents of ActivityPub.
//!
//! Documents are made of rows and of the entities of the client API, so that both say the same. Must not know who asks:
//! whether a document may be shown is decided before. To add a document: a file here named for it, and a line below.

pub mod activities;
mod actor;
pub mod addresses;
mod answer;
mod collections;
mod emoji;
mod follows;
mod instance_actor;
mod media;
mod note;
mod people;
mod posted;
pub mod quotes;
mod replies;
mod statuses;

use std::sync::Arc;

use axum::Router;

use crate::app::App;

pub use actor::actor;
pub use answer::{Asking, wants_document};
pub use instance_actor::instance_actor;
pub(super) use media::type_by_name;
pub use note::{addressees, note, notes};
pub use people::answer as answer_actor;
pub use posted::posted;
pub use statuses::answer as answer_status;

/// Where documents are that no page for people shares its address with.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .merge(follows::routes())
        .merge(instance_actor::routes())
        .merge(people::routes())
        .merge(quotes::routes())
        .merge(replies::routes())
        .merge(statuses::routes())
}
