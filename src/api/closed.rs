//! The client API of a server that federates with some only (`federation.limited`): for people who are signed in, but for
//! what they need in order to get there.
//!
//! What is not named here is closed, so that a new route is closed, too.

use std::sync::Arc;

use axum::Router;
use axum::extract::{OptionalFromRequestParts, Request, State};
use axum::http::Method;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};

use super::auth::Authenticated;
use super::error::ApiError;
use crate::app::App;

/// What is behind this is closed.
const API: &str = "/api/";

/// What apps ask before anybody is signed in, what they do with a token of their own, and what answers 404 to everybody.
/// Streams look at their token themselves: it may come in other places.
const OPEN: &[(Method, &str)] = &[
    (Method::POST, "/api/v1/accounts"),
    (Method::POST, "/api/v1/apps"),
    (Method::GET, "/api/v1/apps/verify_credentials"),
    (Method::GET, "/api/v1/custom_emojis"),
    (Method::GET, "/api/v1/emails/check_confirmation"),
    (Method::POST, "/api/v1/emails/confirmations"),
    (Method::GET, "/api/v1/instance"),
    (Method::GET, "/api/v1/instance/activity"),
    (Method::GET, "/api/v1/instance/extended_description"),
    (Method::GET, "/api/v1/instance/peers"),
    (Method::GET, "/api/v1/instance/rules"),
    (Method::GET, "/api/v2/instance"),
];
const STREAMS: &str = "/api/v1/streaming";

/// The same routes, closed where the configuration says so.
pub(super) fn close(routes: Router<Arc<App>>, app: &Arc<App>) -> Router<Arc<App>> {
    if !app.config.federation.limited {
        return routes;
    }
    routes.layer(middleware::from_fn_with_state(app.clone(), for_people))
}

async fn for_people(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if is_open(request.method(), request.uri().path()) {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    match <Authenticated as OptionalFromRequestParts<Arc<App>>>::from_request_parts(&mut parts, &app).await {
        Ok(Some(_)) => next.run(Request::from_parts(parts, body)).await,
        Ok(None) => ApiError::LoginRequired.into_response(),
        Err(error) => error.into_response(),
    }
}

fn is_open(method: &Method, path: &str) -> bool {
    let method = if *method == Method::HEAD { &Method::GET } else { method };
    !path.starts_with(API)
        || path.strip_prefix(STREAMS).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        || OPEN.iter().any(|(open, at)| open == method && *at == path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_is_closed() {
        for (method, path) in [(Method::GET, "/livez"), (Method::HEAD, "/api/v2/instance"), (Method::GET, STREAMS)] {
            assert!(is_open(&method, path), "{method} {path}");
        }
        for (method, path) in [
            (Method::GET, "/api/v1/accounts"),
            (Method::GET, "/api/v1/streamings"),
            (Method::GET, "/api/v9/new"),
            (Method::GET, "/api/v1/instance/"),
        ] {
            assert!(!is_open(&method, path), "{method} {path}");
        }
    }
}
