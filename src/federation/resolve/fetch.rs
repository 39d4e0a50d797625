//! Fetches documents, each from the server that it is of. Many who ask for one at once are answered by one fetch, and
//! what failed is not asked for again at once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chronodon_activitypub::DocumentError;
use chronodon_activitypub::json;
use chronodon_activitypub::uri::Uri;
use chronodon_domain::limits;
use chronodon_events::AccountId;
use moka::future::Cache;
use moka::sync::Cache as Seen;
use serde_json::Value;

use super::{ResolveError, is_refused};
use crate::app::App;

/// How long an answer serves those who ask for the same a moment later.
const FLIGHT: Duration = Duration::from_secs(2);
/// How long what could not be fetched is not asked for again.
const FAILED: Duration = Duration::from_secs(120);
/// How long it is remembered what was asked for.
const ASKED: Duration = Duration::from_secs(24 * 60 * 60);

/// A document, as its own server gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Its address, by which it was fetched.
    pub id: Uri,
    /// What it says.
    pub value: Value,
}

/// What is under way, and what came of it a moment ago.
pub struct Documents {
    flights: Cache<String, Arc<Document>>,
    failed: Cache<String, ResolveError>,
    asked: Seen<String, Instant>,
}

impl Default for Documents {
    fn default() -> Self {
        let flights = Cache::builder().max_capacity(limits::FETCHES_MAX as u64).time_to_live(FLIGHT).build();
        let failed = Cache::builder().max_capacity(limits::FETCHES_FAILED_KEPT_MAX).time_to_live(FAILED).build();
        let asked = Seen::builder().max_capacity(limits::FETCHED_REMEMBERED_MAX).time_to_live(ASKED).build();
        Self { flights, failed, asked }
    }
}

impl Documents {
    /// The next who asks is answered by its server.
    pub(super) async fn forget(&self, uri: &Uri) {
        self.flights.invalidate(uri.as_str()).await;
        self.failed.invalidate(uri.as_str()).await;
    }

    /// Whether something has not been asked for within this time, which is at most a day. It counts as asked for then.
    #[must_use]
    pub fn is_due(&self, what: &str, every: Duration) -> bool {
        let recent = self.asked.get(what).is_some_and(|at| at.elapsed() < every);
        if !recent {
            self.note_asked(what);
        }
        !recent
    }

    /// It has been asked for now.
    pub(in crate::federation) fn note_asked(&self, what: &str) {
        self.asked.insert(what.to_owned(), Instant::now());
    }
}

/// The document as its server gives it at this moment, whatever was fetched before.
///
/// # Errors
/// As [`document`].
pub async fn document_now(app: &App, uri: &Uri) -> Result<Arc<Document>, ResolveError> {
    app.documents.forget(uri).await;
    document(app, uri).await
}

/// The document at an address of another server: that server's own, or that of the one it sends us to.
///
/// # Errors
/// Why there is none.
pub async fn document(app: &App, uri: &Uri) -> Result<Arc<Document>, ResolveError> {
    let uri = uri.document();
    if is_refused(app, &uri) {
        return Err(ResolveError::Refused);
    }
    let documents = &app.documents;
    if let Some(error) = documents.failed.get(uri.as_str()).await {
        return Err(error);
    }
    let flight = async { fetch(app, &uri).await.map(Arc::new) };
    match documents.flights.try_get_with(uri.to_string(), flight).await {
        Ok(document) => Ok(document),
        Err(error) => {
            if !error.is_fault() {
                documents.failed.insert(uri.to_string(), (*error).clone()).await;
            }
            Err((*error).clone())
        }
    }
}

/// A document under another address than its own is asked for once more, at its own.
async fn fetch(app: &App, uri: &Uri) -> Result<Document, ResolveError> {
    let key = app.keys.of(AccountId::INSTANCE, &app.url("/actor")).await?;
    let mut asked = uri.clone();
    for _ in 0..2 {
        let found = app.egress.get_document(&asked, Some(&key)).await?;
        if is_refused(app, &found.url) {
            return Err(ResolveError::Refused);
        }
        let value = json::read(&found.body)?;
        let id = value.get("id").and_then(Value::as_str).ok_or(DocumentError::Missing("id"))?;
        let id = Uri::parse(id, app.egress.rules()).map_err(|error| DocumentError::Address("id", error))?;
        if is_refused(app, &id) {
            return Err(ResolveError::Refused);
        }
        if id.origin() == found.url.origin() && (id == found.url || id == asked) {
            return Ok(Document { id, value });
        }
        if crate::federation::own::read(app, &id).is_some() {
            return Err(ResolveError::Invalid("id"));
        }
        asked = id.document();
    }
    Err(ResolveError::Invalid("id"))
}
