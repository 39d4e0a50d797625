//! From an address or a handle to the account or status that it names: what is known is looked up, what is not is fetched
//! from its own server, checked to be its own, and taken in.
//!
//! Nothing is believed from a host that does not own it. What leads further (authors, parents, mentions, quotes) is
//! followed within a [`Budget`]. What documents become is in [`super::accounts`] and [`super::statuses`].

mod error;
mod fetch;
mod webfinger;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chronodon_activitypub::actor::Actor;
use chronodon_activitypub::object::Object;
use chronodon_activitypub::uri::Uri;
use chronodon_activitypub::webfinger::Handle;
use chronodon_domain::limits;
use chronodon_projections::core::accounts::{self, Account};
use chronodon_projections::core::statuses::{self, Status};
use futures::future::BoxFuture;

pub use error::ResolveError;
pub use fetch::{Document, Documents, document, document_now};
pub use webfinger::{look_up, prove};

use super::own::{self, Own};
use super::statuses::Taken;
use crate::app::App;
use crate::commands::By;
use crate::ids;

/// How long an actor counts as fresh.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How old what is known may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// However old.
    Any,
    /// At most a day; older if its server does not answer.
    Day,
    /// As its server says now.
    Now,
}

/// How far one piece of work goes on from what it was given. Copies share what is left of the fetches.
#[derive(Clone, Debug)]
pub struct Budget {
    /// Posts upwards in a thread.
    ancestors: usize,
    /// Quotes within quotes.
    quotes: usize,
    fetches: Arc<AtomicUsize>,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            ancestors: limits::RESOLVE_ANCESTORS_MAX,
            quotes: limits::RESOLVE_QUOTES_MAX,
            fetches: Arc::new(AtomicUsize::new(limits::RESOLVE_FETCHES_MAX)),
        }
    }
}

impl Budget {
    /// Nothing is fetched, and so nothing is stored besides what was asked for.
    #[must_use]
    pub fn nothing() -> Self {
        Self { ancestors: 0, quotes: 0, fetches: Arc::new(AtomicUsize::new(0)) }
    }

    /// The budget of what is answered, if it may be fetched.
    pub(super) fn of_parent(&self) -> Option<Self> {
        (self.ancestors > 0).then(|| self.clone())
    }

    /// The budget of what is quoted, if it may be fetched.
    pub(super) fn of_quoted(&self) -> Option<Self> {
        Some(Self { quotes: self.quotes.checked_sub(1)?, ..self.clone() })
    }

    /// What is left once all that is answered has been looked for.
    fn without_ancestors(&self) -> Self {
        Self { ancestors: 0, ..self.clone() }
    }

    /// Takes one fetch out, if there is one.
    pub(super) fn spend(&self) -> Result<(), ResolveError> {
        let left = |left: usize| left.checked_sub(1);
        let spent = self.fetches.fetch_update(Ordering::Relaxed, Ordering::Relaxed, left);
        spent.map(drop).map_err(|_| ResolveError::Budget)
    }
}

/// What an address names.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// An account.
    Account(Account),
    /// A status.
    Status(Status),
}

/// Whether nothing may come from that server, nor be asked of it.
#[must_use]
pub fn is_refused(app: &App, uri: &Uri) -> bool {
    is_domain_refused(app, uri.authority())
}

/// The same for the domain of a handle. Only a loopback host's policies name its port.
pub(super) fn is_domain_refused(app: &App, domain: &str) -> bool {
    let (policy, of_host) = (app.policies.of(domain), app.policies.of(without_port(domain)));
    let allowed = policy.allowed || of_host.allowed || !app.config.federation.limited;
    policy.is_suspended() || of_host.is_suspended() || !allowed
}

fn without_port(domain: &str) -> &str {
    domain.rsplit_once(':').filter(|(_, port)| port.bytes().all(|it| it.is_ascii_digit())).map_or(domain, |it| it.0)
}

/// The account with this actor.
///
/// # Errors
/// Why there is none.
pub async fn actor(app: &App, uri: &Uri, freshness: Freshness) -> Result<Account, ResolveError> {
    if let Some(own) = own::read(app, uri) {
        return own_account(app, own).await;
    }
    if is_refused(app, uri) {
        return Err(ResolveError::Refused);
    }
    let known = accounts::remote::by_uri(&app.reader, uri.as_str()).await?;
    let recent = freshness == Freshness::Day && !app.documents.is_due(uri.as_str(), DAY);
    if let Some(known) = known.clone().filter(|_| recent || freshness == Freshness::Any) {
        return Ok(known);
    }
    if freshness == Freshness::Now {
        app.documents.forget(uri).await;
    }
    match (fetched_actor(app, uri).await, known) {
        (Ok(account), _) => Ok(account),
        (Err(_), Some(known)) if freshness == Freshness::Day => Ok(known),
        (Err(error), _) => Err(error),
    }
}

async fn fetched_actor(app: &App, uri: &Uri) -> Result<Account, ResolveError> {
    let document = document(app, uri).await?;
    let actor = Actor::read(&document.value, app.egress.rules())?;
    super::accounts::take(app, by(), &actor).await
}

