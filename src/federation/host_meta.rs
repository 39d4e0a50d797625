//! `/.well-known/host-meta` (RFC 6415): where WebFinger is, also for those who ask at the domain of our handles.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{ACCEPT, CONTENT_TYPE, HeaderMap};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use chronodon_domain::text::escape;
use serde_json::json;

use crate::app::App;

/// Its routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/.well-known/host-meta", get(show))
}

async fn show(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let template = app.url("/.well-known/webfinger?resource={uri}");
    let accepts = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accepts.contains("json") {
        return Json(json!({ "links": [{ "rel": "lrdd", "template": template }] })).into_response();
    }
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<XRD xmlns=\"http://docs.oasis-open.org/ns/xri/xrd-1.0\">\n  \
         <Link rel=\"lrdd\" template=\"{}\"/>\n</XRD>\n",
        escape(&template)
    );
    ([(CONTENT_TYPE, "application/xrd+xml; charset=utf-8")], xml).into_response()
}
