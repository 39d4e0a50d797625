//! Commands: keep a status for later, or no more.

use chronodon_domain::bookmark::{Bookmark, Command};
use chronodon_events::values::StatusRef;
use chronodon_events::{AccountId, StatusId};

use super::{By, CommandError, Commands};

impl Commands {
    /// `account` keeps a status that it may see. Keeping twice is keeping once.
    ///
    /// # Errors
    /// [`chronodon_domain::Refusal::NotFound`] when the status is not there for the account.
    pub async fn add_bookmark(&self, by: By, account: AccountId, status: StatusId) -> Result<(), CommandError> {
        let status = self.visible_status(Some(account), status).await?;
        self.bookmark(by, account, status.clone(), Command::Add { account_id: account, status }).await
    }

    /// `account` keeps a status no more, whether it may still see it or not.
    ///
    /// # Errors
    /// [`chronodon_domain::Refusal::NotFound`] when the status is gone, or neither bookmarked nor there for the account.
    pub async fn remove_bookmark(&self, by: By, account: AccountId, status: StatusId) -> Result<(), CommandError> {
        let status = self.status_to_undo(account, status, |own, id| own.bookmarked.contains(&id)).await?;
        self.bookmark(by, account, status.clone(), Command::Remove { account_id: account, status }).await
    }

    async fn bookmark(
        &self,
        by: By,
        account: AccountId,
        status: StatusRef,
        command: Command,
    ) -> Result<(), CommandError> {
        let stream = self.names.bookmark(account, status.status_id);
        self.execute::<Bookmark>(by, stream, &command).await?;
        Ok(())
    }
}
