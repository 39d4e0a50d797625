//! Files that never change while the server runs: the style, the icon, what robots are told.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Bytes;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::pictures;
use crate::app::App;

/// A day: another version may bring another file.
const CACHED: &str = "public, max-age=86400";

const STYLE: &str = include_str!("../../../web/public.css");
const ICON: &str = include_str!("../../../web/icon.svg");
const ROBOTS: &str = "User-agent: *\nDisallow: /api/\nDisallow: /auth/\nDisallow: /oauth/\n";

static FAVICON: LazyLock<Bytes> = LazyLock::new(pictures::icon);

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/favicon.ico", get(async || file("image/png", FAVICON.clone())))
        .route("/robots.txt", get(async || file("text/plain; charset=utf-8", Bytes::from_static(ROBOTS.as_bytes()))))
        .route("/web/icon.svg", get(async || file("image/svg+xml", Bytes::from_static(ICON.as_bytes()))))
        .route("/web/public.css", get(async || file("text/css; charset=utf-8", Bytes::from_static(STYLE.as_bytes()))))
}

fn file(kind: &'static str, bytes: Bytes) -> Response {
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, CACHED)], bytes).into_response()
}
