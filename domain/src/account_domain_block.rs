//! A domain that an account hides or not. One stream per account and domain; names are canonical.

use chronodon_events::AccountId;
use chronodon_events::account_domain_block::{
    AccountDomainBlockCreated, AccountDomainBlockEvent, AccountDomainBlockRemoved,
};

use crate::{Decider, Refusal};

/// What an account does about a domain.
#[derive(Clone, Debug)]
pub struct Command {
    /// Who.
    pub account_id: AccountId,
    /// Which domain.
    pub domain: String,
    /// Hide it, rather than hide it no more.
    pub hide: bool,
}

/// Decides about one domain of one account.
#[derive(Debug)]
pub struct AccountDomainBlock;

impl Decider for AccountDomainBlock {
    type Command = Command;
    type Event = AccountDomainBlockEvent;
    /// Whether it is hidden.
    type State = bool;

    fn decide(hidden: &bool, command: &Command) -> Result<Vec<AccountDomainBlockEvent>, Refusal> {
        let Command { account_id, domain, hide } = command.clone();
        if *hidden == hide {
            return Ok(Vec::new());
        }
        Ok(vec![if hide {
            AccountDomainBlockEvent::Created(AccountDomainBlockCreated { account_id, domain })
        } else {
            AccountDomainBlockEvent::Removed(AccountDomainBlockRemoved { account_id, domain })
        }])
    }

    fn evolve(_: bool, event: &AccountDomainBlockEvent) -> bool {
        match event {
            AccountDomainBlockEvent::Created(_) => true,
            AccountDomainBlockEvent::Removed(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given;

    #[test]
    fn what_already_is_gives_no_event() {
        let command = |hide| Command { account_id: AccountId(1), domain: "bad.example".to_owned(), hide };
        let decide = |events: &[_], hide| {
            AccountDomainBlock::decide(&given::<AccountDomainBlock>(events.to_vec()), &command(hide)).expect("allowed")
        };
        assert!(decide(&[], false).is_empty());
        let mut events = decide(&[], true);
        assert!(events.len() == 1 && decide(&events, true).is_empty());
        events.extend(decide(&events, false));
        assert!(events.len() == 2 && decide(&events, false).is_empty());
    }
}
