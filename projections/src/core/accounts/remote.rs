//! Accounts of other servers: what those say of them, their keys, and where they are written to.

use chronodon_event_log::Recorded;
use chronodon_events::AccountId;
use chronodon_events::account::AccountEvent;
use chronodon_events::remote::RemoteActor;

use super::{Account, bare, columns, show};
use crate::core::visible::shown;
use crate::core::{Core, json};
use crate::{ProjectionError, Reader, Row};

row! {
    /// A public key of an account of another server, by its own address.
    pub struct ActorKey in "actor_keys" {
        key { uri: String }
        account_id: i64,
        pem: String,
    }
}

pub(super) fn want(core: &mut Core, event: &AccountEvent) {
    if let AccountEvent::Refreshed(e) = event {
        core.actor_keys.want_where("account_id", e.account_id.get());
    }
}

pub(super) fn apply(core: &mut Core, at: &Recorded, event: &AccountEvent) {
    match event {
        AccountEvent::Discovered(e) => {
            let created_at = e.actor.published.unwrap_or(at.recorded_at).min(at.recorded_at);
            let mut account = bare(e.account_id, &e.actor.username, created_at);
            describe(&mut account, &e.actor);
            core.accounts.put(account);
            put_keys(core, e.account_id, &e.actor);
        }
        AccountEvent::Refreshed(e) if core.accounts.get((e.account_id.get(),)).is_some() => {
            core.accounts.update((e.account_id.get(),), |account| describe(account, &e.actor));
            drop_keys(core, e.account_id);
            put_keys(core, e.account_id, &e.actor);
        }
        AccountEvent::Deleted(e) => {
            core.accounts.remove((e.account_id.get(),));
            core.actor_keys.remove_where("account_id", e.account_id.get());
        }
        AccountEvent::Moved(e) => {
            core.accounts.update((e.account_id.get(),), |account| account.moved_to_id = Some(e.target_id.get()));
        }
        AccountEvent::AliasesChanged(e) => {
            core.accounts.update((e.account_id.get(),), |account| account.also_known_as = json(&e.also_known_as));
        }
        _ => {}
    }
}

fn describe(account: &mut Account, actor: &RemoteActor) {
    show(account, &actor.profile);
    account.username.clone_from(&actor.username);
    account.domain = Some(actor.domain.clone());
    account.uri = Some(actor.uri.clone());
    account.url = Some(actor.url.clone());
    actor.kind.as_str().clone_into(&mut account.kind);
    account.inbox = Some(actor.inbox.clone());
    account.shared_inbox.clone_from(&actor.shared_inbox);
    account.followers_uri.clone_from(&actor.followers);
    account.also_known_as = json(&actor.also_known_as);
    account.remote = Some(json(actor));
    if actor.moved_to.is_none() {
        account.moved_to_id = None;
    }
}

/// The first account that claims a key has it; an address of a key belongs to one origin, so no other can.
fn put_keys(core: &mut Core, account: AccountId, actor: &RemoteActor) {
    for key in &actor.keys {
        core.actor_keys.put(ActorKey { uri: key.uri.clone(), account_id: account.get(), pem: key.pem.clone() });
    }
}

fn drop_keys(core: &mut Core, account: AccountId) {
    let before: Vec<_> = core.actor_keys.all_where("account_id", account.get()).map(|key| key.uri.clone()).collect();
    before.into_iter().for_each(|uri| {
        core.actor_keys.remove((uri,));
    });
}

/// Whose key it is, and the key, by the key's address.
///
/// # Errors
/// When the database cannot be read.
pub async fn by_key(reader: &Reader, key_uri: &str) -> Result<Option<(Account, ActorKey)>, ProjectionError> {
    let sql = format!(
        "SELECT {}, k.uri AS key_uri, k.pem FROM actor_keys k JOIN accounts a ON a.id = k.account_id WHERE k.uri = $1",
        columns()
    );
    let row = reader.lookup(&sql, &[&key_uri]).await?.pop();
    Ok(row.map(|row| {
        let account = Account::read(&row);
        let key = ActorKey { uri: row.get("key_uri"), account_id: account.id, pem: row.get("pem") };
        (account, key)
    }))
}

/// The accounts of other servers with these actors, in no order.
///
/// # Errors
/// When the database cannot be read.
pub async fn by_uris(reader: &Reader, uris: &[String]) -> Result<Vec<Account>, ProjectionError> {
    let sql = format!("SELECT {} FROM accounts a WHERE a.uri = ANY($1)", columns());
    Ok(reader.lookup(&sql, &[&uris]).await?.iter().map(Account::read).collect())
}

/// The account of another server with this actor.
///
/// # Errors
/// When the database cannot be read.
pub async fn by_uri(reader: &Reader, uri: &str) -> Result<Option<Account>, ProjectionError> {
    Ok(by_uris(reader, &[uri.to_owned()]).await?.pop())
}

/// The accounts of other servers with these handles, given in lower case as name and domain; the last met first.
///
/// # Errors
/// When the database cannot be read.
pub async fn by_handles(reader: &Reader, handles: &[(String, String)]) -> Result<Vec<Account>, ProjectionError> {
    let (names, domains): (Vec<&str>, Vec<&str>) =
        handles.iter().map(|(name, domain)| (name.as_str(), domain.as_str())).unzip();
    let sql = format!(
        "SELECT a.* FROM unnest($1::text[], $2::text[]) AS named (username, domain)
        JOIN accounts a ON lower(a.username) = named.username AND coalesce(lower(a.domain), '') = named.domain
        WHERE a.domain IS NOT NULL AND {} ORDER BY a.id DESC",
        shown("a")
    );
    Ok(reader.query(&sql, &[&names, &domains]).await?.iter().map(Account::read).collect())
}

/// What its own server says of an account; nothing for one of ours.
#[must_use]
pub fn actor(account: &Account) -> Option<RemoteActor> {
    account.remote.as_ref().and_then(|actor| serde_json::from_value(actor.clone()).ok())
}
