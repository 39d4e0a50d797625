//! Commands: hear no more of a conversation, or listen again.

use chronodon_domain::conversation_mute::{Command, ConversationMute};
use chronodon_events::{AccountId, StatusId};

use super::{By, CommandError, Commands};

impl Commands {
    /// `account` hears no more of the conversation that a status belongs to.
    ///
    /// # Errors
    /// [`chronodon_domain::Refusal::NotFound`] when the status is not there for the account.
    pub async fn mute_conversation(&self, by: By, account: AccountId, status: StatusId) -> Result<(), CommandError> {
        let conversation_id = self.visible_status(Some(account), status).await?.conversation_id;
        let command = Command::Mute { account_id: account, conversation_id };
        self.change_conversation(by, account, conversation_id, command).await
    }

    /// `account` listens again to the conversation that a status belongs to.
    ///
    /// # Errors
    /// [`chronodon_domain::Refusal::NotFound`] when the status is not there for the account.
    pub async fn unmute_conversation(&self, by: By, account: AccountId, status: StatusId) -> Result<(), CommandError> {
        let conversation_id = self.visible_status(Some(account), status).await?.conversation_id;
        let command = Command::Unmute { account_id: account, conversation_id };
        self.change_conversation(by, account, conversation_id, command).await
    }

    async fn change_conversation(
        &self,
        by: By,
        account: AccountId,
        conversation: StatusId,
        command: Command,
    ) -> Result<(), CommandError> {
        let stream = self.names.conversation_mute(account, conversation);
        self.execute::<ConversationMute>(by, stream, &command).await?;
        Ok(())
    }
}
