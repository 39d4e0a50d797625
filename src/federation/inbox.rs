//! What other servers send: verified first, then stored, then answered, and only then understood.
//!
//! A request ends in 202 when its activity is on disk. By then its signature was verified, its actor owns the key or has
//! signed the activity itself, and nothing else has been done. What it means is the business of [`translate`], which
//! issues commands; nothing here appends. How to add a kind of activity: a file below, and its line in `translate`.

mod accept;
mod announces;
mod creates;
mod deletes;
mod dispatch;
mod flags;
mod follows;
mod forwarded;
mod intake;
mod known;
mod pins;
pub mod queue;
mod quotes;
mod reactions;
mod signer;
mod translate;
mod undo;
mod unproven;
mod updates;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, Uri as RequestUri};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use bytes::Bytes;
use chronodon_activitypub::activity::{Activity, ActivityKind};
use chronodon_activitypub::digest::BodyDigest;
use chronodon_activitypub::signature::{self, Claim, SignatureError};
use chronodon_activitypub::uri::Uri;
use chronodon_activitypub::{DocumentError, json};
use chronodon_event_log::MasterKey;
use chronodon_projections::ProjectionError;
use chronodon_projections::core::accounts::{self, Account};
use deadpool_postgres::Pool;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;
use tokio::sync::{Notify, Semaphore};

pub(crate) use dispatch::run;

use self::intake::Intake;
use self::queue::NewRow;
use self::signer::Signers;
use super::{resolve, synchronization};
use crate::api::ApiError;
use crate::api::params::body;
use crate::app::App;
use crate::clock;
use crate::commands::CommandError;

/// Requests whose signatures are looked at, at a time; more are told to come again.
const VERIFIED_AT_ONCE_MAX: usize = 256;

/// What this process knows of what comes in.
pub struct Inbox {
    intake: Intake,
    signers: Signers,
    turns: Semaphore,
    hmac: Hmac<Sha256>,
    arrived: Arc<Notify>,
    counts: Counts,
}

/// What has become of activities, since this process began.
#[derive(Debug, Default)]
struct Counts {
    done: AtomicU64,
    irrelevant: AtomicU64,
    refused: AtomicU64,
    unsupported: AtomicU64,
    failed: AtomicU64,
}

/// What has become of activities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Carried out, or so already.
    pub done: u64,
    /// About nothing that anybody here knows or follows.
    pub irrelevant: u64,
    /// Not the sender's to say, or not allowed.
    pub refused: u64,
    /// Of a kind that is not understood here.
    pub unsupported: u64,
    /// Put off or given up after a fault.
    pub failed: u64,
}

impl Inbox {
    /// The inbox of a server with these tables. Begins to store what comes.
    #[must_use]
    pub fn open(pool: Pool, master: &MasterKey) -> Self {
        let arrived = Arc::<Notify>::default();
        Self {
            intake: Intake::start(pool, arrived.clone()),
            signers: Signers::new(),
            turns: Semaphore::new(VERIFIED_AT_ONCE_MAX),
            hmac: Hmac::new_from_slice(&master.derive("inbox")).expect("HMAC takes keys of any length"),
            arrived,
            counts: Counts::default(),
        }
    }

    /// What has become of activities, since this process began.
    #[must_use]
    pub fn counted(&self) -> Counted {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let Counts { done, irrelevant, refused, unsupported, failed } = &self.counts;
        Counted {
            done: read(done),
            irrelevant: read(irrelevant),
            refused: read(refused),
            unsupported: read(unsupported),
            failed: read(failed),
        }
    }

    /// A hash that nobody else can make.
    fn hash(&self, parts: &[&str]) -> Vec<u8> {
        let mut hmac = self.hmac.clone();
        for part in parts {
            hmac.update(&part.len().to_be_bytes());
            hmac.update(part.as_bytes());
        }
        hmac.finalize().into_bytes().to_vec()
    }
}

/// Where other servers send to.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/actor/inbox", post(shared))
        .route("/inbox", post(shared))
        .route("/users/{name}/inbox", post(personal))
}

