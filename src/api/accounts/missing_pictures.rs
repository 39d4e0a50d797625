//! The pictures of those that have none, at the addresses that entities give for them.

use std::sync::Arc;

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::routing::get;

use crate::api::entities::accounts::{AVATAR_MISSING, HEADER_MISSING};
use crate::app::App;

const AVATAR: &[u8] = include_bytes!("../../../web/images/avatar-missing.png");
const HEADER: &[u8] = include_bytes!("../../../web/images/header-missing.png");

pub(super) fn routes() -> Router<Arc<App>> {
    let picture = |bytes: &'static [u8]| async move {
        ([(CONTENT_TYPE, "image/png"), (CACHE_CONTROL, "public, max-age=86400")], bytes)
    };
    Router::new()
        .route(AVATAR_MISSING, get(move || picture(AVATAR)))
        .route(HEADER_MISSING, get(move || picture(HEADER)))
}
