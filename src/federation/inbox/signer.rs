//! Who signed a request: the key that it names, asked of the read model and, where that does not know it or knows
//! another, once of the server that it lives on.
//!
//! A key is believed when its address, its owner and the owner's list of keys agree, all on one server. Nothing is kept
//! of an answer before it has verified the request that it was asked for.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chronodon_activitypub::actor::{Actor, read_key_at};
use chronodon_activitypub::json;
use chronodon_activitypub::key::PublicKey;
use chronodon_activitypub::signature::Claim;
use chronodon_activitypub::uri::Uri;
use chronodon_events::AccountId;
use chronodon_projections::core::accounts::{self, Account};
use jiff::SignedDuration;
use serde_json::Value;

use super::{Denied, unproven};
use crate::app::App;
use crate::clock;
use crate::commands::By;
use crate::federation;
use crate::federation::egress::EgressError;
use crate::federation::egress::budget::Budget;
use crate::federation::resolve::{self, ResolveError};
use crate::ids;

/// Keys that are kept as they are used; those that were not used the longest go first.
const PARSED_MAX: u64 = 20_000;
/// Answers that are kept, good and bad.
const ASKED_MAX: u64 = 20_000;
/// A key is asked for once within this time.
const ASKED_FOR: Duration = Duration::from_secs(5 * 60);
/// A server that could not be reached is not asked for another key within this time.
const UNREACHABLE_FOR: Duration = Duration::from_secs(60);
/// Keys that are asked for at a time. Who comes when there are more is to come again.
const ASKING_MAX: usize = 32;
/// Keys of one site that are asked for at a time: the others are left to others.
const ASKING_OF_SITE_MAX: usize = 8;

/// Keys of other servers' actors.
pub(super) struct Signers {
    /// By their PEM, so that a changed key is another.
    parsed: moka::sync::Cache<String, Option<Arc<PublicKey>>>,
    asked: moka::future::Cache<String, Arc<Asked>>,
    unreachable: moka::sync::Cache<String, ()>,
    asking: Budget,
}

/// What came of asking for a key.
enum Asked {
    /// The key and its owner, who confirms it.
    Found(Box<Found>),
    /// There is no such key, or nobody owns it.
    Unproven,
    /// Its server could not be asked.
    Unreachable,
}

struct Found {
    key: PublicKey,
    actor: Actor,
    /// The owner was taken in. Not again by this answer: it may have been deleted since.
    taken: AtomicBool,
}

impl Signers {
    pub(super) fn new() -> Self {
        Self {
            parsed: moka::sync::Cache::new(PARSED_MAX),
            asked: moka::future::Cache::builder().max_capacity(ASKED_MAX).time_to_live(ASKED_FOR).build(),
            unreachable: moka::sync::Cache::builder().max_capacity(ASKED_MAX).time_to_live(UNREACHABLE_FOR).build(),
            asking: Budget::new(ASKING_MAX, ASKING_OF_SITE_MAX, Duration::ZERO),
        }
    }

    /// The account whose key made the signature.
    pub(super) async fn verify(&self, app: &App, claim: &Claim, key_uri: &Uri) -> Result<Account, Denied> {
        if let Some((account, key)) = accounts::remote::by_key(&app.reader, key_uri.as_str()).await? {
            let parsed = self.parsed.get_with_by_ref(&key.pem, || PublicKey::from_pem(&key.pem).ok().map(Arc::new));
            if parsed.is_some_and(|key| claim.verify(&key).is_ok()) {
                return Ok(account);
            }
        }
        match &*self.ask_once(app, key_uri).await? {
            Asked::Found(found) => {
                claim.verify(&found.key)?;
                take(app, found).await
            }
            Asked::Unproven => Err(Denied::Unauthorized("the key cannot be found at its owner")),
            Asked::Unreachable => Err(Denied::Unavailable("the key's server cannot be reached")),
        }
    }

    /// Whether an account here is known to own this key.
    pub(super) async fn knows(&self, app: &App, key_uri: &Uri) -> Result<bool, Denied> {
        Ok(accounts::remote::by_key(&app.reader, key_uri.as_str()).await?.is_some())
    }

    async fn ask_once(&self, app: &App, key_uri: &Uri) -> Result<Arc<Asked>, Denied> {
        if let Some(asked) = self.asked.get(key_uri.as_str()).await {
            return Ok(asked);
        }
        if self.unreachable.contains_key(key_uri.authority()) {
            return Err(Denied::Unavailable("the key's server cannot be reached"));
        }
        let _turn = self.asking.turn(site(key_uri)).await.map_err(|_| Denied::Busy)?;
        let asking = async { Arc::new(self.ask(app, key_uri).await) };
        Ok(self.asked.get_with(key_uri.to_string(), asking).await)
    }

