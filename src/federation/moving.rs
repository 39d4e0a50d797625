//! Accounts that go elsewhere. A Move counts when the account it leads to says, asked anew, that it is also the old one.

use chronodon_activitypub::uri::Uri;
use chronodon_domain::account::Command;
use chronodon_events::AccountId;
use chronodon_projections::core::accounts::{self as rows, Account};

use super::resolve::{self, Freshness, ResolveError};
use crate::api::entities::accounts;
use crate::app::App;
use crate::commands::By;
use crate::jobs::queue::NewJob;
use crate::jobs::{self, Job};
use crate::{clock, ids};

/// An account of another server says that it has become another. Those who follow it from here follow on.
///
/// # Errors
/// When the other does not say so too, or cannot be asked.
pub async fn received(app: &App, by: By, account: &Account, target: &Uri) -> Result<(), ResolveError> {
    let now = resolve::actor(app, target, Freshness::Now).await?;
    if now.id == account.id || !says_it_is(&now, account.uri.as_deref().unwrap_or_default()) {
        return Err(ResolveError::Invalid("target"));
    }
    let (account_id, target_id) = (AccountId(account.id), AccountId(now.id));
    let moving = Command::Move { target_id, target_uri: target.to_string() };
    app.commands.change_remote_account(by, account.uri.as_deref().unwrap_or_default(), &moving).await?;
    take_followers_along(app, account_id, target_id).await
}

/// An account of this server goes on as another, here or elsewhere, which must say already that it is this one too. Those
/// who follow it from here follow on; those elsewhere are told by a Move.
///
/// # Errors
/// [`ResolveError::Invalid`] when the other does not say so; else when it cannot be asked.
pub async fn begin(app: &App, by: By, account: &Account, target: &str) -> Result<Account, ResolveError> {
    let target = refreshed(app, target).await?;
    if target.id == account.id || target.suspended || target.moved_to_id.is_some() {
        return Err(ResolveError::Invalid("target"));
    }
    if !says_it_is(&target, &accounts::uri_of(app, account)) {
        return Err(ResolveError::Invalid("target"));
    }
    let (account_id, target_id) = (AccountId(account.id), AccountId(target.id));
    app.commands.move_account(by, account_id, target_id, accounts::uri_of(app, &target)).await?;
    take_followers_along(app, account_id, target_id).await?;
    Ok(target)
}

/// The actor that a handle or address names, for an alias.
///
/// # Errors
/// When it names none, or cannot be asked.
pub async fn alias(app: &App, target: &str) -> Result<String, ResolveError> {
    Ok(accounts::uri_of(app, &found(app, target).await?))
}

/// Whether an account says that it is also the actor of this address.
fn says_it_is(account: &Account, uri: &str) -> bool {
    let aliases = account.also_known_as.as_array().map_or(&[][..], Vec::as_slice);
    aliases.iter().any(|alias| alias.as_str() == Some(uri))
}

/// By its address, or by a handle of this or another server.
async fn found(app: &App, target: &str) -> Result<Account, ResolveError> {
    if let Ok(uri) = Uri::parse(target, app.egress.rules()) {
        return resolve::actor(app, &uri, Freshness::Any).await;
    }
    let name = target.trim_start_matches('@');
    match name.split_once('@').filter(|(_, domain)| !domain.eq_ignore_ascii_case(&app.domain)) {
        Some(_) => resolve::handle(app, target).await,
        None => {
            let username = name.split('@').next().unwrap_or_default();
            rows::by_handle(&app.reader, username, None).await?.ok_or(ResolveError::NotFound)
        }
    }
}

/// The same, as its own server describes it now.
async fn refreshed(app: &App, target: &str) -> Result<Account, ResolveError> {
    let known = found(app, target).await?;
    match known.uri.as_deref().map(|uri| Uri::parse(uri, app.egress.rules())) {
        None => Ok(known),
        Some(Ok(uri)) => resolve::actor(app, &uri, Freshness::Now).await,
        Some(Err(_)) => Err(ResolveError::Invalid("target")),
    }
}

async fn take_followers_along(app: &App, account_id: AccountId, target_id: AccountId) -> Result<(), ResolveError> {
    let id = ids::command_id_of(&["move_followers", &account_id.to_string(), &target_id.to_string(), "0"]);
    let job = Job::MoveFollowers { account_id, target_id, part: 0 };
    let job = NewJob { id, job, cause: None, run_at: clock::now() };
    let fault = |error: anyhow::Error| ResolveError::Fault(error.to_string().into());
    jobs::put(app, &[job]).await.map_err(fault)
}
