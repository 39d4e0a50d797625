//! The one client that calls other servers. Whoever gives this server an address decides where it goes, so every step is
//! checked: the form of the address, the port, the addresses that its name leads to at the moment of connecting, and all
//! of that again at each redirect. What comes back is bounded in bytes (after decompression), in time and in pace.
//!
//! Must not know what is in a document, nor why it is asked for, nor which domains are blocked here. How to add a kind of
//! request: a [`kind::Kind`] with its `Accept` and what it takes, and a method here.

mod body;
pub(super) mod budget;
mod call;
mod client;
mod error;
mod kind;
mod resolve;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chronodon_activitypub::digest::BodyDigest;
use chronodon_activitypub::limits::DOCUMENT_BYTES_MAX;
use chronodon_activitypub::signature::Scheme;
use chronodon_activitypub::uri::{Uri, UriRules};
use chronodon_domain::limits;
use tokio::io::{AsyncWrite, AsyncWriteExt};

pub use client::OpenError;
pub use error::{EgressError, is_final_status};

use self::body::Body;
use self::client::Inner;
use self::kind::Kind;
use super::keys::KeyPair;
use crate::config::Config;

/// The client. Copies share connections, turns and what was learned.
#[derive(Clone)]
pub struct Egress(Arc<Inner>);

/// What was fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Where it was found in the end, after redirects, without a fragment.
    pub url: Uri,
    /// What it is: at most [`DOCUMENT_BYTES_MAX`] bytes.
    pub body: Bytes,
}

impl Fetched {
    /// The body as text; what is no UTF-8 is replaced.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }
}

/// The answer to a delivery, whatever it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// How long the server wants to be left alone.
    pub retry_after: Option<Duration>,
}

impl Answer {
    /// Whether the delivery has arrived.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// A file that was fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// What the server says it is. Not to be believed.
    pub media_type: Option<String>,
    /// How many bytes were written.
    pub bytes: u64,
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    connect: Duration,
    silence: Duration,
    slow: Duration,
    bytes_per_second_min: u64,
    document: Duration,
    file: Duration,
    wait: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(limits::FETCH_CONNECT_SECONDS_MAX),
            silence: Duration::from_secs(limits::FETCH_SILENCE_SECONDS_MAX),
            slow: Duration::from_secs(limits::FETCH_SLOW_SECONDS_MAX),
            bytes_per_second_min: limits::FETCH_BYTES_PER_SECOND_MIN,
            document: Duration::from_secs(limits::FETCH_SECONDS_MAX),
            file: Duration::from_secs(limits::FETCH_FILE_SECONDS_MAX),
            wait: Duration::from_secs(limits::FETCH_WAIT_SECONDS_MAX),
        }
    }
}

impl Egress {
    /// The client of a server with this configuration.
    ///
    /// # Errors
    /// When `federation.ca_file` cannot be used.
    pub fn open(config: &Config) -> Result<Self, OpenError> {
        Inner::open(config, resolve::system(), Bounds::default()).map(|inner| Self(Arc::new(inner)))
    }

    /// Which addresses are acceptable here: to read addresses in documents by.
    #[must_use]
    pub fn rules(&self) -> UriRules {
        self.0.rules
    }

    /// Fetches an object of ActivityPub. Where the server does not understand how the request was signed, it is signed the
    /// other way; which one it was is remembered.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn get_document(&self, url: &Uri, signer: Option<&KeyPair>) -> Result<Fetched, EgressError> {
        self.whole(url, Kind::Document, signer).await
    }

    /// Fetches a WebFinger answer.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn get_jrd(&self, url: &Uri) -> Result<Fetched, EgressError> {
        self.whole(url, Kind::Jrd, None).await
    }

    /// Fetches other JSON, such as NodeInfo.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn get_json(&self, url: &Uri) -> Result<Fetched, EgressError> {
        self.whole(url, Kind::Json, None).await
    }

    /// Fetches HTML, XML or plain text.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn get_text(&self, url: &Uri) -> Result<Fetched, EgressError> {
        self.whole(url, Kind::Text, None).await
    }

    /// Fetches a file of at most `bytes_max` bytes, and writes it. What was written before an error is to be thrown away.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn get_file(
        &self,
        url: &Uri,
        bytes_max: u64,
        into: &mut (impl AsyncWrite + Unpin),
    ) -> Result<File, EgressError> {
        let kept = |error: std::io::Error| EgressError::Kept(error.to_string());
        let fetch = async {
            let found = self.0.get(url, Kind::File, None).await?;
            let media_type = found.media_type();
            let mut body = Body::new(found.response, bytes_max, &self.0.bounds)?;
            while let Some(piece) = body.next().await? {
                into.write_all(&piece).await.map_err(kept)?;
            }
            into.flush().await.map_err(kept)?;
            Ok(File { media_type, bytes: body.bytes() })
        };
        within(self.0.bounds.file, fetch).await
    }

    /// Delivers an activity, signed in this scheme; the signature covers also `extra_headers`. Redirects are not followed.
    ///
    /// # Errors
    /// When there is no answer. An answer that refuses is an [`Answer`].
    pub async fn post(
        &self,
        inbox: &Uri,
        body: Bytes,
        digest: &BodyDigest,
        signer: &KeyPair,
        scheme: Scheme,
        extra_headers: &[(&str, &str)],
    ) -> Result<Answer, EgressError> {
        let delivery = call::Delivery { inbox, body, digest, signer, scheme, extra_headers };
        within(self.0.bounds.document, self.0.post(delivery)).await
    }

    async fn whole(&self, url: &Uri, kind: Kind, signer: Option<&KeyPair>) -> Result<Fetched, EgressError> {
        let fetch = async {
            let found = self.0.get(url, kind, signer).await?;
            let body = Body::new(found.response, DOCUMENT_BYTES_MAX as u64, &self.0.bounds)?;
            Ok(Fetched { url: found.url, body: body.whole().await? })
        };
        within(self.0.bounds.document, fetch).await
    }
}

async fn within<T>(time: Duration, what: impl Future<Output = Result<T, EgressError>>) -> Result<T, EgressError> {
    tokio::time::timeout(time, what).await.unwrap_or(Err(EgressError::TooSlow))
}
