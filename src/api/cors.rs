//! Which paths a script of another site may read (client trap 23). No cookie is ever honoured there, so any origin
//! may; what is not in the table stays with the browser's same-origin rule.
//!
//! To open a path, add a line to `OPEN`.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

const ALL_METHODS: &str = "POST, PUT, DELETE, GET, PATCH, OPTIONS";

/// Paths (a `/` at the end stands for all below) and the methods allowed there.
const OPEN: [(&str, &str); 8] = [
    ("/.well-known/", "GET"),
    ("/@", "GET"),
    ("/api/", ALL_METHODS),
    ("/nodeinfo/", "GET"),
    ("/oauth/revoke", "POST"),
    ("/oauth/token", "POST"),
    ("/oauth/userinfo", "GET, POST"),
    ("/users/", "GET"),
];

/// Headers of an answer that scripts of other sites may read.
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "Link, X-RateLimit-Reset, X-RateLimit-Limit, X-RateLimit-Remaining, X-Request-Id, Mastodon-Async-Refresh",
);
const ANYBODY: HeaderValue = HeaderValue::from_static("*");
const PREFLIGHT_SECONDS: HeaderValue = HeaderValue::from_static("7200");

/// Answers preflights and OPTIONS, and opens the answers of the paths in the table.
pub(super) async fn open(request: Request, next: Next) -> Response {
    let Some(methods) = methods_of(request.uri().path()) else {
        return next.run(request).await;
    };
    if request.method() == Method::OPTIONS {
        return preflight(methods, request.headers());
    }
    let mut response = next.run(request).await;
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, ANYBODY);
    response.headers_mut().insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    response
}

fn methods_of(path: &str) -> Option<&'static str> {
    let found = OPEN.iter().find(|(open, _)| {
        let is_prefix = open.ends_with(['/', '@']);
        if is_prefix { path.starts_with(open) } else { path == *open }
    });
    found.map(|(_, methods)| *methods)
}

fn preflight(methods: &'static str, asked: &HeaderMap) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, ANYBODY);
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(methods));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_SECONDS);
    headers.insert(header::ALLOW, HeaderValue::from_static(methods));
    headers.insert(header::VARY, HeaderValue::from_static("Access-Control-Request-Headers"));
    if let Some(names) = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS).and_then(named) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names);
    }
    response
}

/// The header names asked for, given back as they are (`*` would not cover `Authorization`).
fn named(asked: &HeaderValue) -> Option<HeaderValue> {
    let names = asked.to_str().ok()?.split(',').map(str::trim);
    let names = names.filter_map(|name| HeaderName::try_from(name).ok()).map(|name| name.to_string());
    HeaderValue::try_from(names.collect::<Vec<_>>().join(", ")).ok()
}