async fn shared(State(app): State<Arc<App>>, request: Request) -> Result<StatusCode, Denied> {
    receive(&app, request).await
}

async fn personal(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    request: Request,
) -> Result<StatusCode, Denied> {
    accounts::id_of_local_username(&app.reader, &name).await?.ok_or(Denied::Api(ApiError::NotFound))?;
    receive(&app, request).await
}

async fn receive(app: &App, request: Request) -> Result<StatusCode, Denied> {
    if !app.config.federation.enabled {
        return Err(Denied::Api(ApiError::NotFound));
    }
    let (parts, body) = request.into_parts();
    let body = Bytes::from(body::read(&parts.headers, body).await?);
    let _turn = app.inbox.turns.try_acquire().map_err(|_| Denied::Busy)?;
    let claim = claim(app, &parts.uri, &parts.headers, &body)?;
    let rules = app.egress.rules();
    let key_uri = Uri::parse(&claim.key_id, rules).map_err(|_| Denied::Unauthorized("the key's address is none"))?;
    if resolve::is_refused(app, &key_uri) {
        return Err(Denied::Forbidden);
    }
    let document = json::read(&body).map_err(|error| Denied::Malformed(error.to_string()))?;
    let activity =
        Activity::read(&document, rules).map_err(|error: DocumentError| Denied::Malformed(error.to_string()))?;
    check(app, &activity, &key_uri)?;
    if is_of_somebody_unknown(app, &activity, &key_uri).await? {
        return Ok(StatusCode::ACCEPTED);
    }
    let signer = app.inbox.signers.verify(app, &claim, &key_uri).await?;
    if signer.suspended && activity.kind != ActivityKind::Delete {
        return Err(Denied::Forbidden);
    }
    if let Err(error) = crate::federation::delivery::heard_from(app, key_uri.authority()).await {
        tracing::warn!(%error, "it could not be noted that a host was heard from");
    }
    let row = row(app, &signer, &activity, body)?;
    if !app.inbox.intake.store(row).await {
        return Err(Denied::Busy);
    }
    if let Err(error) = synchronization::note(app, &claim, &parts.headers, &signer).await {
        tracing::warn!(%error, "what was said of followers could not be noted; it is said again");
    }
    Ok(StatusCode::ACCEPTED)
}

/// The account whose key signed a request for a document; none where it is nobody's. Where it `meets` strangers, a key that
/// is not known is asked for at its own server, and one that cannot be asked now makes the asker wait.
///
/// # Errors
/// When nothing may come from the signer's server, when that cannot be asked, and when the database cannot be read.
pub(super) async fn signer_of(app: &App, claim: &Claim, meets: bool) -> Result<Option<Account>, ApiError> {
    let key_uri = Uri::parse(&claim.key_id, app.egress.rules()).ok();
    let Some(key_uri) = key_uri.filter(|uri| uri.origin() != app.base_url) else { return Ok(None) };
    if resolve::is_refused(app, &key_uri) {
        return Err(ApiError::NotAllowed);
    }
    if !meets && accounts::remote::by_key(&app.reader, key_uri.as_str()).await?.is_none() {
        return Ok(None);
    }
    match app.inbox.signers.verify(app, claim, &key_uri).await {
        Ok(account) => Ok(Some(account)),
        Err(Denied::Forbidden) => Err(ApiError::NotAllowed),
        Err(Denied::Api(error)) => Err(error),
        Err(Denied::Fault(error)) => Err(ApiError::internal(error)),
        Err(denied @ (Denied::Busy | Denied::Unavailable(_))) if meets => {
            Err(ApiError::unavailable(denied.to_string()))
        }
        Err(denied) => {
            tracing::debug!(key = %key_uri, %denied, "who signed a request for a document is not known");
            Ok(None)
        }
    }
}

/// All that the signature says without its key. Our own host is the configured one, whatever the request says.
fn claim(app: &App, uri: &RequestUri, headers: &HeaderMap, body: &Bytes) -> Result<Claim, Denied> {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let texts: Vec<_> = headers.iter().map(|(name, value)| (name, String::from_utf8_lossy(value.as_bytes()))).collect();
    let headers: Vec<_> = texts.iter().map(|(name, value)| (name.as_str(), value.as_ref())).collect();
    let request = signature::Request { method: "POST", target: &app.url(path), headers: &headers, body };
    Ok(signature::read(&request, clock::now())?)
}

