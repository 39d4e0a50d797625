//! What concerns the vault and the log at once: signing up, being refused, shut out, another password.
//!
//! Credentials are stored before the event that makes their account, and whatever ends is said in the log first, so
//! that a crash in between leaves nothing that works and should not.

use chronodon_domain::account::Command;
use chronodon_events::{AccountId, ActorId, Origin};

use super::credentials::NewCredentials;
use crate::app::App;
use crate::commands::{By, CommandError, NewAccount};
use crate::jobs::{self, delete_account};
use crate::markers;

/// An account of this server by both its names.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a> {
    /// Its id.
    pub id: AccountId,
    /// Its name.
    pub username: &'a str,
}

impl App {
    /// Makes an account that signs in with this address and password. Of two that ask for one name, one gets it, and the
    /// other leaves nothing behind.
    ///
    /// # Errors
    /// When the name or the address is taken, or something is out of bounds. After an error that is no refusal the
    /// account may be there.
    pub async fn sign_up(
        &self,
        by: impl FnOnce(AccountId) -> By,
        new: NewAccount,
        email: &str,
        password: &str,
    ) -> Result<AccountId, CommandError> {
        let account_id = self.commands.new_account_id();
        self.credentials.store(NewCredentials { account_id, email, password }).await?;
        let registered = self.commands.register_account(by(account_id), account_id, new).await;
        if let Err(CommandError::Refused(_)) = registered {
            self.credentials.remove(account_id).await?;
        }
        registered.map(|()| account_id)
    }

    /// Refuses a pending sign-up: its name and address are free again, and what it said is erased.
    ///
    /// # Errors
    /// When the account was let in already.
    pub async fn reject_account(&self, by: By, account: Named<'_>) -> Result<(), CommandError> {
        self.commands.change_account(by, account.username, &Command::Reject).await?;
        self.erase_gone(account.id).await
    }

    /// Destroys what is left of an account that is gone: access, credentials, and the key that what it said is sealed with.
    ///
    /// # Errors
    /// When the vault or the log cannot be reached. Doing it again is harmless.
    pub async fn erase_gone(&self, account: AccountId) -> Result<(), CommandError> {
        // Each app's end is a command of its own.
        let by = By { actor: ActorId::System, origin: Origin::System, request: None, follows: None };
        self.credentials.remove(account).await?;
        markers::forget(&self.server_tables, account).await?;
        self.commands.revoke_all_apps(by, account).await?;
        self.commands.erase_account(account).await
    }

    /// Shuts an account out and hides it. Its tokens and sessions end.
    ///
    /// # Errors
    /// When the account is not there.
    pub async fn suspend_account(
        &self,
        by: By,
        account: Named<'_>,
        reason: Option<String>,
    ) -> Result<(), CommandError> {
        self.commands.change_account(by, account.username, &Command::Suspend { reason }).await?;
        self.end_access(by, account.id).await
    }

    /// Deletes an account for good: it is shut out and hidden at once, others are told, and what it leaves behind is taken
    /// back bit by bit.
    ///
    /// # Errors
    /// When the account is not there.
    pub async fn delete_account(&self, by: By, account: Named<'_>) -> Result<(), CommandError> {
        self.suspend_account(by, account, Some("deleted".to_owned())).await?;
        let fault = |error: anyhow::Error| CommandError::Database(error.to_string());
        jobs::put(self, &[delete_account::begin(account.id)]).await.map_err(fault)
    }

    /// Another password. Tokens and sessions end.
    ///
    /// # Errors
    /// When the password is out of bounds, or the account has no credentials.
    pub async fn change_password(&self, by: By, account: Named<'_>, password: &str) -> Result<(), CommandError> {
        self.credentials.change_password(account.id, password).await?;
        self.commands.change_account(by, account.username, &Command::ChangePassword).await?;
        self.commands.revoke_all_apps(by, account.id).await
    }
}
