//! Commands: like a status, or no more.

use chronodon_domain::favourite::{Command, Favourite};
use chronodon_events::values::StatusRef;
use chronodon_events::{AccountId, StatusId};

use super::{By, CommandError, Commands};

impl Commands {
    /// `account` likes a status that it may see. Liking twice is liking once. `uri` is the activity that
    /// says so, when the account lives elsewhere.
    ///
    /// # Errors
    /// [`chronodon_domain::Refusal::NotFound`] when the status is not there for the account;
    /// [`chronodon_domain::Refusal::Forbidden`] when the account blocks its author.
    pub async fn add_favourite(
        &self,
        by: By,
        account: AccountId,
        status: StatusId,
        uri: Option<String>,
    ) -> Result<(), CommandError> {
        let status = self.welcome_status(account, status).await?;
        let uri = match uri {
            None if !status.account_local => Some(self.new_activity_uri(account, "likes").await?),
            uri => uri,
        };
        self.favourite(by, account, status.clone(), Command::Add { account_id: account, status, uri }).await
    }

    /// `account` likes a status no more, whether it may still see it or not.
    ///
    /// # Errors
    /// [`chronodon_domain::Refusal::NotFound`] when the status is gone, or neither favourited nor there for the account.
    pub async fn remove_favourite(&self, by: By, account: AccountId, status: StatusId) -> Result<(), CommandError> {
        let status = self.status_to_undo(account, status, |own, id| own.favourited.contains(&id)).await?;
        self.favourite(by, account, status.clone(), Command::Remove { account_id: account, status }).await
    }

    async fn favourite(
        &self,
        by: By,
        account: AccountId,
        status: StatusRef,
        command: Command,
    ) -> Result<(), CommandError> {
        let stream = self.names.favourite(account, status.status_id);
        self.execute::<Favourite>(by, stream, &command).await?;
        Ok(())
    }
}
