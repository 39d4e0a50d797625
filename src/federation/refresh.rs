//! What people look at is asked for again when it is old: profiles, votes, threads. The asking is a job, so that nobody
//! waits for another server, and comes no more often than once in a while, however many look.

use std::time::Duration;

use chronodon_activitypub::object::Object;
use chronodon_activitypub::uri::Uri;
use chronodon_events::{AccountId, StatusId};
use chronodon_projections::core::accounts::{self, Account};
use chronodon_projections::core::statuses as rows;
use jiff::SignedDuration;

use super::resolve::{self, Freshness, ResolveError};
use super::statuses::{self, Taken};
use crate::app::App;
use crate::jobs::queue::NewJob;
use crate::jobs::{self, Job};
use crate::{clock, ids};

/// Between two looks at a profile.
const ACCOUNT_EVERY: Duration = Duration::from_secs(24 * 60 * 60);
/// Between two counts of votes.
const POLL_EVERY: Duration = Duration::from_secs(60);
/// Between two walks through a thread.
const REPLIES_EVERY: Duration = Duration::from_secs(15 * 60);
/// How old a status is before its thread is asked for: the first replies come by themselves.
const REPLIES_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// Somebody looks at an account.
pub async fn seen_account(app: &App, account: &Account) {
    let Some(uri) = account.uri.as_deref().filter(|_| account.domain.is_some()) else { return };
    if app.documents.is_due(uri, ACCOUNT_EVERY) {
        ask(app, uri, Job::RefreshAccount { account_id: AccountId(account.id) }).await;
    }
}

/// Somebody looks at a poll that its server has not closed yet.
pub async fn seen_poll(app: &App, status: &rows::Status) {
    let Some(uri) = status.uri.as_deref().filter(|_| status.has_poll && !status.local) else { return };
    if app.documents.is_due(&format!("poll {uri}"), POLL_EVERY) {
        ask(app, uri, Job::RefreshPoll { status_id: StatusId(status.id) }).await;
    }
}

/// Somebody looks at the thread around a status.
pub async fn seen_thread(app: &App, status: &rows::Status) {
    let public = matches!(status.visibility.as_str(), "public" | "unlisted");
    let Some(uri) = status.uri.as_deref().filter(|_| public && !status.local) else { return };
    let settled = status.created_at.checked_add(REPLIES_AFTER).is_ok_and(|at| at < clock::now());
    if settled && app.documents.is_due(&format!("replies {uri}"), REPLIES_EVERY) {
        ask(app, uri, Job::FetchReplies { status_id: StatusId(status.id) }).await;
    }
}

/// Who looks gets what is there; a fault here is not theirs.
async fn ask(app: &App, uri: &str, job: Job) {
    let Ok(kind) = serde_json::to_string(&job) else { return };
    let new = NewJob { id: ids::command_id_of(&["refresh", &kind]), job, cause: None, run_at: clock::now() };
    if let Err(error) = jobs::put(app, &[new]).await {
        tracing::warn!(uri, %error, "what is old could not be asked for again");
    }
}

/// Asks an actor's server what it is now. A server that does not answer is asked when somebody looks again.
///
/// # Errors
/// When the database or the log cannot be reached.
pub async fn account(app: &App, account_id: AccountId) -> anyhow::Result<()> {
    let row = accounts::by_ids(&app.reader, &[account_id.get()]).await?.pop();
    let Some(uri) = row.and_then(|row| row.uri).and_then(|uri| Uri::parse(&uri, app.egress.rules()).ok()) else {
        return Ok(());
    };
    settled(resolve::actor(app, &uri, Freshness::Now).await.map(drop))
}

/// Asks a poll's server how the votes are.
///
/// # Errors
/// As [`account`].
pub async fn poll(app: &App, status_id: StatusId) -> anyhow::Result<()> {
    settled(counted(app, status_id).await)
}

async fn counted(app: &App, status_id: StatusId) -> Result<(), ResolveError> {
    let Some((_, object)) = object_now(app, status_id).await? else { return Ok(()) };
    let Some(poll) = &object.poll else { return Ok(()) };
    let (_, tally) = statuses::poll(poll);
    Ok(app.commands.count_poll(resolve::by(), status_id, tally, clock::now()).await?)
}

/// Asks a status's server whether its author has been given leave to quote by now.
///
/// # Errors
/// As [`account`].
pub async fn quote(app: &App, status_id: StatusId) -> anyhow::Result<()> {
    settled(quoted(app, status_id).await)
}

async fn quoted(app: &App, status_id: StatusId) -> Result<(), ResolveError> {
    let Some((author, object)) = object_now(app, status_id).await? else { return Ok(()) };
    statuses::take(app, resolve::by(), &author, &object, Taken::Created).await.map(drop)
}

/// A status of another server as it is there now, with its author.
async fn object_now(app: &App, status_id: StatusId) -> Result<Option<(Account, Object)>, ResolveError> {
    let Some(row) = rows::by_ids(&app.reader, &[status_id.get()]).await?.pop() else { return Ok(None) };
    let uri = row.uri.as_deref().and_then(|uri| Uri::parse(uri, app.egress.rules()).ok());
    let author = accounts::by_ids(&app.reader, &[row.account_id]).await?.pop();
    let Some((uri, author)) = uri.zip(author) else { return Ok(None) };
    let document = resolve::document_now(app, &uri).await?;
    let object = Object::read(&document.value, app.egress.rules())?;
    if object.id != uri || author.uri.as_deref() != Some(object.attributed_to.as_str()) {
        return Err(ResolveError::Invalid("author"));
    }
    Ok(Some((author, object)))
}

/// Only what this server could not do is done again.
pub(super) fn settled(outcome: Result<(), ResolveError>) -> anyhow::Result<()> {
    match outcome {
        Err(error) if error.is_fault() => Err(error.into()),
        Err(error) => {
            tracing::debug!(%error, "what is old stays as it is");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}