    async fn ask(&self, app: &App, key_uri: &Uri) -> Asked {
        let key_hash = app.inbox.hash(&["key", key_uri.as_str()]);
        if is_unproven(app, &key_hash).await {
            return Asked::Unproven;
        }
        let asked = ask(app, key_uri).await;
        match asked {
            Asked::Unreachable => self.unreachable.insert(key_uri.authority().to_owned(), ()),
            Asked::Unproven => keep_unproven(app, &key_hash).await,
            Asked::Found(_) => {}
        }
        asked
    }
}

/// The last two parts of the server's name: whoever makes up names can make up any number below their own.
fn site(uri: &Uri) -> &str {
    let authority = uri.authority();
    if authority.starts_with('[') || uri.host().parse::<Ipv4Addr>().is_ok() {
        return authority;
    }
    authority.rmatch_indices('.').nth(1).map_or(authority, |(dot, _)| &authority[dot + 1..])
}

/// Whether any process has asked for this key in vain within the time in which it is asked for once.
async fn is_unproven(app: &App, key_hash: &[u8]) -> bool {
    let held = unproven::holds(&app.server_tables, key_hash, clock::now()).await;
    held.inspect_err(|error| tracing::warn!(%error, "it is not known which keys were asked for")).unwrap_or(false)
}

async fn keep_unproven(app: &App, key_hash: &[u8]) {
    let now = clock::now();
    let until = SignedDuration::try_from(ASKED_FOR).ok().and_then(|time| now.checked_add(time).ok()).unwrap_or(now);
    if let Err(error) = unproven::keep(&app.server_tables, key_hash, now, until).await {
        tracing::warn!(%error, "it could not be noted that a key was asked for in vain");
    }
}

/// The owner becomes known here, or its new key does.
async fn take(app: &App, found: &Found) -> Result<Account, Denied> {
    let uri = found.actor.id.as_str();
    if !found.taken.load(Ordering::Acquire) {
        federation::accounts::take(app, By::system(ids::command_id(), None), &found.actor).await.map_err(untaken)?;
        found.taken.store(true, Ordering::Release);
    }
    let account = accounts::remote::by_uri(&app.reader, uri).await?;
    account.ok_or(Denied::Unauthorized("the key's owner is gone"))
}

fn untaken(error: ResolveError) -> Denied {
    match error {
        ResolveError::Refused => Denied::Forbidden,
        ResolveError::Fault(_) => Denied::Fault(error.into()),
        error if error.is_final() => Denied::Unauthorized("the key's owner is not to be believed"),
        _ => Denied::Unavailable("the key's server cannot be reached"),
    }
}

async fn ask(app: &App, key_uri: &Uri) -> Asked {
    match prove(app, key_uri).await {
        Ok(Some(found)) => Asked::Found(Box::new(found)),
        Ok(None) => Asked::Unproven,
        Err(error) if error.is_final() => Asked::Unproven,
        Err(error) => {
            tracing::debug!(key = %key_uri, %error, "a key cannot be asked for");
            Asked::Unreachable
        }
    }
}

/// The key, and its owner who confirms it.
async fn prove(app: &App, key_uri: &Uri) -> Result<Option<Found>, EgressError> {
    let rules = app.egress.rules();
    let Some(document) = fetch(app, key_uri).await? else { return Ok(None) };
    let Ok(key) = read_key_at(&document, key_uri, rules) else { return Ok(None) };
    let owner = match Actor::read(&document, rules) {
        Ok(actor) if actor.id == key.owner => Some(actor),
        _ => fetch(app, &key.owner).await?.and_then(|document| Actor::read(&document, rules).ok()),
    };
    let owner = owner.filter(|actor| actor.confirms(&key));
    Ok(owner.map(|actor| Found { key: key.key, actor, taken: AtomicBool::new(false) }))
}

/// A document that was found on the server that its address names.
async fn fetch(app: &App, uri: &Uri) -> Result<Option<Value>, EgressError> {
    let actor_uri = app.url("/actor");
    let signer = app.keys.of(AccountId::INSTANCE, &actor_uri).await.inspect_err(|error| tracing::warn!(%error)).ok();
    let fetched = app.egress.get_document(&uri.document(), signer.as_deref()).await?;
    if fetched.url.origin() != uri.origin() || resolve::is_refused(app, uri) {
        return Ok(None);
    }
    Ok(json::read(&fetched.body).ok())
}

#[cfg(test)]
mod tests {
    use chronodon_activitypub::uri::UriRules;

    use super::*;

    #[test]
    fn names_below_one_are_one_site() {
        for (uri, expected) in [
            ("https://a.b.example.org/key", "example.org"),
            ("https://example.org/key", "example.org"),
            ("http://127.0.0.1:8080/key", "127.0.0.1:8080"),
            ("http://[::1]:8080/key", "[::1]:8080"),
        ] {
            assert_eq!(site(&Uri::parse(uri, UriRules::AlsoLoopback).expect("an address")), expected);
        }
    }
}
