//! What is known here of what an activity speaks of, and whether anybody here cares.

use chronodon_activitypub::uri::Uri;
use chronodon_events::AccountId;
use chronodon_projections::core::accounts::{self, Account};
use chronodon_projections::core::statuses::{self, Status};
use chronodon_projections::core::{relationships, relays};

use super::translate::Stop;
use crate::app::App;
use crate::federation::own::{self, Own};
use crate::federation::resolve::{self, ResolveError};

/// The account of ours with this address.
pub(super) async fn own_account(app: &App, uri: &Uri) -> Result<Option<Account>, Stop> {
    let Some(Own::Account(name)) = own::read(app, uri) else { return Ok(None) };
    Ok(accounts::by_local_usernames(&app.reader, &[name.to_lowercase()]).await?.pop())
}

/// The status with this address, ours or another's, if it is known. Never a reblog.
pub(super) async fn status(app: &App, uri: &Uri) -> Result<Option<Status>, Stop> {
    absent(resolve::known_status(app, uri).await)
}

/// What is not there for good is nothing.
pub(super) fn absent<T>(found: Result<Option<T>, ResolveError>) -> Result<Option<T>, Stop> {
    match found {
        Err(error) if error.is_final() => Ok(None),
        found => Ok(found?),
    }
}

/// The reblog that an account made by this activity: its id, and the status that it shows.
pub(super) async fn reblog(app: &App, account: AccountId, uri: &str) -> Result<Option<Status>, Stop> {
    let found = statuses::by_uris(&app.reader, &[uri.to_owned()]).await?;
    Ok(found.into_iter().find(|row| row.account_id == account.get() && row.reblog_of_id.is_some()))
}

/// Whether somebody here follows one of these.
pub(super) async fn is_followed_here(app: &App, accounts: &[i64]) -> Result<bool, Stop> {
    Ok(relationships::are_followed_here(&app.reader, accounts).await?)
}

/// Whether one of these addresses is of an account here.
pub(super) async fn names_us<'a>(app: &App, addresses: impl Iterator<Item = &'a str>) -> Result<bool, Stop> {
    let rules = app.egress.rules();
    let own = |address: &str| match own::read(app, &Uri::parse(address, rules).ok()?)? {
        Own::Account(name) => Some(name.to_lowercase()),
        _ => None,
    };
    let names: Vec<_> = addresses.filter(|address| address.starts_with(&app.base_url)).filter_map(own).collect();
    Ok(!names.is_empty() && !accounts::by_local_usernames(&app.reader, &names).await?.is_empty())
}

/// Whether the signer is a relay that has let us in.
pub(super) async fn is_relay(app: &App, signer: &Account) -> Result<bool, Stop> {
    let inboxes = [signer.inbox.as_deref(), signer.shared_inbox.as_deref()];
    let relays = relays::enabled(&app.reader).await?;
    Ok(relays.iter().any(|relay| inboxes.contains(&Some(&*relay.inbox_url))))
}
