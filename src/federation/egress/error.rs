//! Why there is no answer from another server.

use std::error::Error;

use chronodon_activitypub::key::KeyError;
use chronodon_activitypub::uri::UriError;

use super::resolve::Refused;

/// Why there is no answer from another server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EgressError {
    /// The server does not talk with others.
    #[error("federation is switched off")]
    Off,
    /// An address that may not be called: not public, or of a form that is refused.
    #[error("the address may not be called: {0}")]
    Forbidden(&'static str),
    /// No address that is one.
    #[error(transparent)]
    Uri(#[from] UriError),
    /// Too many requests are under way to that host, or at all.
    #[error("too many requests are under way")]
    Busy,
    /// No connection came about. Nothing was sent.
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
    /// The connection broke. What was sent may have arrived.
    #[error("the connection broke: {0}")]
    Interrupted(String),
    /// It took too long, as a whole or in a part. What was sent may have arrived.
    #[error("the server is too slow")]
    TooSlow,
    /// The answer has more bytes than it may.
    #[error("the answer is too large")]
    TooLarge,
    /// The answer has another status than success.
    #[error("the server answered with status {0}")]
    Status(u16),
    /// The answer is of another media type, or encoded as was not asked for.
    #[error("the answer is of another type")]
    WrongType,
    /// Too many redirects, in a circle, or to something that is no address.
    #[error("the server redirects: {0}")]
    Redirect(&'static str),
    /// The request cannot be made.
    #[error("the request is malformed")]
    Malformed,
    /// The key did not sign.
    #[error("{0}")]
    Signing(#[from] KeyError),
    /// What was fetched could not be written.
    #[error("what was fetched could not be kept: {0}")]
    Kept(String),
}

impl EgressError {
    /// Whether asking again will give the same: refused here, or refused there for good. What is not final may be better
    /// later.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match self {
            Self::Status(status) => is_final_status(*status),
            Self::Off
            | Self::Busy
            | Self::Unreachable(_)
            | Self::Interrupted(_)
            | Self::TooSlow
            | Self::Signing(_)
            | Self::Kept(_) => false,
            Self::Forbidden(_)
            | Self::Uri(_)
            | Self::TooLarge
            | Self::WrongType
            | Self::Redirect(_)
            | Self::Malformed => true,
        }
    }

    /// Whether the server says that there is no such thing (any more).
    #[must_use]
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Status(404 | 410))
    }

    /// Whether what was sent may have arrived all the same.
    #[must_use]
    pub fn may_have_arrived(&self) -> bool {
        matches!(self, Self::Interrupted(_) | Self::TooSlow)
    }

    pub(super) fn of(error: reqwest::Error) -> Self {
        let error = error.without_url();
        if let Some(Refused(why)) = chain(&error).find_map(|error| error.downcast_ref()) {
            return Self::Forbidden(why);
        }
        if error.is_builder() {
            return Self::Malformed;
        }
        let text: Vec<String> = chain(&error).map(ToString::to_string).collect();
        if error.is_connect() { Self::Unreachable(text.join(": ")) } else { Self::Interrupted(text.join(": ")) }
    }
}

/// Whether a server that answers so to a delivery, or to a fetch, will not take it later either. As in Mastodon, what may
/// be a matter of time (a key that is not known yet, too much at once) is not final.
#[must_use]
pub fn is_final_status(status: u16) -> bool {
    status == 501 || ((400..500).contains(&status) && !matches!(status, 401 | 408 | 425 | 429))
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}
