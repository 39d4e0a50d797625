//! A body read into memory, with a bound on its bytes and on the wait for each chunk.
//!
//! Must not know what the bytes mean.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, header};
use chronodon_domain::limits::{BODY_BYTES_MAX, BODY_CHUNK_SECONDS_MAX};
use futures::{Stream, StreamExt};

use crate::api::error::ApiError;

/// Longest wait for the next chunk.
pub(super) const CHUNK_WAIT_MAX: Duration = Duration::from_secs(BODY_CHUNK_SECONDS_MAX);
/// Most bytes read and thrown away of a body that is refused, so that the client gets to see the answer.
const DRAINED_BYTES_MAX: usize = 8 * 1024 * 1024;

/// The whole body, at most [`BODY_BYTES_MAX`] bytes.
///
/// # Errors
/// 413 when it is longer, 400 when it breaks off or stalls.
pub(crate) async fn read(headers: &HeaderMap, body: Body) -> Result<Vec<u8>, ApiError> {
    let mut stream = body.into_data_stream();
    let mut bytes = Vec::with_capacity(announced(headers).unwrap_or_default().min(BODY_BYTES_MAX));
    while let Some(chunk) = next(&mut stream).await? {
        if bytes.len() + chunk.len() > BODY_BYTES_MAX {
            drain(&mut stream).await;
            return Err(ApiError::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// The bytes that the headers promise.
pub(crate) fn announced(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

async fn next<E>(stream: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin)) -> Result<Option<Bytes>, ApiError> {
    let waited = tokio::time::timeout(CHUNK_WAIT_MAX, stream.next()).await;
    let chunk = waited.map_err(|_| broken())?;
    chunk.transpose().map_err(|_| broken())
}

/// Reads a refused body and throws it away: a client that still sends when the connection closes reads no answer. Gives
/// up after some megabytes, or when nothing more comes.
pub(crate) async fn drain<E>(stream: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin)) {
    let mut drained = 0;
    while let Ok(Some(chunk)) = next(stream).await {
        drained += chunk.len();
        if drained > DRAINED_BYTES_MAX {
            return;
        }
    }
}

/// 400: the body stopped before its end.
pub(super) fn broken() -> ApiError {
    ApiError::bad_request("The request body is incomplete")
}
