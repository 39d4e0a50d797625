//! Headers that keep a browser from doing more with an answer than it should. A handler's own ones win.
//!
//! Must not know what the answer is, beyond pages and the API.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::api::fallback::is_api;

const EVERYWHERE: [(HeaderName, &str); 3] = [
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_XSS_PROTECTION, "0"),
];

const API: [(HeaderName, &str); 2] = [
    (header::CACHE_CONTROL, "private, no-store"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'; form-action 'none'"),
];

/// Adds what is missing.
pub(super) async fn protect(request: Request, next: Next) -> Response {
    let is_api = is_api(request.uri().path());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if is_api {
        fill(headers, &API);
    }
    // A page that says who may frame it has decided.
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        fill(headers, &[(header::X_FRAME_OPTIONS, "DENY")]);
    }
    fill(headers, &EVERYWHERE);
    response
}

fn fill(headers: &mut HeaderMap, missing: &[(HeaderName, &'static str)]) {
    for (name, value) in missing {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}
