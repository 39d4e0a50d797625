//! Ends access: the tokens in the server's tables, then the fact in the log that an app acts for somebody no more.

use chronodon_events::AccountId;

use super::credentials;
use super::tokens::{self, StoredToken};
use crate::app::App;
use crate::commands::{By, CommandError};

impl App {
    /// Revokes a token. With the last of an account and an app, the app's access has ended.
    ///
    /// # Errors
    /// When the database or the log refuses; the token may be gone by then.
    pub async fn revoke_token(&self, by: By, token: &StoredToken) -> Result<(), CommandError> {
        let last = tokens::revoke(&self.server_tables, token).await?;
        match token.account_id {
            Some(account) if last => self.commands.revoke_app(by, account, token.app_id).await,
            _ => Ok(()),
        }
    }

    /// Ends every token, code and session of an account, and with them the access of its apps.
    ///
    /// # Errors
    /// When the database or the log refuses; tokens may be gone by then.
    pub async fn end_access(&self, by: By, account: AccountId) -> Result<(), CommandError> {
        credentials::end_access(&self.server_tables, account).await?;
        self.commands.revoke_all_apps(by, account).await
    }
}
