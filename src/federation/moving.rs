//! Accounts that go elsewhere. A Move counts when the account it leads to says, asked anew, that it is also the old one.

use chronodon_activitypub::uri::Uri;
use chronodon_domain::account::Command;
use chronodon_events::AccountId;
use chronodon_projections::core::accounts::Account;

use super::resolve::{self, Freshness, ResolveError};
use crate::app::App;
use crate::commands::By;
use crate::jobs::Job;
use crate::jobs::queue::{self, NewJob};
use crate::{clock, ids};

/// An account of another server says that it has become another. Those who follow it from here follow on.
///
/// # Errors
/// When the other does not say so too, or cannot be asked.
pub async fn received(app: &App, by: By, account: &Account, target: &Uri) -> Result<(), ResolveError> {
    let now = resolve::actor(app, target, Freshness::Now).await?;
    let says_so = |aliases: &[serde_json::Value]| aliases.iter().any(|alias| alias.as_str() == account.uri.as_deref());
    if now.id == account.id || !now.also_known_as.as_array().is_some_and(|aliases| says_so(aliases)) {
        return Err(ResolveError::Invalid("target"));
    }
    let (account_id, target_id) = (AccountId(account.id), AccountId(now.id));
    let moving = Command::Move { target_id, target_uri: target.to_string() };
    app.commands.change_remote_account(by, account.uri.as_deref().unwrap_or_default(), &moving).await?;
    let id = ids::command_id_of(&["move_followers", &account_id.to_string(), &target_id.to_string(), "0"]);
    let job = Job::MoveFollowers { account_id, target_id, part: 0 };
    let job = NewJob { id, job, cause: None, run_at: clock::now() };
    let fault = |error: anyhow::Error| ResolveError::Fault(error.to_string().into());
    let client = app.server_tables.get().await.map_err(|error| fault(error.into()))?;
    queue::insert(&client, &[job]).await.map_err(fault)
}
