//! Commands: quote a status, and what quoted authors say of that (FEP-044f).

use chronodon_domain::Refusal;
use chronodon_domain::quote::{Command, Quote, Request, State, may_quote};
use chronodon_events::remote::{Quote as Quoting, QuoteState};
use chronodon_events::values::StatusRef;
use chronodon_events::{AccountId, StatusId};
use chronodon_projections::core::statuses::Facts;
use chronodon_projections::core::{account_domain_blocks, quotes, statuses};

use super::{By, CommandError, Commands};

impl Commands {
    /// What a new status of `account` quotes, and whether that stands at once: where the author lives here, their policy
    /// says so; where they live elsewhere, they are asked.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when the status is not there for the account, or not for it to quote.
    pub(super) async fn quote_by(
        &self,
        account: AccountId,
        quoted: StatusId,
    ) -> Result<(Quoting, StatusRef), CommandError> {
        let facts = self.visible_facts(Some(account), quoted).await?;
        let StatusRef { status_id, account_id: author, account_local, .. } = facts.status;
        if facts.blocks || !self.is_quotable_by(&facts, account).await? {
            return Err(Refusal::NotFound.into());
        }
        let row = statuses::by_ids(&self.reader, &[status_id.get()]).await?.pop().ok_or(Refusal::NotFound)?;
        let uri = match row.uri {
            Some(uri) => uri,
            None => format!("{}/users/{}/statuses/{status_id}", self.base_url, self.username_of(author).await?),
        };
        let state = if account_local { QuoteState::Accepted } else { QuoteState::Pending };
        Ok((Quoting { uri, status: Some(facts.status.clone()), state, authorization: None }, facts.status))
    }

    /// The account takes back that another status quotes one of its own.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when that status does not quote it, or it is not the account's own.
    pub async fn revoke_quote(
        &self,
        by: By,
        account: AccountId,
        quoted: StatusId,
        quoting: StatusId,
    ) -> Result<(), CommandError> {
        let quote = self.quote_of(quoting).await?.ok_or(Refusal::NotFound)?;
        if quote.quoted.status_id != quoted || quote.quoted.account_id != account {
            return Err(Refusal::NotFound.into());
        }
        self.say(by, quoting, quoted, &Command::Revoke { status: quote.status, quoted: quote.quoted }).await
    }