/// The account with this handle, such as `user@example.com`. One of another server is asked for there when it is not
/// known.
///
/// # Errors
/// Why there is none.
pub async fn handle(app: &App, text: &str) -> Result<Account, ResolveError> {
    let handle = match Handle::parse(text, app.egress.rules()) {
        Some(handle) => handle,
        None => return Err(ResolveError::Invalid("handle")),
    };
    if is_own_domain(app, &handle.domain) {
        return own_account(app, Own::Account(handle.username)).await;
    }
    if is_domain_refused(app, &handle.domain) {
        return Err(ResolveError::Refused);
    }
    if let Some(known) = accounts::by_handle(&app.reader, &handle.username, Some(&handle.domain)).await? {
        return Ok(known);
    }
    let (proven, uri) = look_up(app, &handle).await?;
    if own::read(app, &uri).is_some() {
        return Err(ResolveError::Invalid("handle"));
    }
    if is_refused(app, &uri) {
        return Err(ResolveError::Refused);
    }
    if let Some(known) = accounts::remote::by_uri(&app.reader, uri.as_str()).await? {
        return Ok(known);
    }
    let document = document(app, &uri).await?;
    let actor = Actor::read(&document.value, app.egress.rules())?;
    if actor.id != uri {
        return super::accounts::take(app, by(), &actor).await;
    }
    super::accounts::take_as(app, by(), &actor, &proven).await
}

/// The status with this address, and what leads to it: its author, and whom and what it names, as far as `budget` goes.
pub fn status<'a>(app: &'a App, uri: &'a Uri, budget: &'a Budget) -> BoxFuture<'a, Result<Status, ResolveError>> {
    Box::pin(async move {
        if let Some(known) = known_status(app, uri).await? {
            return Ok(known);
        }
        budget.spend()?;
        let document = document(app, uri).await?;
        taken_status(app, &document, budget).await
    })
}

/// A status and what it answers that is not known yet, itself the first. What cannot be had ends the thread. A thread may
/// be long, so it is no recursion.
async fn thread(app: &App, object: Object, budget: &Budget) -> Result<Vec<Object>, ResolveError> {
    let mut thread = vec![object];
    while thread.len() <= budget.ancestors {
        let Some(parent) = thread.last().and_then(|object| object.in_reply_to.clone()) else { break };
        match ancestor(app, &parent, budget).await {
            Ok(Some(object)) if thread.iter().all(|below| below.id != object.id) => thread.push(object),
            Err(error) if error.is_fault() => return Err(error),
            Ok(_) | Err(_) => break,
        }
    }
    Ok(thread)
}

async fn ancestor(app: &App, uri: &Uri, budget: &Budget) -> Result<Option<Object>, ResolveError> {
    if known_status(app, uri).await?.is_some() {
        return Ok(None);
    }
    budget.spend()?;
    Ok(Some(Object::read(&document(app, uri).await?.value, app.egress.rules())?))
}

/// Whatever the address names, account or status.
///
/// # Errors
/// Why there is nothing.
pub async fn any(app: &App, uri: &Uri, budget: &Budget) -> Result<Found, ResolveError> {
    if let Some(own @ Own::Account(_)) = own::read(app, uri) {
        return own_account(app, own).await.map(Found::Account);
    }
    if let Some(known) = known_status(app, uri).await? {
        return Ok(Found::Status(known));
    }
    if let Some(known) = accounts::remote::by_uri(&app.reader, uri.as_str()).await? {
        return Ok(Found::Account(known));
    }
    budget.spend()?;
    let document = document(app, uri).await?;
    match Actor::read(&document.value, app.egress.rules()) {
        Ok(actor) => super::accounts::take(app, by(), &actor).await.map(Found::Account),
        Err(_) => taken_status(app, &document, budget).await.map(Found::Status),
    }
}

async fn taken_status(app: &App, document: &Document, budget: &Budget) -> Result<Status, ResolveError> {
    let object = Object::read(&document.value, app.egress.rules())?;
    if let Some(known) = known_status(app, &object.id).await? {
        return Ok(known);
    }
    let (uri, mut thread, rest) = (object.id.clone(), thread(app, object, budget).await?, budget.without_ancestors());
    while let Some(object) = thread.pop() {
        match take_one(app, &object, &rest).await {
            Err(error) if thread.is_empty() || error.is_fault() => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    known_status(app, &uri).await?.ok_or(ResolveError::Gone)
}

async fn take_one(app: &App, object: &Object, budget: &Budget) -> Result<(), ResolveError> {
    let author = actor(app, &object.attributed_to, Freshness::Any).await?;
    let taken = super::statuses::take_within(app, by(), &author, object, Taken::Created, budget).await?;
    taken.map(drop).ok_or(ResolveError::Gone)
}

/// The status with this address, if it is known here.
///
/// # Errors
/// Where the address is ours and names none, where its server is refused, and when the database cannot be read.
pub async fn known_status(app: &App, uri: &Uri) -> Result<Option<Status>, ResolveError> {
    match own::read(app, uri) {
        Some(Own::Status(id)) => {
            let row = statuses::by_ids(&app.reader, &[id.get()]).await?.pop();
            let row = row.filter(|row| row.local && row.reblog_of_id.is_none());
            return row.map(Some).ok_or(ResolveError::NotFound);
        }
        Some(_) => return Err(ResolveError::NotFound),
        None if is_refused(app, uri) => return Err(ResolveError::Refused),
        None => {}
    }
    let found = statuses::by_uris(&app.reader, &[uri.to_string()]).await?;
    Ok(found.into_iter().find(|row| row.reblog_of_id.is_none()))
}

async fn own_account(app: &App, own: Own) -> Result<Account, ResolveError> {
    let Own::Account(name) = own else { return Err(ResolveError::NotFound) };
    let found = accounts::by_local_usernames(&app.reader, &[name.to_lowercase()]).await?.pop();
    found.ok_or(ResolveError::NotFound)
}

/// Whether handles of this domain are ours.
pub(super) fn is_own_domain(app: &App, domain: &str) -> bool {
    let web = app.base_url.split_once("://").map(|(_, authority)| authority);
    domain.eq_ignore_ascii_case(&app.domain) || web.is_some_and(|web| domain.eq_ignore_ascii_case(web))
}

/// What is found on the way is nobody's doing.
pub(super) fn by() -> By {
    By::system(ids::command_id(), None)
}
