//! Commands: ending follows for local accounts, and writing down that they end.

use chronodon_domain::relationship::{Action, Command as Relate, Relationship};
use chronodon_domain::severance::{Record, Severance};
use chronodon_events::severance::{SeveranceKind, SeveranceRecorded, SeveranceTarget};
use chronodon_events::{AccountId, SeveranceId};
use uuid::Uuid;

use super::{By, CommandError, Commands};
use crate::{clock, ids};

/// What an account is about to lose, and why.
#[derive(Clone, Debug)]
pub struct Loss {
    /// The local account.
    pub account_id: AccountId,
    /// The event for which its follows end: they are written down once for it.
    pub reason: Uuid,
    /// Of which kind that is.
    pub kind: SeveranceKind,
    /// With whom.
    pub target: SeveranceTarget,
    /// How many followers it loses.
    pub followers_count: u64,
    /// How many it follows no more.
    pub following_count: u64,
}

impl Commands {
    /// Writes down what an account is about to lose. For the same reason again: the first count stands.
    ///
    /// # Errors
    /// When the log cannot take it.
    pub async fn record_severance(&self, by: By, loss: Loss) -> Result<(), CommandError> {
        let (account, reason) = (loss.account_id.to_string(), loss.reason.to_string());
        let stream = self.names.named("severance", &[&reason, &account]);
        let severance = SeveranceRecorded {
            severance_id: SeveranceId(self.ids.next(clock::now())),
            kind: loss.kind,
            target: loss.target,
            account_id: loss.account_id,
            followers_count: loss.followers_count,
            following_count: loss.following_count,
        };
        let by = by.retried_as(ids::command_id_of(&["severance", &reason, &account]));
        self.execute::<Severance>(by, stream, &Record(severance)).await?;
        Ok(())
    }

    /// Ends every follow and request between two accounts, whether they may still be seen or not.
    ///
    /// # Errors
    /// When the log cannot take it.
    pub async fn sever(&self, by: By, account: AccountId, other: AccountId) -> Result<(), CommandError> {
        let stream = self.names.relationship(account, other);
        // One id for several appends would make retries of them; doing it again finds nothing left to do.
        let by = By { request: None, ..by };
        for action in [Action::Unfollow, Action::RemoveFollower, Action::RejectRequest] {
            let command = Relate { by: account, target: other, action, uri: None };
            self.execute::<Relationship>(by, stream.clone(), &command).await?;
        }
        Ok(())
    }
}
