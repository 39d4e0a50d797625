//! Answers for what no handler answered: unknown paths, wrong methods, panics, refusals of layers and extractors.
//! Whatever goes wrong under `/api`, the client reads `{"error": …}`.
//!
//! Must not know the routes; pages for people have their own errors and pass untouched.

use std::any::Any;

use axum::extract::Request;
use axum::http::{Response as HttpResponse, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::error::ApiError;

/// Whether a path belongs to machines, which read errors as JSON.
#[must_use]
pub fn is_api(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/") || MACHINE_PATHS.contains(&path)
}

/// The OAuth endpoints without a page.
const MACHINE_PATHS: [&str; 4] = ["/oauth/introspect", "/oauth/revoke", "/oauth/token", "/oauth/userinfo"];

/// Puts the API's error form in place of an answer without one (the router's empty 404 and 405, an extractor's text).
pub(super) async fn speak_json(request: Request, next: Next) -> Response {
    let concerned = is_api(request.uri().path());
    let response = next.run(request).await;
    let failed = response.status().is_client_error() || response.status().is_server_error();
    if !concerned || !failed || is_json(&response) {
        return response;
    }
    let (parts, _) = response.into_parts();
    let mut spoken = ApiError::from_status(parts.status).into_response();
    for name in [header::ALLOW, header::RETRY_AFTER] {
        if let Some(value) = parts.headers.get(&name) {
            spoken.headers_mut().insert(name, value.clone());
        }
    }
    spoken
}

fn is_json(response: &Response) -> bool {
    let written = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    written.is_some_and(|kind| kind.starts_with("application/json"))
}

/// 500 for a handler that panicked; the message goes to the log.
pub(super) fn after_panic(panic: Box<dyn Any + Send>) -> HttpResponse<axum::body::Body> {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    ApiError::internal(format!("panic: {}", text.unwrap_or("without words"))).into_response()
}
