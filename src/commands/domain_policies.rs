//! Commands: what this server thinks of others.

use chronodon_domain::domain_name::canonical;
use chronodon_domain::domain_policy::{Action, Command, DomainPolicy};
use chronodon_domain::{Refusal, limits};
use chronodon_events::domain_policy::DomainBlocked;
use chronodon_projections::core::domain_policies;

use super::{By, CommandError, Commands};

impl Commands {
    /// Blocks a domain and its subdomains, or blocks it otherwise than before. Answers the domain's canonical name.
    ///
    /// # Errors
    /// When it is no domain or our own, a comment is too long, or there are too many policies.
    pub async fn block_domain(&self, by: By, block: DomainBlocked) -> Result<String, CommandError> {
        let domain = named(&block.domain)?;
        self.decide_on_domain(by, domain, Action::Block(block)).await
    }

    /// Lifts the block of exactly this domain.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when it is not blocked.
    pub async fn unblock_domain(&self, by: By, domain: &str) -> Result<String, CommandError> {
        self.decide_on_domain(by, named(domain)?, Action::Unblock).await
    }

    /// Lets a domain in by name, where only such are.
    ///
    /// # Errors
    /// When it is no domain, or there are too many policies.
    pub async fn allow_domain(&self, by: By, domain: &str) -> Result<String, CommandError> {
        self.decide_on_domain(by, named(domain)?, Action::Allow).await
    }

    /// Lets a domain in by name no more.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when it was not.
    pub async fn disallow_domain(&self, by: By, domain: &str) -> Result<String, CommandError> {
        self.decide_on_domain(by, named(domain)?, Action::Disallow).await
    }

    async fn decide_on_domain(&self, by: By, domain: String, action: Action) -> Result<String, CommandError> {
        if matches!(action, Action::Allow | Action::Block(_)) {
            self.room_for_policy(&domain).await?;
        }
        let stream = self.names.named("domain_policy", &[&domain]);
        let command = Command { domain: domain.clone(), own_domain: self.domain.clone(), action };
        self.execute::<DomainPolicy>(by, stream, &command).await?;
        Ok(domain)
    }

    async fn room_for_policy(&self, domain: &str) -> Result<(), CommandError> {
        let most = limits::DOMAIN_POLICIES_MAX;
        if domain_policies::count(&self.reader).await? >= most
            && domain_policies::by_domain(&self.reader, domain).await?.is_none()
        {
            let message = format!("There can be policies for at most {most} domains");
            return Err(Refusal::invalid("domain", "ERR_LIMIT", message).into());
        }
        Ok(())
    }
}

/// The canonical name.
pub(super) fn named(domain: &str) -> Result<String, Refusal> {
    canonical(domain).ok_or_else(|| Refusal::invalid("domain", "ERR_INVALID", "is not a valid domain name"))
}
