//! Takes back what a deleted account leaves behind, of another server or of this one: its posts, its likes, its follows
//! and blocks, its files; then the account itself, and the key that all it said is sealed with. Of one of ours, all that
//! know it are told first.
//!
//! A job does a bounded part and puts in the next: whoever goes on after a crash finds less to do.

use chronodon_domain::account::Command;
use chronodon_domain::relationship::Action;
use chronodon_events::AccountId;
use chronodon_projections::Reader;
use chronodon_projections::core::accounts::{self, traces};

use super::queue::{self, NewJob};
use super::{Job, erase};
use crate::app::App;
use crate::commands::{By, CommandError};
use crate::federation::{departures, synchronization};
use crate::{clock, ids};

/// Things that one part takes back of each kind.
const PART_MAX: usize = 200;

/// Does a part.
///
/// # Errors
/// Faults of the world; what is done stays done.
pub async fn run(app: &App, account_id: AccountId, part: u32) -> anyhow::Result<()> {
    let reader = app.reader.apart();
    let row = accounts::by_ids(&reader, &[account_id.get()]).await?.pop();
    let Some(row) = row.filter(|row| row.suspended) else { return Ok(()) };
    if row.domain.is_none() && part == 0 {
        departures::tell(app, &row).await?;
    }
    let (found, gone) = take_back(app, &reader, account_id).await?;
    if found > 0 {
        anyhow::ensure!(gone > 0, "nothing of what account {account_id} leaves behind can be taken back");
        return go_on(app, account_id, part.saturating_add(1)).await;
    }
    match &row.uri {
        Some(uri) => done(app.commands.change_remote_account(by(), uri, &Command::Delete).await)?,
        None => done(app.commands.change_account(by(), &row.username, &Command::Delete).await)?,
    };
    erase::account(app, account_id).await?;
    synchronization::forget(app, account_id).await
}

/// The job that deletes an account of ours.
#[must_use]
pub fn begin(account_id: AccountId) -> NewJob {
    part_of(account_id, 0)
}

/// How many things were found, and how many of them were taken back.
async fn take_back(app: &App, reader: &Reader, account_id: AccountId) -> anyhow::Result<(usize, usize)> {
    let commands = &app.commands;
    let mut outcomes = Vec::new();
    for posted in traces::posted(reader, account_id, PART_MAX).await? {
        outcomes.push(match (posted.reblog_of, posted.uri) {
            (Some(_), _) => done(commands.unreblog(by(), account_id, posted.status_id).await.map(drop))?,
            (None, Some(uri)) => done(commands.bury_status(by(), account_id, &uri).await)?,
            (None, None) => done(commands.delete_status(by(), account_id, posted.status_id).await)?,
        });
    }
    for media in traces::uploaded(reader, account_id, PART_MAX).await? {
        outcomes.push(done(commands.remove_media(by(), account_id, media).await)?);
    }
    for list in traces::lists(reader, account_id, PART_MAX).await? {
        outcomes.push(done(commands.delete_list(by(), account_id, list).await)?);
    }
    for status in traces::liked(reader, account_id, PART_MAX).await? {
        outcomes.push(done(commands.remove_favourite(by(), account_id, status).await)?);
    }
    for other in traces::tied(reader, account_id, PART_MAX).await? {
        commands.sever(by(), account_id, other).await?;
        outcomes.push(true);
    }
    for other in traces::blocked(reader, account_id, PART_MAX).await? {
        outcomes.push(done(commands.receive_relationship(by(), account_id, other, Action::Unblock, None).await)?);
    }
    Ok((outcomes.len(), outcomes.iter().filter(|gone| **gone).count()))
}

/// Each is safe to do again, and none is another's repetition.
fn by() -> By {
    By::system(ids::command_id(), None)
}

/// Whether it was done. What is refused is so for good.
fn done(outcome: Result<(), CommandError>) -> Result<bool, CommandError> {
    match outcome {
        Ok(()) => Ok(true),
        Err(CommandError::Refused(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

async fn go_on(app: &App, account_id: AccountId, part: u32) -> anyhow::Result<()> {
    queue::insert(&app.server_tables.get().await?, &[part_of(account_id, part)]).await
}

fn part_of(account_id: AccountId, part: u32) -> NewJob {
    let id = ids::command_id_of(&["delete_account", &account_id.to_string(), &part.to_string()]);
    NewJob { id, job: Job::DeleteAccount { account_id, part }, cause: None, run_at: clock::now() }
}
