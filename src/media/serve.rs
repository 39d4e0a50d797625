//! Media over HTTP: `GET /media/…`, whole or in part, to be kept by browsers for ever.
//!
//! A name is never used twice for other content, so nothing here expires. Types come from our own table; a browser is
//! told to believe them and to run nothing. Who knows an address may see its file: addresses cannot be guessed.

mod range;

use std::io::SeekFrom;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Response, StatusCode};
use axum::routing::get;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use range::Requested;

use super::Store;
use super::store::StoredPath;

/// Where the store is mounted; a stored path follows.
pub const URL_PREFIX: &str = "/media/";

/// Bytes read from disk at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// Whoever has a file of ours may keep it.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// Headers of every answer, errors included.
const ALWAYS: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; form-action 'none'; frame-ancestors 'none'"),
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    (header::REFERRER_POLICY, "no-referrer"),
];

/// The routes of the store, for any application state.
pub fn router<S: Clone + Send + Sync + 'static>(store: Store) -> Router<S> {
    Router::new().route("/media/{*path}", get(show)).with_state(store)
}

async fn show(State(store): State<Store>, Path(path): Path<String>, headers: HeaderMap) -> Response<Body> {
    let mut response = match store.locate(&path) {
        Some((file, stored)) => open(&file, &stored, &headers).await,
        None => empty(StatusCode::NOT_FOUND),
    };
    disarm(&mut response);
    response
}

/// Tells a browser to run nothing in the answer, whatever it is.
pub(crate) fn disarm(response: &mut Response<Body>) {
    for (name, value) in ALWAYS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
}

async fn open(file: &std::path::Path, stored: &StoredPath, headers: &HeaderMap) -> Response<Body> {
    match File::open(file).await {
        Ok(opened) => {
            let kind = stored.file_type().mime_type();
            answer(opened, &Kept { tag: stored.name(), kind, cache: FOR_EVER }, headers).await
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => empty(StatusCode::NOT_FOUND),
        Err(error) => fault(&error),
    }
}

/// What is said of a file beside its content.
pub(crate) struct Kept<'a> {
    /// The same for the same content only; without quotes.
    pub(crate) tag: &'a str,
    /// The content type.
    pub(crate) kind: &'static str,
    /// How long it may be kept.
    pub(crate) cache: &'static str,
}

/// A file or a part of it, as the request's headers ask for it.
pub(crate) async fn answer(opened: File, kept: &Kept<'_>, headers: &HeaderMap) -> Response<Body> {
    let length = match opened.metadata().await {
        Ok(metadata) => metadata.len(),
        Err(error) => return fault(&error),
    };
    let tag = format!("\"{}\"", kept.tag);
    let mut response = if range::names(headers.get(header::IF_NONE_MATCH), &tag) {
        empty(StatusCode::NOT_MODIFIED)
    } else {
        match content(opened, length, Requested::of(headers, &tag, length)).await {
            Ok(response) => response,
            Err(error) => return fault(&error),
        }
    };
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(kept.kind));
    out.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("inline"));
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept.cache));
    out.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    out.insert(header::ETAG, HeaderValue::from_str(&tag).expect("hexadecimal digits in quotes"));
    response
}

async fn content(mut file: File, length: u64, requested: Requested) -> std::io::Result<Response<Body>> {
    let (status, start, count) = match requested {
        Requested::Whole => (StatusCode::OK, 0, length),
        Requested::Part { first, last } => (StatusCode::PARTIAL_CONTENT, first, last - first + 1),
        Requested::Beyond => {
            let mut response = empty(StatusCode::RANGE_NOT_SATISFIABLE);
            set(&mut response, header::CONTENT_RANGE, &format!("bytes */{length}"));
            return Ok(response);
        }
    };
    file.seek(SeekFrom::Start(start)).await?;
    let stream = ReaderStream::with_capacity(file.take(count), CHUNK_BYTES);
    let mut response = Response::new(Body::from_stream(stream));
    *response.status_mut() = status;
    set(&mut response, header::CONTENT_LENGTH, &count.to_string());
    if let Requested::Part { first, last } = requested {
        set(&mut response, header::CONTENT_RANGE, &format!("bytes {first}-{last}/{length}"));
    }
    Ok(response)
}

fn set(response: &mut Response<Body>, name: HeaderName, value: &str) {
    response.headers_mut().insert(name, HeaderValue::from_str(value).expect("digits and ASCII signs"));
}

pub(crate) fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

fn fault(error: &std::io::Error) -> Response<Body> {
    tracing::error!(%error, "a media file cannot be read");
    empty(StatusCode::SERVICE_UNAVAILABLE)
}

#[cfg(test)]
mod tests;
