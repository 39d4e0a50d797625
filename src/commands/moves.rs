//! Commands: say who else an account is, and go on as another. Whether the other says so too, the caller has checked.

use chronodon_domain::account::Command;
use chronodon_events::AccountId;

use super::{By, CommandError, Commands};

impl Commands {
    /// An account of this server says which accounts elsewhere it is too: actors' addresses, whole.
    ///
    /// # Errors
    /// [`chronodon_domain::Refusal::Invalid`] when there are too many.
    pub async fn change_aliases(
        &self,
        by: By,
        account: AccountId,
        also_known_as: Vec<String>,
    ) -> Result<(), CommandError> {
        let username = self.username_of(account).await?;
        self.change_account(by, &username, &Command::ChangeAliases(also_known_as)).await
    }

    /// An account of this server goes on as another. Again: nothing more.
    ///
    /// # Errors
    /// [`chronodon_domain::Refusal::NotFound`] when the account is not there.
    pub async fn move_account(
        &self,
        by: By,
        account: AccountId,
        target_id: AccountId,
        target_uri: String,
    ) -> Result<(), CommandError> {
        let username = self.username_of(account).await?;
        self.change_account(by, &username, &Command::Move { target_id, target_uri }).await
    }
}
