//! Pages of a server that federates with some only (`federation.limited`): for people who are signed in. Others are sent
//! to where they can sign in. Other servers, who want documents, are dealt with where those are.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};

use crate::app::App;
use crate::federation::outbox;
use crate::web::browser::Browser;
use crate::web::page;

/// The same pages, closed where the configuration says so.
pub(super) fn close(pages: Router<Arc<App>>, app: &Arc<App>) -> Router<Arc<App>> {
    if !app.config.federation.limited {
        return pages;
    }
    pages.layer(middleware::from_fn_with_state(app.clone(), for_people))
}

async fn for_people(State(app): State<Arc<App>>, browser: Browser, request: Request, next: Next) -> Response {
    if outbox::wants_document(request.headers()) {
        return next.run(request).await;
    }
    let mut response = match browser.signed_in(&app).await {
        Ok(Some(_)) => next.run(request).await,
        Ok(None) => Redirect::to("/auth/sign_in").into_response(),
        Err(error) => return page::fault(&app, error),
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response
}
