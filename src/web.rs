//! Pages for people: plain HTML that works without JavaScript.
//!
//! A page is a template in `web/templates/`, a struct with its values, and a handler in `web/<page>.rs` that parses,
//! calls one command or query, and renders with [`page::render`]. It has no SQL and no rules of its own. To add a page:
//! those three, and a line in [`routes`].

mod authorize;
mod authorize_interaction;
pub mod browser;
pub mod page;
mod public;
mod sign_in;
mod style;

use std::sync::Arc;

use axum::Router;

use crate::app::App;

/// All routes of pages.
pub fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    Router::new()
        .merge(authorize::routes())
        .merge(authorize_interaction::routes())
        .merge(public::routes(app))
        .merge(sign_in::routes())
        .merge(style::routes())
}
