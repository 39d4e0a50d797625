//! Commands: hide a domain from oneself, and hide it no more.

use chronodon_domain::account_domain_block::{AccountDomainBlock, Command};
use chronodon_domain::{Refusal, limits};
use chronodon_events::AccountId;
use chronodon_projections::core::account_domain_blocks;

use super::domain_policies::named;
use super::{By, CommandError, Commands};

impl Commands {
    /// `account` wants to hear nothing of a domain. Its subdomains are others.
    ///
    /// # Errors
    /// When it is no domain, or the account hides too many.
    pub async fn hide_domain(&self, by: By, account: AccountId, domain: &str) -> Result<(), CommandError> {
        let most = limits::ACCOUNT_DOMAIN_BLOCKS_MAX;
        if account_domain_blocks::count(&self.reader, account).await? >= most {
            let message = format!("You cannot hide more than {most} domains");
            return Err(Refusal::invalid("domain", "ERR_LIMIT", message).into());
        }
        self.set_domain_hidden(by, account, named(domain)?, true).await
    }

    /// `account` hides a domain no more.
    ///
    /// # Errors
    /// When it is no domain.
    pub async fn show_domain(&self, by: By, account: AccountId, domain: &str) -> Result<(), CommandError> {
        self.set_domain_hidden(by, account, named(domain)?, false).await
    }

    async fn set_domain_hidden(
        &self,
        by: By,
        account_id: AccountId,
        domain: String,
        hide: bool,
    ) -> Result<(), CommandError> {
        let stream = self.names.named("account_domain_block", &[&account_id.to_string(), &domain]);
        self.execute::<AccountDomainBlock>(by, stream, &Command { account_id, domain, hide }).await?;
        Ok(())
    }
}
