//! Work that goes on after an answer: what each job does, safe to do again. Findings come back as commands.
//!
//! Reactors put jobs into the [`queue`], the [`worker`] does them. A job holds ids, never content. To add one: a file
//! here, and a line in each of [`Job`], its `KINDS` and its `run`.

pub mod delete_account;
pub mod distribute;
pub mod erase;
pub mod forget;
pub mod move_followers;
pub mod process_media;
pub mod queue;
pub mod refresh_quote;
pub mod sever_domain;
pub mod sever_hidden_domain;
pub mod worker;

use chronodon_events::{AccountId, MediaId, Position, StatusId};
use serde::{Deserialize, Serialize};

use self::queue::NewJob;
use crate::app::App;
use crate::federation::{refresh, replies, synchronization};

/// Puts jobs in. The worker of this process takes them up at once, those of others when they look again.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub(crate) async fn put(app: &App, jobs: &[NewJob]) -> anyhow::Result<()> {
    queue::insert(&app.server_tables.get().await?, jobs).await?;
    app.jobs_due.notify_one();
    Ok(())
}

/// Something to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "payload", rename_all = "snake_case")]
pub enum Job {
    /// Take back what an account leaves behind that its own server has deleted.
    DeleteAccount {
        /// Which account.
        account_id: AccountId,
        /// How many parts are done.
        part: u32,
    },
    /// Tell other servers of an event.
    Distribute {
        /// Where it stands in the log.
        position: Position,
        /// What it is about: what is about the same thing is told in order.
        order: i64,
    },
    /// Destroy what is left of a refused sign-up.
    EraseAccount {
        /// Which account.
        account_id: AccountId,
    },
    /// Destroy what is left of a removed attachment.
    EraseMedia {
        /// Which attachment.
        media_id: MediaId,
    },
    /// Destroy what is left of a deleted status.
    EraseStatus {
        /// Which status.
        status_id: StatusId,
    },
    /// Complete the thread below a status of another server.
    FetchReplies {
        /// Which status.
        status_id: StatusId,
    },
    /// Destroy the copies of an account's pictures that are no longer its pictures.
    ForgetOldPictures {
        /// Which account, of another server.
        account_id: AccountId,
    },
    /// Destroy the copies of other servers' files that belonged to what is gone.
    ForgetRemoteFiles {
        /// The accounts, statuses or attachments.
        owner_ids: Vec<i64>,
    },
    /// Let those who follow an account from here follow the one that it has become.
    MoveFollowers {
        /// The account that has gone.
        account_id: AccountId,
        /// The account that it is now.
        target_id: AccountId,
        /// How many parts are done.
        part: u32,
    },
    /// Process an upload.
    ProcessMedia {
        /// Which attachment.
        media_id: MediaId,
    },
    /// Ask another server what an account of its own is now.
    RefreshAccount {
        /// Which account.
        account_id: AccountId,
    },
    /// Ask another server how the votes of a poll are.
    RefreshPoll {
        /// The status that asks.
        status_id: StatusId,
    },
    /// Look again whether somebody may quote whom they quote.
    RefreshQuote {
        /// The status that quotes, of another server.
        status_id: StatusId,
        /// How often it was looked at.
        part: u32,
    },
    /// End the follows that a suspended domain leaves behind.
    SeverDomain {
        /// Where the block stands in the log.
        position: Position,
        /// How many parts are done.
        part: u32,
    },
    /// End the follows between an account and those of a domain that it hides.
    SeverHiddenDomain {
        /// Who hides it.
        account_id: AccountId,
        /// Where that stands in the log.
        position: Position,
    },
    /// Compare who follows an account of another server from here with what that server knows (FEP-8fcf).
    SynchronizeFollowers {
        /// Which account.
        account_id: AccountId,
    },
}

impl Job {
    /// The kinds that this server knows; others are left to a newer one.
    pub(crate) const KINDS: &'static [&'static str] = &[
        "delete_account",
        "distribute",
        "erase_account",
        "erase_media",
        "erase_status",
        "fetch_replies",
        "forget_old_pictures",
        "forget_remote_files",
        "move_followers",
        "process_media",
        "refresh_account",
        "refresh_poll",
        "refresh_quote",
        "sever_domain",
        "sever_hidden_domain",
        "synchronize_followers",
    ];

    /// Does it. Doing it again is harmless.
    ///
    /// # Errors
    /// Faults of the world, after which it is tried again.
    pub(crate) async fn run(&self, app: &App) -> anyhow::Result<()> {
        match self {
            Self::DeleteAccount { account_id, part } => delete_account::run(app, *account_id, *part).await,
            Self::Distribute { position, order } => distribute::run(app, *position, *order).await,
            Self::EraseAccount { account_id } => erase::account(app, *account_id).await,
            Self::EraseMedia { media_id } => erase::media(app, *media_id).await,
            Self::EraseStatus { status_id } => erase::status(app, *status_id).await,
            Self::FetchReplies { status_id } => replies::fetch(app, *status_id).await,
            Self::ForgetOldPictures { account_id } => forget::old_pictures(app, *account_id).await,
            Self::ForgetRemoteFiles { owner_ids } => forget::remote_files(app, owner_ids).await,
            Self::MoveFollowers { account_id, target_id, part } => {
                move_followers::run(app, *account_id, *target_id, *part).await
            }
            Self::ProcessMedia { media_id } => process_media::run(app, *media_id).await,
            Self::RefreshAccount { account_id } => refresh::account(app, *account_id).await,
            Self::RefreshPoll { status_id } => refresh::poll(app, *status_id).await,
            Self::RefreshQuote { status_id, part } => refresh_quote::run(app, *status_id, *part).await,
            Self::SeverDomain { position, part } => sever_domain::run(app, *position, *part).await,
            Self::SeverHiddenDomain { account_id, position } => {
                sever_hidden_domain::run(app, *account_id, *position).await
            }
            Self::SynchronizeFollowers { account_id } => synchronization::run(app, *account_id).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_listed() {
        let jobs = [
            Job::DeleteAccount { account_id: AccountId(1), part: 0 },
            Job::Distribute { position: Position(1), order: 1 },
            Job::EraseAccount { account_id: AccountId(1) },
            Job::EraseMedia { media_id: MediaId(1) },
            Job::EraseStatus { status_id: StatusId(1) },
            Job::FetchReplies { status_id: StatusId(1) },
            Job::ForgetOldPictures { account_id: AccountId(1) },
            Job::ForgetRemoteFiles { owner_ids: vec![1] },
            Job::MoveFollowers { account_id: AccountId(1), target_id: AccountId(2), part: 0 },
            Job::ProcessMedia { media_id: MediaId(1) },
            Job::RefreshAccount { account_id: AccountId(1) },
            Job::RefreshPoll { status_id: StatusId(1) },
            Job::RefreshQuote { status_id: StatusId(1), part: 0 },
            Job::SeverDomain { position: Position(1), part: 0 },
            Job::SeverHiddenDomain { account_id: AccountId(1), position: Position(1) },
            Job::SynchronizeFollowers { account_id: AccountId(1) },
        ];
        let kinds: Vec<_> =
            jobs.iter().map(|job| serde_json::to_value(job).unwrap()["kind"].as_str().unwrap().to_owned()).collect();
        assert_eq!(kinds, Job::KINDS);
    }
}
