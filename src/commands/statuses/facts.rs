//! What commands about a status must know before they decide: who may see it, and what its author is used to.

use chronodon_domain::Refusal;
use chronodon_domain::account::is_language;
use chronodon_domain::visibility::{Relation, may_see};
use chronodon_events::remote::QuotePolicy;
use chronodon_events::values::{PostingDefaults, StatusRef, Visibility};
use chronodon_events::{AccountId, StatusId};
use chronodon_projections::core::accounts;
use chronodon_projections::core::statuses::{self, Facts};
use chronodon_projections::core::viewer::{self, Own};

use crate::commands::{CommandError, Commands};

/// What an author says about a new status, as far as they do.
pub(super) struct Begun {
    pub(super) visibility: Option<Visibility>,
    pub(super) sensitive: Option<bool>,
    pub(super) language: Option<String>,
    pub(super) quote_policy: Option<QuotePolicy>,
}

impl Commands {
    /// What an event about a status must know of it, when `viewer` may see the status.
    pub(in crate::commands) async fn visible_status(
        &self,
        viewer: Option<AccountId>,
        status: StatusId,
    ) -> Result<StatusRef, CommandError> {
        Ok(self.visible_facts(viewer, status).await?.status)
    }

    /// What is known of a status that `viewer` may see.
    pub(in crate::commands) async fn visible_facts(
        &self,
        viewer: Option<AccountId>,
        status: StatusId,
    ) -> Result<Facts, CommandError> {
        let facts = statuses::facts(&self.reader, status, viewer).await?.ok_or(Refusal::NotFound)?;
        if sees(viewer, &facts) { Ok(facts) } else { Err(Refusal::NotFound.into()) }
    }

    /// The same, when the account does not block the author either: nobody likes what they block.
    pub(in crate::commands) async fn welcome_status(
        &self,
        account: AccountId,
        status: StatusId,
    ) -> Result<StatusRef, CommandError> {
        let facts = statuses::facts(&self.reader, status, Some(account)).await?.ok_or(Refusal::NotFound)?;
        match (sees(Some(account), &facts), facts.blocks) {
            (false, _) => Err(Refusal::NotFound.into()),
            (true, true) => Err(Refusal::Forbidden("").into()),
            (true, false) => Ok(facts.status),
        }
    }

    /// What an event about a status must know of it, when `account` may see it, or has `done` with it what it wants to
    /// take back.
    pub(in crate::commands) async fn status_to_undo(
        &self,
        account: AccountId,
        status: StatusId,
        done: impl Fn(&Own, i64) -> bool,
    ) -> Result<StatusRef, CommandError> {
        let facts = statuses::facts(&self.reader, status, Some(account)).await?.ok_or(Refusal::NotFound)?;
        if !sees(Some(account), &facts) {
            let id = facts.status.status_id.get();
            let own = viewer::own(&self.reader, account, &[id], &[]).await?;
            if !done(&own, id) {
                return Err(Refusal::NotFound.into());
            }
        }
        Ok(facts.status)
    }

    /// What a new status of `account` answers, and whom, where that is not the parent's author.
    pub(super) async fn answered(
        &self,
        account: AccountId,
        parent: Option<StatusId>,
    ) -> Result<(Option<StatusRef>, Option<AccountId>), CommandError> {
        let Some(parent) = parent else { return Ok((None, None)) };
        let facts = self.visible_facts(Some(account), parent).await?;
        let answers = facts.in_reply_to_account_id.filter(|_| facts.status.account_id == account);
        Ok((Some(facts.status), answers))
    }

    /// What a status begins with, where its author does not say: their defaults.
    pub(super) async fn with_defaults(
        &self,
        account: AccountId,
        begun: Begun,
    ) -> Result<PostingDefaults, CommandError> {
        let Begun { visibility, sensitive, language, quote_policy } = begun;
        let language = language.filter(|code| is_language(code));
        let defaults = self.posting_defaults(account).await?;
        Ok(PostingDefaults {
            visibility: visibility.unwrap_or(defaults.visibility),
            sensitive: sensitive.unwrap_or(defaults.sensitive),
            language: language.or(defaults.language),
            quote_policy: quote_policy.unwrap_or(defaults.quote_policy),
        })
    }

    /// What an account's new statuses begin with. Without a language of its own: that of its interface.
    pub(in crate::commands) async fn posting_defaults(
        &self,
        account: AccountId,
    ) -> Result<PostingDefaults, CommandError> {
        Ok(accounts::posting_defaults(&self.reader, account).await?)
    }
}

fn sees(viewer: Option<AccountId>, facts: &Facts) -> bool {
    let Facts { status, follows, blocked_by, mentioned, .. } = facts;
    let relation = Relation { follows: *follows, blocked_by: *blocked_by, mentioned: *mentioned };
    !facts.author_hidden && facts.reblog_shown && may_see(status.visibility, status.account_id, viewer, relation)
}
