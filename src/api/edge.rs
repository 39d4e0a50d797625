//! The layers around all routes, in their order. Every request passes here, and nothing here knows a route's meaning.
//!
//! From the outside in: request id and span, security headers, cross-origin access, compression, errors as JSON,
//! panics, what the request needs to know of its surroundings, rate limits, NULs in the address, time, size; then the router.

mod headers;
mod patience;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::Uri;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use chronodon_domain::limits::{REQUEST_SECONDS_MAX, UPLOAD_SECONDS_MAX, VIDEO_BYTES_MAX};
use tower::Layer;
use tower::ServiceBuilder;
use tower::util::MapRequestLayer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::limit::RequestBodyLimitLayer;
use url::Url;

use super::client_ip::{ClientIp, IpBlock};
use super::error::ApiError;
use super::page::PublicBase;
use super::params::{UploadDir, body};
use super::rate_limit::{RateLimitConfig, RateLimits, enforce};
use super::{cors, fallback, request_id};

/// What the edge is told by the configuration.
#[derive(Clone, Debug)]
pub struct EdgeConfig {
    /// The public address of the server, `https://social.example/`.
    pub public_base: Url,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpBlock>,
    /// What a client may ask how often.
    pub rate_limits: RateLimitConfig,
    /// Where uploads are written; the system's place for temporary files when absent.
    pub upload_dir: Option<PathBuf>,
    /// Longest time for a request without files.
    pub request_time_max: Duration,
    /// Longest time for a request with files.
    pub upload_time_max: Duration,
    /// Most bytes of any body.
    pub body_bytes_max: usize,
}

impl EdgeConfig {
    /// The defaults at a public address.
    #[must_use]
    pub fn new(public_base: Url) -> Self {
        Self {
            public_base,
            trusted_proxies: IpBlock::private(),
            rate_limits: RateLimitConfig::default(),
            upload_dir: None,
            request_time_max: Duration::from_secs(REQUEST_SECONDS_MAX),
            upload_time_max: Duration::from_secs(UPLOAD_SECONDS_MAX),
            // A video with its thumbnail, which may be as large, and text.
            body_bytes_max: 2 * VIDEO_BYTES_MAX + 2 * 1024 * 1024,
        }
    }
}

/// The router with the whole edge around it. Serve it with connect info, or every client has the same address.
pub fn layers(router: Router, config: EdgeConfig) -> Router {
    let limits = Arc::new(RateLimits::new(config.rate_limits.clone()));
    let patience = patience::Patience { usual: config.request_time_max, upload: config.upload_time_max };
    let body_bytes_max = config.body_bytes_max;
    let stack = ServiceBuilder::new()
        .layer(from_fn(request_id::identify))
        .layer(from_fn(headers::protect))
        .layer(from_fn(cors::open))
        .layer(CompressionLayer::new().compress_when(compressible()))
        .layer(from_fn(fallback::speak_json))
        .layer(CatchPanicLayer::custom(fallback::after_panic))
        .layer(from_fn_with_state(Arc::new(Surroundings::from(config)), surround))
        .layer(from_fn_with_state(limits, enforce))
        .layer(from_fn(refuse_nul))
        .layer(from_fn_with_state(patience, patience::wait))
        .layer(from_fn_with_state(BodyBytesMax(body_bytes_max), refuse_announced))
        .layer(RequestBodyLimitLayer::new(body_bytes_max));
    // As a fallback, the router sees the path only after it was put right.
    Router::new().fallback_service(MapRequestLayer::new(without_last_slash).layer(router)).layer(stack)
}

/// Text of some length; media are compressed already, and events must not wait for a buffer.
fn compressible() -> impl Predicate {
    DefaultPredicate::new()
        .and(NotForContentType::const_new("audio/"))
        .and(NotForContentType::const_new("video/"))
        .and(NotForContentType::const_new("application/zip"))
        .and(NotForContentType::const_new("application/octet-stream"))
}

struct Surroundings {
    base: PublicBase,
    trusted: Vec<IpBlock>,
    uploads: Option<UploadDir>,
}

impl From<EdgeConfig> for Surroundings {
    fn from(config: EdgeConfig) -> Self {
        let uploads = config.upload_dir.map(|dir| UploadDir(dir.into()));
        Self { base: PublicBase(Arc::new(config.public_base)), trusted: config.trusted_proxies, uploads }
    }
}

/// Puts on the request what extractors read from it.
async fn surround(State(surroundings): State<Arc<Surroundings>>, mut request: Request, next: Next) -> Response {
    let client = ClientIp::of(&request, &surroundings.trusted);
    let extensions = request.extensions_mut();
    extensions.insert(client);
    extensions.insert(surroundings.base.clone());
    if let Some(dir) = &surroundings.uploads {
        extensions.insert(dir.clone());
    }
    next.run(request).await
}

/// 400 for a NUL in the address: nothing here has one in its name, and PostgreSQL could not even be asked.
async fn refuse_nul(request: Request, next: Next) -> Response {
    if request.uri().path_and_query().is_some_and(|address| address.as_str().contains("%00")) {
        return ApiError::bad_request("The address contains a null byte").into_response();
    }
    next.run(request).await
}

#[derive(Clone, Copy)]
struct BodyBytesMax(usize);

/// 413 for a body that says itself that it is too large, read as far as the client needs to see the answer.
async fn refuse_announced(State(max): State<BodyBytesMax>, request: Request, next: Next) -> Response {
    if body::announced(request.headers()).is_none_or(|bytes| bytes <= max.0) {
        return next.run(request).await;
    }
    body::drain(&mut request.into_body().into_data_stream()).await;
    ApiError::TooLarge.into_response()
}

/// Mastodon answers with and without a slash at the end alike, and clients use both: `/api/v1/streaming/` (client trap
/// 31), and Mastodon.py asks for `/api/v1/instance/` before anything else.
fn without_last_slash(mut request: Request) -> Request {
    let Some(bare) = request.uri().path().strip_suffix('/').filter(|bare| !bare.is_empty()) else {
        return request;
    };
    let query = request.uri().query().map_or_else(String::new, |query| format!("?{query}"));
    if let Ok(uri) = format!("{bare}{query}").parse::<Uri>() {
        *request.uri_mut() = uri;
    }
    request
}

#[cfg(test)]
mod tests;