/// What needs no key: nobody else signs in our name, an activity is on its actor's server, and its actor on the key's;
/// or it has a signature of its own, and somebody passes it on.
fn check(app: &App, activity: &Activity, key_uri: &Uri) -> Result<(), Denied> {
    if key_uri.origin() == app.base_url || activity.actor.origin() == app.base_url {
        return Err(Denied::Unauthorized("this server does not write to itself"));
    }
    if !activity.is_of_its_actor() {
        return Err(Denied::Unauthorized("the activity is not of its actor's server"));
    }
    if activity.actor.origin() != key_uri.origin() && !activity.has_signature {
        return Err(Denied::Unauthorized("the key is not the actor's"));
    }
    Ok(())
}

/// Servers tell everybody of an account that is gone, and its key is gone, too: who never knew it asks for nothing.
async fn is_of_somebody_unknown(app: &App, activity: &Activity, key_uri: &Uri) -> Result<bool, Denied> {
    let of_itself = activity.kind == ActivityKind::Delete && activity.object.id() == Some(&activity.actor);
    if !of_itself || app.inbox.signers.knows(app, key_uri).await? {
        return Ok(false);
    }
    Ok(accounts::remote::by_uri(&app.reader, activity.actor.as_str()).await?.is_none())
}

fn row(app: &App, signer: &Account, activity: &Activity, body: Bytes) -> Result<NewRow, Denied> {
    let uri = signer.uri.clone().ok_or(Denied::Unauthorized("the key is of no other server"))?;
    if signer.domain.as_deref().is_some_and(|domain| resolve::is_domain_refused(app, domain)) {
        return Err(Denied::Forbidden);
    }
    if uri != activity.actor.as_str() && !activity.has_signature {
        return Err(Denied::Unauthorized("the key is not the actor's"));
    }
    let id = activity.id.as_ref().map_or("", Uri::as_str);
    let digest = BodyDigest::of(&body).to_digest_header();
    let host = Uri::parse(&uri, app.egress.rules()).map_or_else(|_| String::new(), |uri| uri.authority().to_owned());
    Ok(NewRow {
        dedup: app.inbox.hash(&["activity", &uri, id, &digest]),
        object_key: translate::subject(activity, app.egress.rules()).map(|uri| app.inbox.hash(&["object", &uri])),
        signer: uri,
        host,
        body,
    })
}

/// Why an activity is not taken. Told in the JSON form of the API's errors.
#[derive(Debug, thiserror::Error)]
enum Denied {
    #[error(transparent)]
    Api(#[from] ApiError),
    #[error("{0}")]
    Malformed(String),
    #[error(transparent)]
    Signature(#[from] SignatureError),
    #[error("{0}")]
    Unauthorized(&'static str),
    #[error("this server takes nothing from there")]
    Forbidden,
    #[error("the server is busy, please try again")]
    Busy,
    #[error("{0}")]
    Unavailable(&'static str),
    #[error("{0}")]
    Fault(anyhow::Error),
}

impl Denied {
    fn status(&self) -> StatusCode {
        match self {
            Self::Api(error) => error.status(),
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::Signature(error) => StatusCode::from_u16(error.status()).unwrap_or(StatusCode::UNAUTHORIZED),
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::Busy | Self::Unavailable(_) | Self::Fault(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl From<ProjectionError> for Denied {
    fn from(error: ProjectionError) -> Self {
        Self::Fault(error.into())
    }
}

impl From<CommandError> for Denied {
    fn from(error: CommandError) -> Self {
        Self::Fault(error.into())
    }
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        let error = match &self {
            Self::Fault(error) => {
                tracing::warn!(%error, "an activity could not be taken");
                Self::Busy.to_string()
            }
            other => other.to_string(),
        };
        (self.status(), Json(json!({ "error": error }))).into_response()
    }
}
