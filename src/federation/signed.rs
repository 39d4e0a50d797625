//! Who asks, where another server has signed its request for a document.
//!
//! Must not know what is asked for, nor what the asker may see.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use chronodon_activitypub::signature::{self, Request, SignatureError};
use chronodon_projections::core::accounts::Account;

use super::inbox;
use crate::api::error::ApiError;
use crate::app::App;
use crate::clock;

/// The account whose key signed a request; none where the request is not signed, or not by a key that is somebody's. Where
/// only those who sign read here, one that was not known is met; elsewhere it would see no more than anybody. A suspended
/// account is told all the same: what follows is for the handler to say.
#[derive(Clone, Debug, Default)]
pub struct SignedBy(pub Option<Account>);

impl SignedBy {
    /// The same, where all that matters is who asks: one that was not known is met.
    ///
    /// # Errors
    /// As for the request itself.
    pub async fn met(parts: &Parts, app: &App) -> Result<Self, ApiError> {
        find(parts, app, true).await
    }
}

impl FromRequestParts<Arc<App>> for SignedBy {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        find(parts, app, app.config.federation.is_closed()).await
    }
}

async fn find(parts: &Parts, app: &App, meets: bool) -> Result<SignedBy, ApiError> {
    if !app.config.federation.enabled || !parts.headers.contains_key("signature") {
        return Ok(SignedBy(None));
    }
    match read(app, parts) {
        Ok(claim) => inbox::signer_of(app, &claim, meets).await.map(SignedBy),
        Err(error) => {
            tracing::debug!(%error, "a signature on a request for a document is none");
            Ok(SignedBy(None))
        }
    }
}

/// What the request says of itself. A request for a document has no body.
fn read(app: &App, parts: &Parts) -> Result<signature::Claim, SignatureError> {
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let text = |value: &axum::http::HeaderValue| value.to_str().map(str::to_owned).ok();
    let headers: Vec<(String, String)> =
        parts.headers.iter().filter_map(|(name, value)| Some((name.as_str().to_owned(), text(value)?))).collect();
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (&**name, &**value)).collect();
    let request = Request { method: parts.method.as_str(), target: &app.url(path), headers: &headers, body: b"" };
    signature::read(&request, clock::now())
}
