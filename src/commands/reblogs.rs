//! Commands: show a status to one's followers, or no more.

use chronodon_domain::Refusal;
use chronodon_domain::reblog::{Command, Reblog};
use chronodon_events::values::Visibility;
use chronodon_events::{AccountId, StatusId};
use chronodon_projections::core::reblogs;
use jiff::Timestamp;

use super::{By, CommandError, Commands};
use crate::clock;

impl Commands {
    /// `account` reblogs a status that it may see, or what the reblog shows if it is one. Reblogging twice is
    /// reblogging once. Without a visibility: that of the account's posting defaults. Returns the reblog's id.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when the status is not there for the account; [`Refusal::Forbidden`] when it is not for
    /// everyone, or by somebody whom the account blocks.
    pub async fn reblog(
        &self,
        by: By,
        account: AccountId,
        status: StatusId,
        visibility: Option<Visibility>,
    ) -> Result<StatusId, CommandError> {
        let status = self.welcome_status(account, status).await?;
        let visibility = match visibility {
            Some(visibility) => visibility,
            None => self.posting_defaults(account).await?.visibility,
        };
        let now = clock::now();
        let (status_id, reblog_id) = (status.status_id, StatusId(self.ids.next(now)));
        let uri = if status.account_local {
            None
        } else {
            let username = self.username_of(account).await?;
            Some(format!("{}/users/{username}/statuses/{reblog_id}/activity", self.base_url))
        };
        let command =
            Command::Create { account_id: account, reblog_id, status, visibility, now, account_local: true, uri };
        self.execute::<Reblog>(by, self.names.reblog(account, status_id), &command).await?;
        reblogs::of(&self.reader, account, status_id).await?.ok_or(CommandError::Refused(Refusal::NotFound))
    }

    /// An account of another server reblogs a status that it may see, by the activity `uri`. Returns the reblog's id.
    ///
    /// # Errors
    /// As [`Self::reblog`].
    pub async fn receive_reblog(
        &self,
        by: By,
        account: AccountId,
        status: StatusId,
        visibility: Visibility,
        published: Timestamp,
        uri: String,
    ) -> Result<StatusId, CommandError> {
        let status = self.welcome_status(account, status).await?;
        let created_at = published.min(clock::now());
        let (status_id, reblog_id) = (status.status_id, self.new_status_id(created_at).await?);
        let command = Command::Create {
            account_id: account,
            reblog_id,
            status,
            visibility,
            now: created_at,
            account_local: false,
            uri: Some(uri),
        };
        self.execute::<Reblog>(by, self.names.reblog(account, status_id), &command).await?;
        reblogs::of(&self.reader, account, status_id).await?.ok_or(CommandError::Refused(Refusal::NotFound))
    }

    /// `account` takes its reblog of a status back, whether it may still see the status or not. `status` is the one
    /// shown, or any reblog of it.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when the status is gone, or neither reblogged nor there for the account.
    pub async fn unreblog(&self, by: By, account: AccountId, status: StatusId) -> Result<StatusId, CommandError> {
        let status = self.status_to_undo(account, status, |own, id| own.reblogged.contains(&id)).await?;
        let command = Command::Remove { account_id: account, status_id: status.status_id };
        self.execute::<Reblog>(by, self.names.reblog(account, status.status_id), &command).await?;
        Ok(status.status_id)
    }
}
