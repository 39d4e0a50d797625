//! What entities are made of, the same for every viewer, kept in memory until a fold changes the rows it was made of.
//!
//! It is as far as this process has folded. Requests come after that: their session has told how far any process is.

use std::sync::Arc;

use chronodon_domain::limits;
use chronodon_event_log::Recorded;
use chronodon_projections::changes::{Changes, Rows};
use chronodon_projections::core;
use chronodon_projections::core::custom_emojis::CustomEmoji;
use chronodon_projections::core::domain_policies::DomainPolicy;
use chronodon_projections::memory::kept::Kept;
use chronodon_projections::{Observer, ProjectionError};
use deadpool_postgres::Transaction;

use super::accounts::{self, Account};
use super::media::{self, MediaAttachment};
use super::polls::{self, AskedPoll};
use super::statuses::Content;
use crate::api::error::ApiResult;
use crate::app::App;

/// Entities and parts of entities by the ids of their rows.
pub struct KeptEntities {
    pub(super) accounts: Kept<Account>,
    pub(super) media: Kept<MediaAttachment>,
    pub(super) polls: Kept<AskedPoll>,
    pub(super) statuses: Kept<Content>,
}

impl Default for KeptEntities {
    fn default() -> Self {
        Self {
            accounts: Kept::new(limits::KEPT_ACCOUNTS_BYTES_MAX, Account::weight),
            media: Kept::new(limits::KEPT_MEDIA_BYTES_MAX, MediaAttachment::weight),
            polls: Kept::new(limits::KEPT_POLLS_BYTES_MAX, AskedPoll::weight),
            statuses: Kept::new(limits::KEPT_STATUSES_BYTES_MAX, Content::weight),
        }
    }
}

impl KeptEntities {
    /// What is kept and would be made otherwise now, for proofs: nothing, as long as nothing changes meanwhile.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn stale(app: &App) -> ApiResult<Vec<String>> {
        let kept = &app.kept;
        let anew = Self::default();
        let mut stale = Vec::new();
        for (id, account) in kept.accounts.all() {
            let now = anew.accounts.get(&[id], |ids| accounts::make(app, ids)).await?;
            if now.get(&id).is_none_or(|now| now.json() != account.json()) {
                stale.push(format!("account {id}: {}", account.json()));
            }
        }
        for (id, content) in kept.statuses.all() {
            let now = anew.statuses.get(&[id], |ids| Content::make(app, ids)).await?;
            if now.get(&id) != Some(&content) {
                stale.push(format!("status {id}: {content:?}"));
            }
        }
        for (id, attachment) in kept.media.all() {
            let now = anew.media.get(&[id], |ids| media::make(app, ids)).await?;
            if now.get(&id) != Some(&attachment) {
                stale.push(format!("attachment {id}: {attachment:?}"));
            }
        }
        for (id, poll) in kept.polls.all() {
            let now = anew.polls.get(&[id], |ids| polls::make(app, ids)).await?;
            if now.get(&id) != Some(&poll) {
                stale.push(format!("poll {id}: {poll:?}"));
            }
        }
        Ok(stale)
    }

    /// Lets go of everything.
    pub fn clear(&self) {
        self.changed(&Changes::unknown());
    }
}

#[async_trait::async_trait]
impl Observer for KeptEntities {
    async fn load(&self, _: &Transaction<'_>) -> Result<(), ProjectionError> {
        self.clear();
        Ok(())
    }

    fn applied(&self, _: &[Arc<Recorded>]) {}

    fn changed(&self, changes: &Changes) {
        self.accounts.follow(&changes.of::<core::accounts::Account>());
        self.media.follow(&changes.of::<core::media::MediaAttachment>());
        self.polls.follow(&changes.of::<core::polls::Poll>());
        self.statuses.follow(&changes.of::<core::statuses::Status>());
        // A policy covers any number of accounts: they are as good as suspended, or no more.
        if changes.of::<DomainPolicy>() != Rows::None {
            self.accounts.follow(&Rows::Any);
        }
        if changes.of::<CustomEmoji>() != Rows::None {
            self.accounts.follow(&Rows::Any);
            self.polls.follow(&Rows::Any);
            self.statuses.follow(&Rows::Any);
        }
    }
}
