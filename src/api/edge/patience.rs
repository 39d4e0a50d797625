//! How long a request may take before it is given up with 503.
//!
//! What it has appended by then stands: a client that repeats it with the same Idempotency-Key gets the result.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::api::error::ApiError;

/// The bounds.
#[derive(Clone, Copy)]
pub(super) struct Patience {
    pub(super) usual: Duration,
    pub(super) upload: Duration,
}

impl Patience {
    /// The bound of a request; none for streaming, which lasts.
    fn with(self, request: &Request) -> Option<Duration> {
        if request.uri().path().starts_with("/api/v1/streaming") {
            return None;
        }
        let kind = request.headers().get(header::CONTENT_TYPE).map(|value| value.as_bytes().to_ascii_lowercase());
        let brings_files = kind.is_some_and(|kind| kind.starts_with(b"multipart/"));
        Some(if brings_files { self.upload } else { self.usual })
    }
}

/// Waits for the answer as long as it may take.
pub(super) async fn wait(State(patience): State<Patience>, request: Request, next: Next) -> Response {
    let Some(bound) = patience.with(&request) else {
        return next.run(request).await;
    };
    match tokio::time::timeout(bound, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ApiError::unavailable("The request took too long, please try again").into_response(),
    }
}
