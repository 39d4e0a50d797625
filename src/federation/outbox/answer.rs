//! Documents as answers: who may ask at all, and the headers that keep caches from showing one reader another's.
//!
//! Must not know what a document says.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use chronodon_activitypub::context::accepts_activity;
use chronodon_events::AccountId;
use chronodon_projections::ProjectionError;
use chronodon_projections::core::accounts::Account;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::api::error::ApiError;
use crate::app::App;
use crate::commands::CommandError;
use crate::federation::signed::SignedBy;

const MEDIA_TYPE: &str = "application/activity+json; charset=utf-8";
/// For what everybody may read; three minutes, as Mastodon's.
const SHARED: &str = "public, max-age=180";
const OWN: &str = "private, no-store";
/// What an answer depends on beside its address.
const DEPENDS_ON: &str = "Accept, Signature, Signature-Input";

/// Who asks, and for what.
#[derive(Clone, Debug)]
pub struct Asking {
    signer: Option<Account>,
    wants_document: bool,
    known: Option<HeaderValue>,
}

impl FromRequestParts<Arc<App>> for Asking {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let SignedBy(signer) = SignedBy::from_request_parts(parts, app).await?;
        Ok(Self { signer, ..Self::of_anybody(app, &parts.headers) })
    }
}

/// Who asks for what is for one server only: whoever it is, it is met.
#[derive(Clone, Debug)]
pub(super) struct AskingServer(pub(super) Asking);

impl FromRequestParts<Arc<App>> for AskingServer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let SignedBy(signer) = SignedBy::met(parts, app).await?;
        Ok(Self(Asking { signer, ..Asking::of_anybody(app, &parts.headers) }))
    }
}

impl Asking {
    /// A request whose signature is not looked at: for what everybody reads, so that two servers that ask for each
    /// other's keys do not wait for each other.
    pub(super) fn of_anybody(app: &App, headers: &HeaderMap) -> Self {
        let known = headers.get(header::IF_NONE_MATCH).cloned();
        Self { signer: None, wants_document: app.config.federation.enabled && wants_document(headers), known }
    }

    /// Whether the page of the same address is not what is wanted.
    #[must_use]
    pub fn for_document(&self) -> bool {
        self.wants_document
    }

    /// The account that asks.
    #[must_use]
    pub fn viewer(&self) -> Option<AccountId> {
        self.signer.as_ref().map(|signer| AccountId(signer.id))
    }

    /// The account that asks.
    pub(super) fn signer(&self) -> Option<&Account> {
        self.signer.as_ref()
    }

    /// That the asker may read anything here at all, and that what any process has acknowledged is shown.
    pub(super) async fn admitted(&self, app: &App) -> Result<(), NoDocument> {
        if !app.config.federation.enabled {
            return Err(ApiError::NotFound.into());
        }
        app.catch_up().await?;
        match &self.signer {
            Some(signer) if signer.suspended || !is_let_in(app, signer) => Err(ApiError::NotAllowed.into()),
            None if app.config.federation.is_closed() => Err(NoDocument::Unsigned),
            _ => Ok(()),
        }
    }

    /// The answer to it.
    pub(super) fn answer(&self, app: &App, found: Result<Document, NoDocument>) -> Response {
        match found {
            Ok(document) => document.answer(self.known.as_ref(), !app.config.federation.is_closed()),
            Err(none) => none.into_response(),
        }
    }
}

/// Whether a request asks for a document rather than for the page at the same address.
#[must_use]
pub fn wants_document(headers: &HeaderMap) -> bool {
    let accept = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepts_activity(&accept.collect::<Vec<_>>().join(", "))
}

fn is_let_in(app: &App, signer: &Account) -> bool {
    let domain = signer.domain.as_deref().unwrap_or_default();
    !app.config.federation.limited || app.policies.of(domain).allowed
}

/// A document to be shown.
#[derive(Clone, Debug)]
pub(super) struct Document {
    body: Value,
    shared: bool,
}

impl Document {
    /// One that says the same to everybody.
    pub(super) fn for_all(body: Value) -> Self {
        Self { body, shared: true }
    }

    /// One that not everybody may read, or that others would read otherwise.
    pub(super) fn for_viewer(body: Value) -> Self {
        Self { body, shared: false }
    }

    fn answer(self, known: Option<&HeaderValue>, open: bool) -> Response {
        let body = self.body.to_string();
        let tag = format!("W/\"{}\"", hex::encode(&Sha256::digest(body.as_bytes())[..16]));
        let cache = if self.shared && open { SHARED } else { OWN };
        let headers = [
            (header::CACHE_CONTROL, cache),
            (header::VARY, DEPENDS_ON),
            (header::ETAG, &*tag),
            (header::CONTENT_TYPE, MEDIA_TYPE),
        ];
        if known.is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        (headers, body).into_response()
    }
}

/// Why there is no document.
#[derive(Debug)]
pub(super) enum NoDocument {
    /// In the words of the client API.
    Refused(ApiError),
    /// The asker must say who it is.
    Unsigned,
    /// It is at this other address.
    At(String),
}

impl From<ApiError> for NoDocument {
    fn from(error: ApiError) -> Self {
        Self::Refused(error)
    }
}

impl From<ProjectionError> for NoDocument {
    fn from(error: ProjectionError) -> Self {
        Self::Refused(error.into())
    }
}

impl From<CommandError> for NoDocument {
    fn from(error: CommandError) -> Self {
        Self::Refused(error.into())
    }
}

impl IntoResponse for NoDocument {
    fn into_response(self) -> Response {
        let mut response = match self {
            Self::Refused(error) => error.into_response(),
            Self::Unsigned => {
                let words = json!({ "error": "Request not signed" });
                (StatusCode::UNAUTHORIZED, axum::Json(words)).into_response()
            }
            Self::At(address) => moved(&address),
        };
        let headers: [(HeaderName, &str); 2] = [(header::CACHE_CONTROL, OWN), (header::VARY, DEPENDS_ON)];
        for (name, value) in headers {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

fn moved(address: &str) -> Response {
    match address.parse::<Uri>() {
        Ok(address) => (StatusCode::FOUND, [(header::LOCATION, address.to_string())]).into_response(),
        Err(_) => ApiError::NotFound.into_response(),
    }
}
