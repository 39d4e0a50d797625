//! One delivery: signed, sent, and what its answer means.

use std::time::Duration;

use bytes::Bytes;
use chronodon_activitypub::digest::BodyDigest;
use chronodon_activitypub::signature::Scheme;
use chronodon_activitypub::synchronization::{self, FollowersDigest, Synchronization};
use chronodon_activitypub::uri::Uri;
use chronodon_events::AccountId;
use chronodon_projections::core::inboxes;
use jiff::{SignedDuration, Timestamp};

use super::host::Health;
use super::queue::{self, Claimed, Outcome, Stored};
use crate::app::App;
use crate::clock;
use crate::federation::egress::{Answer, EgressError};
use crate::federation::keys::{KeyPair, KeysError};

/// How a host is written to of which nothing is known.
const FIRST_SCHEME: Scheme = Scheme::Cavage;
/// After a fault of our own.
const LATER: SignedDuration = SignedDuration::from_secs(30);

/// A body, ready to be sent.
#[derive(Debug)]
pub(super) struct Body {
    bytes: Bytes,
    digest: BodyDigest,
    account: AccountId,
    /// Who signs.
    actor: String,
    synchronized: bool,
}

impl Body {
    /// None: it is no activity.
    pub(super) fn of(stored: Stored) -> Option<Self> {
        let document: serde_json::Value = serde_json::from_slice(&stored.body).ok()?;
        Some(Self {
            digest: BodyDigest::of(&stored.body),
            actor: document["actor"].as_str()?.to_owned(),
            bytes: stored.body.into(),
            account: AccountId(stored.account_id),
            synchronized: stored.synchronized,
        })
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }
}

/// What came of a try.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) claimed: Claimed,
    pub(super) outcome: Outcome,
    pub(super) health: Health,
    /// The signature that the host has understood.
    pub(super) scheme: Option<Scheme>,
}

/// Sends.
pub(super) async fn send(app: &App, claimed: Claimed, body: &Body, known: Option<Scheme>) -> Sent {
    let (outcome, health, scheme) = match attempt(app, &claimed, body, known).await {
        Ok((answer, scheme)) => {
            let (outcome, health) = judge(answer, claimed.attempts, clock::now());
            (outcome, health, scheme)
        }
        Err(fault) => {
            let (outcome, health) = fault.outcome(claimed.attempts, clock::now());
            (outcome, health, None)
        }
    };
    Sent { claimed, outcome, health, scheme }
}

/// Why there is no answer.
enum Fault {
    Egress(EgressError),
    /// Nothing can ever be sent.
    Never(String),
    /// Something here does not work now.
    Ours(String),
}

impl Fault {
    fn outcome(self, attempts: i32, now: Timestamp) -> (Outcome, Health) {
        match self {
            Self::Egress(EgressError::Off | EgressError::Busy) => (returned(now), Health::Unknown),
            Self::Egress(error) if error.is_final() => {
                (Outcome::Failed { error: error.to_string(), uncertain: false }, Health::Unknown)
            }
            Self::Egress(error) => {
                let uncertain = error.may_have_arrived();
                (again(error.to_string(), uncertain, None, attempts, now), Health::Bad)
            }
            Self::Never(error) => (Outcome::Failed { error, uncertain: false }, Health::Unknown),
            Self::Ours(error) => {
                tracing::warn!(%error, "a delivery waits");
                (returned(now), Health::Unknown)
            }
        }
    }
}

impl From<KeysError> for Fault {
    fn from(error: KeysError) -> Self {
        match error {
            KeysError::Destroyed(_) => Self::Never(error.to_string()),
            KeysError::Database(_) | KeysError::Sealed(_) | KeysError::Key(_) => Self::Ours(error.to_string()),
        }
    }
}

/// Posts; and if the signature was refused, once more with the other kind of signature.
async fn attempt(
    app: &App,
    claimed: &Claimed,
    body: &Body,
    known: Option<Scheme>,
) -> Result<(Answer, Option<Scheme>), Fault> {
    let inbox = Uri::parse(&claimed.to.inbox, app.egress.rules()).map_err(|error| Fault::Never(error.to_string()))?;
    if super::is_suspended(app, &inbox) {
        return Err(Fault::Never("the server is suspended here".to_owned()));
    }
    let key = app.keys.of(body.account, &body.actor).await?;
    let synchronization = if body.synchronized { Some(synchronized(app, body, &inbox).await?) } else { None };
    let header = synchronization.as_deref().map(|value| (synchronization::HEADER, value));
    let headers = header.as_slice();
    let first = known.unwrap_or(FIRST_SCHEME);
    let answer = post(app, &inbox, body, &key, first, headers).await?;
    if !matches!(answer.status, 400 | 401) {
        return Ok((answer, answer.is_success().then_some(first)));
    }
    let second = match first {
        Scheme::Cavage => Scheme::Rfc9421,
        Scheme::Rfc9421 => Scheme::Cavage,
    };
    let other = post(app, &inbox, body, &key, second, headers).await?;
    Ok(if other.is_success() { (other, Some(second)) } else { (answer, None) })
}

