//! Commands: vote, and close a poll whose time is over.

use chronodon_domain::Refusal;
use chronodon_domain::poll::{Cast, Command, Poll, Question, Vote};
use chronodon_events::remote::Tally;
use chronodon_events::{AccountId, Origin, StatusId};
use chronodon_projections::core::polls;
use jiff::Timestamp;

use super::{By, CommandError, Commands};
use crate::clock;

impl Commands {
    /// `account` votes in the poll of a status that it may see. `choices` are indices of options.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when there is no such poll for the account; otherwise see [`chronodon_domain::poll`].
    pub async fn vote(
        &self,
        by: By,
        account: AccountId,
        status: StatusId,
        choices: Vec<i64>,
    ) -> Result<(), CommandError> {
        let status = self.visible_status(Some(account), status).await?;
        let found = polls::by_ids(&self.reader, &[status.status_id.get()]).await?;
        let poll = found.first().ok_or(Refusal::NotFound)?;
        let question = Question {
            asked_at: poll.asked_at,
            options: poll.options.as_array().map_or(0, Vec::len),
            multiple: poll.multiple,
            expired: poll.closed || poll.expires_at <= clock::now(),
        };
        let stream = self.names.vote(account, status.status_id);
        let one_by_one = by.origin == Origin::Inbox;
        let cast = Cast { account_id: account, status, question, choices, one_by_one };
        self.execute::<Vote>(by, stream, &cast).await?;
        Ok(())
    }

    /// Closes the poll of a status, when its time is over and it is not closed yet; otherwise nothing.
    ///
    /// # Errors
    /// When the log or the database cannot be reached.
    pub async fn close_poll(&self, by: By, status_id: StatusId) -> Result<(), CommandError> {
        let close = Command::Close { status_id, now: clock::now() };
        let stream = self.stream_of_status(status_id).await?;
        self.execute::<Poll>(by, stream, &close).await?;
        Ok(())
    }

    /// The server that asks has counted the votes of a poll, as of this edit. The same again, and what is older than what
    /// is known, is nothing new.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when there is no such poll from elsewhere.
    pub async fn count_poll(
        &self,
        by: By,
        status_id: StatusId,
        tally: Tally,
        as_of: Timestamp,
    ) -> Result<(), CommandError> {
        let stream = self.stream_of_status(status_id).await?;
        self.execute::<Poll>(by, stream, &Command::Count { status_id, tally, as_of }).await?;
        Ok(())
    }
}
