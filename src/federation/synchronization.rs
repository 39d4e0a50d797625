//! Synchronisation of followers (FEP-8fcf), the receiving side: another server says who it knows to follow an account of
//! its own from here, and where the two lists differ, its own is asked for and both are made alike.
//!
//! What was said waits in the table `server.synchronizations`, which this file alone names: one row per account, looked
//! into by one job however often it is said. Whoever may follow from here, its own server decides; what it says it knows
//! is believed only when the list that it shows is the one that it has signed for.

mod apart;
mod list;

use axum::http::HeaderMap;
use chronodon_activitypub::signature::Claim;
use chronodon_activitypub::synchronization::{FollowersDigest, HEADER, Synchronization};
use chronodon_activitypub::uri::{Uri, UriRules};
use chronodon_domain::limits::SYNCHRONISED_FOLLOWERS_MAX;
use chronodon_events::AccountId;
use chronodon_projections::core::accounts::{self, Account};
use chronodon_projections::core::relationships;

use self::apart::Sides;
use super::outbox::addresses;
use crate::app::App;
use crate::jobs::Job;
use crate::jobs::queue::{self, NewJob};
use crate::{clock, ids};

/// What is said of one account within so many seconds is looked into once, at their end: by then the activities that it
/// came with have usually been dealt with.
const WINDOW_SECONDS: i64 = 60;

/// What has been said, as far as it is to be looked into.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Said {
    url: Uri,
    digest: FollowersDigest,
}

/// Keeps what the header of a verified delivery says, if the one who signed it may say it.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn note(app: &App, claim: &Claim, headers: &HeaderMap, signer: &Account) -> anyhow::Result<()> {
    let Some(said) = read(app.egress.rules(), claim, headers, signer) else { return Ok(()) };
    let window = clock::now().as_second().div_euclid(WINDOW_SECONDS);
    let account_id = AccountId(signer.id);
    let mut client = app.server_tables.get().await?;
    let tx = client.transaction().await?;
    let sql = "INSERT INTO server.synchronizations (account_id, url, digest) VALUES ($1, $2, $3)
               ON CONFLICT (account_id) DO UPDATE SET url = EXCLUDED.url, digest = EXCLUDED.digest";
    tx.execute(sql, &[&signer.id, &said.url.as_str(), &said.digest.to_string()]).await?;
    let job = NewJob {
        id: ids::command_id_of(&["synchronize_followers", &account_id.to_string(), &window.to_string()]),
        job: Job::SynchronizeFollowers { account_id },
        cause: None,
        run_at: jiff::Timestamp::from_second((window + 1) * WINDOW_SECONDS)?,
    };
    queue::insert(&tx, &[job]).await?;
    Ok(tx.commit().await?)
}

/// The header, where it is signed and about the signer's own followers, on the signer's own server.
fn read(rules: UriRules, claim: &Claim, headers: &HeaderMap, signer: &Account) -> Option<Said> {
    let mut values = headers.get_all(HEADER).iter();
    let (Some(header), None) = (values.next(), values.next()) else { return None };
    let Synchronization { collection_id, url, digest } = Synchronization::read(header.to_str().ok()?, rules)?;
    let actor = Uri::parse(signer.uri.as_deref()?, rules).ok()?;
    let is_its_own = signer.followers_uri.as_deref() == Some(collection_id.as_str()) && url.origin() == actor.origin();
    (is_its_own && claim.covers(HEADER)).then_some(Said { url, digest })
}

/// Looks into what was said last of an account of another server.
///
/// # Errors
/// When the log or the database cannot be reached; what was said stays until then.
pub async fn run(app: &App, account_id: AccountId) -> anyhow::Result<()> {
    let Some(said) = find(app, account_id).await? else { return Ok(()) };
    let row = accounts::by_ids(&app.reader.apart(), &[account_id.get()]).await?.pop();
    if let Some(account) = row.filter(|row| !row.suspended) {
        compare(app, &account, &said).await?;
    }
    let sql = "DELETE FROM server.synchronizations WHERE account_id = $1 AND digest = $2";
    app.server_tables.get().await?.execute(sql, &[&account_id.get(), &said.digest.to_string()]).await?;
    Ok(())
}

/// What was said of an account that is gone is not looked into.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn forget(app: &App, account_id: AccountId) -> anyhow::Result<()> {
    let sql = "DELETE FROM server.synchronizations WHERE account_id = $1";
    app.server_tables.get().await?.execute(sql, &[&account_id.get()]).await?;
    Ok(())
}

async fn find(app: &App, account_id: AccountId) -> anyhow::Result<Option<Said>> {
    let sql = "SELECT url, digest FROM server.synchronizations WHERE account_id = $1";
    let row = app.server_tables.get().await?.query_opt(sql, &[&account_id.get()]).await?;
    Ok(row.and_then(|row| {
        let url = Uri::parse(row.get(0), app.egress.rules()).ok()?;
        Some(Said { url, digest: FollowersDigest::parse(row.get(1))? })
    }))
}

/// Our list is taken before theirs: who follows meanwhile is on theirs before on ours.
async fn compare(app: &App, account: &Account, said: &Said) -> anyhow::Result<()> {
    let limit = SYNCHRONISED_FOLLOWERS_MAX + 1;
    let here = relationships::local_followers(&app.reader.apart(), AccountId(account.id), limit).await?;
    if here.len() == limit {
        return Ok(());
    }
    let here: Vec<_> = here.into_iter().map(|(id, name)| (AccountId(id), addresses::actor(app, &name))).collect();
    if FollowersDigest::of(here.iter().map(|(_, uri)| uri.as_str())) == said.digest {
        return Ok(());
    }
    let there = match list::fetch(app, &said.url).await {
        Ok(there) => there,
        Err(error) if error.is_fault() => return Err(error.into()),
        Err(error) => {
            tracing::info!(account = account.uri, %error, "followers differ, and the other list cannot be had");
            return Ok(());
        }
    };
    if FollowersDigest::of(there.iter().map(String::as_str)) != said.digest {
        tracing::info!(account = account.uri, "followers differ, and the other list is not the one that was spoken of");
        return Ok(());
    }
    apart::settle(app, account, &Sides { here, there }).await
}
