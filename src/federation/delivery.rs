//! What is sent to other servers, and what came of it.
//!
//! A job puts a body and its inboxes into the [`queue`]; the [`worker`] of each process claims what is due and sends it,
//! each host in a lane of its own ([`host`]). The [`ledger`] remembers where a status has arrived. Must not know what an
//! activity says, nor who is to get it.

mod host;
pub mod hosts;
pub mod ledger;
pub mod queue;
mod send;
pub(crate) mod worker;

use std::time::Duration;

use chronodon_activitypub::uri::Uri;
use chronodon_domain::limits::HOSTS_KEPT_MAX;
use chronodon_events::StatusId;
use chronodon_projections::core::accounts::Account;
pub use chronodon_projections::core::inboxes::Inbox;
use tokio::sync::Notify;

use self::ledger::Entry;
use self::queue::{Destination, NewBody, Retry};
use crate::app::App;
use crate::clock;

/// How long a host that was heard from needs no further word.
const HEARD_FOR: Duration = Duration::from_secs(60);

/// What the deliveries of one process share.
#[derive(Debug)]
pub struct Deliveries {
    due: Notify,
    heard: moka::sync::Cache<String, ()>,
}

impl Default for Deliveries {
    fn default() -> Self {
        let heard = moka::sync::Cache::builder().max_capacity(HOSTS_KEPT_MAX).time_to_live(HEARD_FOR).build();
        Self { due: Notify::new(), heard }
    }
}

impl Deliveries {
    /// Something may be due.
    pub(crate) fn wake(&self) {
        self.due.notify_one();
    }
}

/// Puts an activity in for these inboxes, once. Of what ends a status, also for all that have it or may have it.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn put(app: &App, new: &NewBody, to: &[Destination]) -> anyhow::Result<()> {
    let mut to = to.to_vec();
    to.sort_unstable();
    to.dedup();
    queue::insert(&app.server_tables, new, &to, clock::now()).await?;
    app.deliveries.wake();
    Ok(())
}

/// Where these inboxes are. Left out are our own, and those of servers that policy keeps away.
#[must_use]
pub fn destinations(app: &App, inboxes: &[Inbox]) -> Vec<Destination> {
    inboxes.iter().filter_map(|inbox| destination(app, inbox)).collect()
}

/// Where one account of another server is written to by itself; nowhere when it is ours or kept away.
#[must_use]
pub fn to_one(app: &App, account: &Account) -> Vec<Destination> {
    let inbox = account.inbox.clone().zip(account.domain.clone());
    let inbox = inbox.map(|(address, domain)| Inbox { address, domain });
    destinations(app, inbox.as_slice())
}

/// The inboxes that have a status, or may have it.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn reached(app: &App, status: StatusId) -> anyhow::Result<Vec<Destination>> {
    let reached = ledger::reached(&app.server_tables.get().await?, status.get()).await?;
    let kept_away =
        |to: &Destination| Uri::parse(&to.inbox, app.egress.rules()).is_ok_and(|uri| is_suspended(app, &uri));
    Ok(reached.into_iter().filter(|to| !kept_away(to)).collect())
}

/// Where what is about a status stands, by host.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn ledger(app: &App, status: StatusId) -> anyhow::Result<Vec<Entry>> {
    ledger::entries(&app.server_tables, Some(status.get()), false).await
}

/// Tries again what waits or was given up. Returns how many.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn retry(app: &App, what: Retry<'_>) -> anyhow::Result<u64> {
    let retried = queue::retry(&app.server_tables, what, clock::now()).await?;
    app.deliveries.wake();
    Ok(retried)
}

/// Somebody behind this inbox has reblogged, liked or answered a status of ours: their server has it, and hears of its
/// end.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn engaged(app: &App, status: StatusId, inbox: &str) -> anyhow::Result<()> {
    let Ok(uri) = Uri::parse(inbox, app.egress.rules()) else { return Ok(()) };
    let to = Destination { inbox: uri.to_string(), host: uri.authority().to_owned() };
    ledger::engage(&app.server_tables, status.get(), &to, clock::now()).await
}

/// A host has been heard from: what failed before is forgotten, and it is written to again.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn heard_from(app: &App, host: &str) -> anyhow::Result<()> {
    if app.deliveries.heard.contains_key(host) {
        return Ok(());
    }
    app.deliveries.heard.insert(host.to_owned(), ());
    hosts::heard_from(&app.server_tables, host).await
}

/// An inbox by its address alone, such as a relay's: its domain is its host.
#[must_use]
pub fn inbox_at(app: &App, address: &str) -> Option<Inbox> {
    let uri = Uri::parse(address, app.egress.rules()).ok()?;
    Some(Inbox { address: address.to_owned(), domain: uri.authority().to_owned() })
}

/// Where an inbox is, if anything may be sent there.
fn destination(app: &App, inbox: &Inbox) -> Option<Destination> {
    let uri = Uri::parse(&inbox.address, app.egress.rules()).ok()?;
    let of_domain = app.policies.of(&inbox.domain.to_lowercase());
    let ours = uri.authority() == app.config.server.web_domain() || uri.authority() == app.domain;
    let let_in = !app.config.federation.limited || of_domain.allowed || is_allowed(app, &uri);
    if ours || of_domain.is_suspended() || is_suspended(app, &uri) || !let_in {
        return None;
    }
    Some(Destination { inbox: uri.to_string(), host: uri.authority().to_owned() })
}

/// Policies are for domains; of a server on a port of its own both names count.
fn is_suspended(app: &App, uri: &Uri) -> bool {
    app.policies.of(uri.authority()).is_suspended() || app.policies.of(uri.host()).is_suspended()
}

fn is_allowed(app: &App, uri: &Uri) -> bool {
    app.policies.of(uri.authority()).allowed || app.policies.of(uri.host()).allowed
}