async fn post(
    app: &App,
    inbox: &Uri,
    body: &Body,
    key: &KeyPair,
    scheme: Scheme,
    headers: &[(&str, &str)],
) -> Result<Answer, Fault> {
    app.egress.post(inbox, body.bytes.clone(), &body.digest, key, scheme, headers).await.map_err(Fault::Egress)
}

/// Which of the author's followers we know of where this goes (FEP-8fcf).
async fn synchronized(app: &App, body: &Body, inbox: &Uri) -> Result<String, Fault> {
    let followers = inboxes::followers_at(&app.reader, body.account, inbox.origin()).await;
    let followers = followers.map_err(|error| Fault::Ours(error.to_string()))?;
    let own = |path: &str| Uri::parse(&format!("{}{path}", body.actor), app.egress.rules());
    let (Ok(collection_id), Ok(url)) = (own("/followers"), own("/followers_synchronization")) else {
        return Err(Fault::Never("the author has no address".to_owned()));
    };
    let digest = FollowersDigest::of(followers.iter().map(String::as_str));
    Ok(Synchronization { collection_id, url, digest }.to_string())
}

/// What an answer means. What is refused for good is not tried again.
fn judge(answer: Answer, attempts: i32, now: Timestamp) -> (Outcome, Health) {
    let error = format!("the server answered with status {}", answer.status);
    match answer.status {
        200..=299 => (Outcome::Delivered, Health::Good),
        401 | 408 => (again(error, false, answer.retry_after, attempts, now), Health::Alive),
        429 | 503 => {
            let health = answer.retry_after.map_or(Health::Bad, Health::Busy);
            (again(error, false, answer.retry_after, attempts, now), health)
        }
        500..=599 => (again(error, true, answer.retry_after, attempts, now), Health::Bad),
        _ => (Outcome::Failed { error, uncertain: false }, Health::Alive),
    }
}

fn again(error: String, uncertain: bool, after: Option<Duration>, attempts: i32, now: Timestamp) -> Outcome {
    if attempts >= queue::ATTEMPTS_MAX {
        return Outcome::Failed { error, uncertain };
    }
    let wished = after.and_then(|after| SignedDuration::try_from(after).ok()).unwrap_or_default();
    let wait = queue::backoff(attempts, rand::random()).max(wished);
    Outcome::PutOff { error, run_at: now.saturating_add(wait).unwrap_or(now), uncertain }
}

fn returned(now: Timestamp) -> Outcome {
    Outcome::Returned { run_at: now.saturating_add(LATER).unwrap_or(now) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn judged(status: u16, retry_after: Option<u64>, attempts: i32) -> (Outcome, Health) {
        judge(Answer { status, retry_after: retry_after.map(Duration::from_secs) }, attempts, NOW)
    }

    fn waits(outcome: &Outcome) -> i64 {
        match outcome {
            Outcome::PutOff { run_at, .. } => run_at.as_second(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_refused_for_good_is_not_tried_again() {
        assert_eq!(judged(202, None, 1), (Outcome::Delivered, Health::Good));
        for status in [301, 400, 403, 404, 410, 422] {
            assert!(matches!(judged(status, None, 1), (Outcome::Failed { .. }, Health::Alive)), "{status}");
        }
        for (status, health) in [(401, Health::Alive), (408, Health::Alive), (429, Health::Bad), (502, Health::Bad)] {
            let (outcome, found) = judged(status, None, 1);
            assert_eq!(found, health, "{status}");
            assert!((16..=18).contains(&waits(&outcome)), "{status}");
        }
        assert!(matches!(judged(500, None, queue::ATTEMPTS_MAX).0, Outcome::Failed { uncertain: true, .. }));
    }

    #[test]
    fn a_wish_to_be_left_alone_is_heard() {
        let (outcome, health) = judged(429, Some(3_600), 1);
        assert_eq!((waits(&outcome), health), (3_600, Health::Busy(Duration::from_secs(3_600))));
        assert!(waits(&judged(503, Some(1), 6).0) > 1_000, "and never shortens a wait");
    }

    #[test]
    fn the_last_try_comes_after_two_days() {
        let all: i64 = (1..queue::ATTEMPTS_MAX).map(|attempt| queue::backoff(attempt, 0.0).as_secs()).sum();
        assert!((40..60).contains(&(all / 3_600)), "{all}");
    }
}
