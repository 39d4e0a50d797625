//! Commands: follow, block, mute an account, and all else that holds between two.

use chronodon_domain::relationship::{Action, Command, Follow, Relationship};
use chronodon_domain::{Refusal, limits};
use chronodon_events::{AccountId, Origin};
use chronodon_projections::core::accounts::{self, Account};
use jiff::SignedDuration;

use super::{By, CommandError, Commands};
use crate::clock;

/// What a follow shall show. What is not given stays as it is.
#[derive(Clone, Debug, Default)]
pub struct FollowAccount {
    /// Reblogs; yes at first.
    pub reblogs: Option<bool>,
    /// Each new status notifies; no at first.
    pub notify: Option<bool>,
    /// Only these languages; all at first.
    pub languages: Option<Vec<String>>,
}

impl Commands {
    /// `account` follows `target` or, where that lets in by hand or lives elsewhere, asks to. Following again changes what
    /// is shown. `uri` is the activity that says so, when the account lives elsewhere.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for oneself and for whoever is suspended, [`Refusal::Forbidden`] across a block and of those who
    /// have moved.
    pub async fn follow_account(
        &self,
        by: By,
        account: AccountId,
        target: AccountId,
        shown: FollowAccount,
        uri: Option<String>,
    ) -> Result<(), CommandError> {
        let found = accounts::by_ids(&self.reader, &[account.get(), target.get()]).await?;
        let of = |id: AccountId| found.iter().find(|row| row.id == id.get()).ok_or(Refusal::NotFound);
        let (follower, followed) = (of(account)?, of(target)?);
        if followed.suspended || !is_let_in(followed) {
            return Err(Refusal::NotFound.into());
        }
        if followed.moved_to_id.is_some() && by.origin != Origin::Inbox {
            return Err(Refusal::Forbidden("").into());
        }
        let follow = Follow {
            reblogs: shown.reblogs,
            notify: shown.notify,
            languages: shown.languages,
            target_locked: followed.locked,
            full: full(follower),
            account_local: follower.domain.is_none(),
            target_local: followed.domain.is_none(),
        };
        let uri = match uri {
            None if !follow.target_local => Some(self.new_activity_uri(account, "follows").await?),
            uri => uri,
        };
        self.relate(by, account, target, Action::Follow(follow), uri).await
    }

    /// `account` mutes `target`, for so many seconds or, with none or zero, for good. Muting again changes how.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when the target is not there.
    pub async fn mute_account(
        &self,
        by: By,
        account: AccountId,
        target: AccountId,
        notifications: bool,
        seconds: Option<i64>,
    ) -> Result<(), CommandError> {
        let seconds = seconds.filter(|seconds| *seconds > 0);
        let bounded = seconds.map(|seconds| seconds.min(limits::MUTE_SECONDS_MAX.cast_signed()));
        let expires_at = bounded.and_then(|seconds| clock::now().checked_add(SignedDuration::from_secs(seconds)).ok());
        self.change_relationship(by, account, target, Action::Mute { notifications, expires_at }).await
    }

    /// Carries out what `account` does about `target`, when that needs no more facts than that the target is there.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when it is not; see [`chronodon_domain::relationship`].
    pub async fn change_relationship(
        &self,
        by: By,
        account: AccountId,
        target: AccountId,
        action: Action,
    ) -> Result<(), CommandError> {
        let found = self.let_in(target).await?;
        let uri = match action {
            Action::Block if found.domain.is_some() => Some(self.new_activity_uri(account, "blocks").await?),
            _ => None,
        };
        self.relate(by, account, target, action, uri).await
    }

    /// Carries out what an account of another server does about one of ours. `uri` is the activity that says so or, for an
    /// answer to a follow, the one that is answered, if that is said.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when one of them is not there; see [`chronodon_domain::relationship`].
    pub async fn receive_relationship(
        &self,
        by: By,
        account: AccountId,
        target: AccountId,
        action: Action,
        uri: Option<String>,
    ) -> Result<(), CommandError> {
        self.let_in(target).await?;
        self.relate(by, account, target, action, uri).await
    }

    /// Somebody who is there for others.
    async fn let_in(&self, account: AccountId) -> Result<Account, CommandError> {
        let found = accounts::by_ids(&self.reader, &[account.get()]).await?.pop();
        Ok(found.filter(is_let_in).ok_or(Refusal::NotFound)?)
    }

    async fn relate(
        &self,
        by: By,
        account: AccountId,
        target: AccountId,
        action: Action,
        uri: Option<String>,
    ) -> Result<(), CommandError> {
        let command = Command { by: account, target, action, uri };
        self.execute::<Relationship>(by, self.names.relationship(account, target), &command).await?;
        Ok(())
    }
}

/// Who has not been let in is not there for others.
fn is_let_in(account: &Account) -> bool {
    account.approved && account.confirmed
}

/// The most that an account may follow, when it follows that many. Who is followed by many may follow more of them.
fn full(follower: &Account) -> Option<usize> {
    let earned = follower.followers_count as f64 * limits::FOLLOWS_PER_FOLLOWER;
    let most = limits::FOLLOWS_MAX.max(earned as usize);
    let follows = usize::try_from(follower.following_count).unwrap_or(0);
    (follows >= most).then_some(most)
}