    /// Whether the author of a status of this server lets `account`, of another, quote it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn lets_quote(&self, account: AccountId, quoted: StatusId) -> Result<bool, CommandError> {
        let facts = statuses::facts(&self.reader, quoted, Some(account)).await?;
        match facts {
            Some(facts) => self.is_quotable_by(&facts, account).await,
            None => Ok(false),
        }
    }

    /// An account of another server asks to quote a status of this one: `uri` is the status that quotes, `status` the same
    /// where it is known here. The answer is sent by who hears of what comes of it.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when the quoted status is not there, or is not for all to see and not the account's own.
    pub async fn ask_to_quote(
        &self,
        by: By,
        account: AccountId,
        (uri, status): (&str, Option<StatusId>),
        quoted: StatusId,
        request: Option<String>,
    ) -> Result<(), CommandError> {
        let facts = statuses::facts(&self.reader, quoted, Some(account)).await?.ok_or(Refusal::NotFound)?;
        if !facts.status.account_local || facts.author_hidden || !facts.status.visibility.is_for_all() {
            return Err(Refusal::NotFound.into());
        }
        let quote = match status {
            Some(id) => self.quote_of(id).await?,
            None => None,
        };
        let is_meant =
            |quote: &Known| quote.quoted.status_id == facts.status.status_id && quote.status.account_id == account;
        let status = quote.filter(is_meant).map(|quote| quote.status);
        let allowed = self.is_quotable_by(&facts, account).await?;
        let stream = self.names.quote(uri, facts.status.status_id);
        let command = Command::Ask(Request {
            account_id: account,
            status,
            uri: uri.to_owned(),
            quoted: facts.status,
            request,
            allowed,
        });
        self.execute::<Quote>(by, stream, &command).await?;
        Ok(())
    }

    /// The author of a status of another server agrees that it is quoted by `quoting`, by a document that the caller has
    /// read and checked; none is needed to quote oneself.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when either is not there.
    pub async fn approve_quote(
        &self,
        by: By,
        quoting: StatusId,
        quoted: StatusId,
        authorization: Option<String>,
    ) -> Result<(), CommandError> {
        let command = Command::Approve {
            status: self.reference(quoting).await?,
            quoted: self.reference(quoted).await?,
            authorization,
        };
        self.say(by, quoting, quoted, &command).await
    }

    /// The author of a status of another server refuses that `quoting` quotes it, or agrees no longer.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when `quoting` quotes nothing of that author's.
    pub async fn reject_quote(&self, by: By, author: AccountId, quoting: StatusId) -> Result<(), CommandError> {
        let quote = self.quote_of(quoting).await?.filter(|quote| quote.quoted.account_id == author);
        let Known { row, status, quoted } = quote.ok_or(Refusal::NotFound)?;
        let (quoted_id, accepted) = (quoted.status_id, row.is_accepted());
        let command = Command::Reject { status, quoted, authorization: row.authorization_uri, accepted };
        self.say(by, quoting, quoted_id, &command).await
    }

    /// What the author of a status of this server has said of a status of another server that quotes it.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn said_of_quote(&self, uri: &str, quoted: StatusId) -> Result<QuoteState, CommandError> {
        let (state, _) = self.load::<Quote>(&self.names.quote(uri, quoted)).await?;
        Ok(match state {
            State::Silent => QuoteState::Pending,
            State::Approved(_) => QuoteState::Accepted,
            State::Rejected => QuoteState::Rejected,
            State::Revoked(_) => QuoteState::Revoked,
        })
    }

    /// Whether the policy of a status lets the account quote it, and its author does not keep the account away.
    async fn is_quotable_by(&self, facts: &Facts, account: AccountId) -> Result<bool, CommandError> {
        let StatusRef { account_id: author, visibility, .. } = facts.status;
        let lets = !facts.blocked_by && may_quote(facts.quote_policy, visibility, author, account, facts.follows);
        Ok(lets && !account_domain_blocks::hides(&self.reader, author, account).await?)
    }

    /// Something is said of a quote, by the name that the status that quotes has in the stream's.
    async fn say(&self, by: By, quoting: StatusId, quoted: StatusId, command: &Command) -> Result<(), CommandError> {
        let row = statuses::by_ids(&self.reader, &[quoting.get()]).await?.pop().ok_or(Refusal::NotFound)?;
        let name = row.uri.unwrap_or_else(|| quoting.to_string());
        self.execute::<Quote>(by, self.names.quote(&name, quoted), command).await?;
        Ok(())
    }

    /// The quote that a status is, where both statuses are known.
    async fn quote_of(&self, quoting: StatusId) -> Result<Option<Known>, CommandError> {
        let row = quotes::by_statuses(&self.reader, &[quoting.get()]).await?.pop();
        let Some((row, quoted)) = row.and_then(|row| row.quoted_id.map(|quoted| (row, StatusId(quoted)))) else {
            return Ok(None);
        };
        let (status, quoted) = (self.reference(quoting).await?, self.reference(quoted).await?);
        Ok(Some(Known { row, status, quoted }))
    }

    async fn reference(&self, status: StatusId) -> Result<StatusRef, CommandError> {
        Ok(statuses::facts(&self.reader, status, None).await?.ok_or(Refusal::NotFound)?.status)
    }
}

/// A quote, and the statuses on its two sides.
struct Known {
    row: quotes::Quote,
    status: StatusRef,
    quoted: StatusRef,
}
