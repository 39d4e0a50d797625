//! Pages that everybody may read: profiles, statuses, hashtags, what the server says of itself.
//!
//! They show what the anonymous may see, by the queries of the client API, rendered from its entities; a page has no
//! rules of its own. Everything works without JavaScript. To add a page: a file here, a template in
//! `web/templates/public/`, a line in [`routes`].

mod about;
mod entry;
mod html;
mod pictures;
mod profile;
mod shell;
mod status;
mod still;
mod tag;

use std::sync::Arc;

use axum::Router;

use crate::app::App;

/// All of them, and the page for what is not there.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .merge(about::routes())
        .merge(profile::routes())
        .merge(status::routes())
        .merge(still::routes())
        .merge(tag::routes())
        .fallback(shell::not_found)
}
