//! One id per request: the client's when it is sane, a new one otherwise. It is in every line logged for the request
//! and in the answer's `X-Request-Id`.
//!
//! Must not know what the request does. The query string is not logged: it may hold a token.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;
use uuid::Uuid;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest id taken over from a client.
const ID_BYTES_MAX: usize = 128;

/// The id of the request, as a request extension.
#[derive(Clone, Debug)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    #[expect(clippy::disallowed_methods, reason = "names a request in the server's own log, nothing else")]
    fn of(request: &Request) -> Self {
        let given = request.headers().get(X_REQUEST_ID).filter(|id| is_sane(id.as_bytes()));
        Self(
            given.cloned().unwrap_or_else(|| {
                HeaderValue::try_from(Uuid::new_v4().to_string()).expect("a UUID is printable ASCII")
            }),
        )
    }
}

/// Letters, digits and a few marks only: nothing that could forge a line of the log.
fn is_sane(id: &[u8]) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.@".contains(byte);
    !id.is_empty() && id.len() <= ID_BYTES_MAX && id.iter().all(allowed)
}

/// Gives the request its id and its span.
pub(super) async fn identify(mut request: Request, next: Next) -> Response {
    let id = RequestId::of(&request);
    let span =
        tracing::info_span!("request", id = id.as_str(), method = %request.method(), path = request.uri().path());
    request.extensions_mut().insert(id.clone());
    let mut response = next.run(request).instrument(span.clone()).await;
    span.in_scope(|| tracing::debug!(status = response.status().as_u16(), "answered"));
    response.headers_mut().insert(X_REQUEST_ID, id.0);
    response
}
