//! The one stylesheet, served from here.

use std::sync::Arc;

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;

use crate::app::App;

const STYLE: &str = include_str!("../../web/style.css");

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/web/style.css", get(style))
}

async fn style() -> impl IntoResponse {
    let headers = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "public, max-age=600")];
    (headers, STYLE)
}
