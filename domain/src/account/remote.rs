//! Accounts of other servers, which alone say what they are; and the names that one of ours has elsewhere.

use chronodon_events::AccountId;
use chronodon_events::account::{AccountAliasesChanged, AccountDiscovered, AccountEvent, AccountRefreshed};
use chronodon_events::remote::RemoteActor;
use chronodon_events::values::{PostingDefaults, Role};

use super::Known;
use crate::{Refusal, limits};

/// The same again is no event.
pub(super) fn discover(known: Option<&Known>, account_id: AccountId, actor: &RemoteActor) -> Vec<AccountEvent> {
    let actor = actor.clone();
    match known {
        None => vec![AccountEvent::Discovered(AccountDiscovered { account_id, actor })],
        Some(known) if known.remote.as_ref() == Some(&actor) => Vec::new(),
        Some(known) => {
            vec![AccountEvent::Refreshed(AccountRefreshed { account_id: known.account_id, actor })]
        }
    }
}

pub(super) fn known(account_id: AccountId, actor: &RemoteActor) -> Known {
    Known {
        account_id,
        approved: true,
        confirmed: true,
        suspended: false,
        role: Role::User,
        profile: actor.profile.clone(),
        posting_defaults: PostingDefaults::default(),
        remote: Some(actor.clone()),
        moved_to: None,
        also_known_as: actor.also_known_as.clone(),
    }
}

pub(super) fn refresh(account: &mut Known, actor: &RemoteActor) {
    account.profile = actor.profile.clone();
    account.also_known_as.clone_from(&actor.also_known_as);
    if actor.moved_to.is_none() {
        account.moved_to = None;
    }
    account.remote = Some(actor.clone());
}

pub(super) fn change_aliases(known: &Known, aliases: &[String]) -> Result<Option<AccountEvent>, Refusal> {
    if aliases.len() > limits::ACCOUNT_ALIASES_MAX {
        let message = format!("can't contain more than {} items", limits::ACCOUNT_ALIASES_MAX);
        return Err(Refusal::invalid("also_known_as", "ERR_TOO_MANY", message));
    }
    let mut also_known_as: Vec<String> = Vec::new();
    for alias in aliases {
        if !also_known_as.contains(alias) {
            also_known_as.push(alias.clone());
        }
    }
    let changed = AccountAliasesChanged { account_id: known.account_id, also_known_as };
    Ok((known.also_known_as != changed.also_known_as).then_some(AccountEvent::AliasesChanged(changed)))
}
