//! Commands: put notifications away.

use chronodon_domain::notification::{Command, Notifications};
use chronodon_events::{AccountId, NotificationId};

use super::{By, CommandError, Commands};

impl Commands {
    /// Puts some notifications away.
    ///
    /// # Errors
    /// When the log cannot take it.
    pub async fn dismiss_notifications(
        &self,
        by: By,
        account_id: AccountId,
        notification_ids: Vec<NotificationId>,
    ) -> Result<(), CommandError> {
        self.put_away(by, account_id, Command::Dismiss { account_id, notification_ids }).await
    }

    /// Puts all notifications away.
    ///
    /// # Errors
    /// When the log cannot take it.
    pub async fn clear_notifications(&self, by: By, account_id: AccountId) -> Result<(), CommandError> {
        self.put_away(by, account_id, Command::Clear { account_id }).await
    }

    async fn put_away(&self, by: By, account: AccountId, command: Command) -> Result<(), CommandError> {
        let stream = self.names.named("notifications", &[&account.to_string()]);
        self.execute::<Notifications>(by, stream, &command).await?;
        Ok(())
    }
}
