//! Pages that everybody may read: profiles, statuses, hashtags, what the server says of itself.
//!
//! They show what the anonymous may see, by the queries of the client API, rendered from its entities; a page has no
//! rules of its own. Everything works without JavaScript. To add a page: a file here, a template in
//! `web/templates/public/`, a line in [`routes`].

mod about;
mod closed;
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
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};

use crate::app::App;

/// All of them, and the page for what is not there.
pub fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    let of_people = Router::new().merge(profile::routes()).merge(status::routes()).merge(tag::routes());
    Router::new()
        .merge(about::routes())
        .merge(closed::close(of_people, app))
        .merge(still::routes())
        .layer(middleware::from_fn_with_state(app.clone(), caught_up))
        .fallback(shell::not_found)
}

/// What any process has acknowledged is shown.
async fn caught_up(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    match app.catch_up().await {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}
