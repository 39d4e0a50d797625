//! Accounts, of this server and of others, and their counters.

mod lists;
pub mod remote;
pub mod traces;

use chronodon_event_log::Recorded;
use chronodon_events::account::AccountEvent;
use chronodon_events::remote::ActorKind;
use chronodon_events::values::{PostingDefaults, Profile, Role};
use chronodon_events::{AccountId, Event};
use jiff::Timestamp;
use serde_json::Value;

pub use lists::{Directory, directory, listed};

use super::visible::{shown, suspended};
use super::{Core, column, json};
use crate::{ProjectionError, Reader, Row};

row! {
    /// An account. Fields, pictures and defaults have the JSON form of the events. The profile's texts are plain; those of
    /// an account of another server, which is one with a `domain`, are HTML. The columns from `uri` to `remote` are what
    /// that server says of it.
    pub struct Account in "accounts" {
        key { id: i64 }
        username: String,
        domain: Option<String>,
        uri: Option<String>,
        url: Option<String>,
        kind: String,
        inbox: Option<String>,
        shared_inbox: Option<String>,
        followers_uri: Option<String>,
        remote: Option<Value>,
        also_known_as: Value,
        moved_to_id: Option<i64>,
        created_at: Timestamp,
        display_name: String,
        note: String,
        fields: Value,
        avatar: Option<Value>,
        header: Option<Value>,
        locked: bool,
        bot: bool,
        discoverable: bool,
        indexable: bool,
        hide_collections: bool,
        posting_defaults: Value,
        locale: String,
        role: String,
        reason: Option<String>,
        approved: bool,
        confirmed: bool,
        suspended: bool,
        statuses_count: i64,
        followers_count: i64,
        following_count: i64,
        version: i64,
    }
}

pub(super) fn want(core: &mut Core, _: &Recorded, event: &Event) {
    if let Event::Account(event) = event {
        core.accounts.want((id_of(event),));
        remote::want(core, event);
    }
}

pub(super) fn apply(core: &mut Core, at: &Recorded, event: &Event) {
    let Event::Account(event) = event else { return };
    let id = (id_of(event),);
    match event {
        AccountEvent::Registered(e) => {
            let mut account = Account {
                locale: e.locale.clone(),
                role: e.role.as_str().to_owned(),
                reason: e.reason.clone(),
                approved: e.approved,
                confirmed: e.confirmed,
                ..bare(e.account_id, &e.username, e.created_at)
            };
            show(&mut account, &e.profile);
            core.accounts.put(account);
        }
        AccountEvent::Rejected(_) => {
            core.accounts.remove(id);
        }
        AccountEvent::Confirmed(_) => core.accounts.update(id, |account| account.confirmed = true),
        AccountEvent::Approved(_) => core.accounts.update(id, |account| account.approved = true),
        AccountEvent::ProfileUpdated(e) => core.accounts.update(id, |account| show(account, &e.profile)),
        AccountEvent::PostingDefaultsChanged(e) => {
            core.accounts.update(id, |account| account.posting_defaults = json(&e.defaults));
        }
        AccountEvent::RoleChanged(e) => core.accounts.update(id, |account| account.role = e.role.as_str().to_owned()),
        AccountEvent::PasswordChanged(_) => {}
        AccountEvent::Suspended(_) => core.accounts.update(id, |account| account.suspended = true),
        AccountEvent::Unsuspended(_) => core.accounts.update(id, |account| account.suspended = false),
        AccountEvent::Discovered(_)
        | AccountEvent::Refreshed(_)
        | AccountEvent::Deleted(_)
        | AccountEvent::Moved(_)
        | AccountEvent::AliasesChanged(_) => remote::apply(core, at, event),
    }
    core.accounts.update(id, |account| account.version = column(at));
}

fn bare(id: AccountId, username: &str, created_at: Timestamp) -> Account {
    Account {
        id: id.get(),
        username: username.to_owned(),
        domain: None,
        uri: None,
        url: None,
        kind: ActorKind::Person.as_str().to_owned(),
        inbox: None,
        shared_inbox: None,
        followers_uri: None,
        remote: None,
        also_known_as: Value::Array(Vec::new()),
        moved_to_id: None,
        created_at,
        display_name: String::new(),
        note: String::new(),
        fields: Value::Null,
        avatar: None,
        header: None,
        locked: false,
        bot: false,
        discoverable: false,
        indexable: false,
        hide_collections: false,
        posting_defaults: json(&PostingDefaults::default()),
        locale: String::new(),
        role: Role::User.as_str().to_owned(),
        reason: None,
        approved: true,
        confirmed: true,
        suspended: false,
        statuses_count: 0,
        followers_count: 0,
        following_count: 0,
        version: 0,
    }
}

fn show(account: &mut Account, profile: &Profile) {
    account.display_name.clone_from(&profile.display_name);
    account.note.clone_from(&profile.note);
    account.fields = json(&profile.fields);
    account.avatar = profile.avatar.as_ref().map(json);
    account.header = profile.header.as_ref().map(json);
    account.locked = profile.locked;
    account.bot = profile.bot;
    account.discoverable = profile.discoverable;
    account.indexable = profile.indexable;
    account.hide_collections = profile.hide_collections;
}

fn id_of(event: &AccountEvent) -> i64 {
    match event {
        AccountEvent::Registered(e) => e.account_id,
        AccountEvent::Confirmed(e) => e.account_id,
        AccountEvent::Approved(e) => e.account_id,
        AccountEvent::Rejected(e) => e.account_id,
        AccountEvent::ProfileUpdated(e) => e.account_id,
        AccountEvent::PostingDefaultsChanged(e) => e.account_id,
        AccountEvent::RoleChanged(e) => e.account_id,
        AccountEvent::PasswordChanged(e) => e.account_id,
        AccountEvent::Suspended(e) => e.account_id,
        AccountEvent::Unsuspended(e) => e.account_id,
        AccountEvent::Discovered(e) => e.account_id,
        AccountEvent::Refreshed(e) => e.account_id,
        AccountEvent::Deleted(e) => e.account_id,
        AccountEvent::Moved(e) => e.account_id,
        AccountEvent::AliasesChanged(e) => e.account_id,
    }
    .get()
}

/// The columns of the row `a`, which counts as suspended when its domain is. Of two columns with one name the first is
/// read.
fn columns() -> String {
    format!("{} AS suspended, a.*", suspended("a"))
}

/// The accounts with these ids, in no order.
///
/// # Errors
/// When the database cannot be read.
pub async fn by_ids(reader: &Reader, ids: &[i64]) -> Result<Vec<Account>, ProjectionError> {
    let sql = format!("SELECT {} FROM accounts a WHERE a.id = ANY($1)", columns());
    Ok(reader.lookup(&sql, &[&ids]).await?.iter().map(Account::read).collect())
}

/// The accounts of this server with these names, given in lower case; in no order.
///
/// # Errors
/// When the database cannot be read.
pub async fn by_local_usernames(reader: &Reader, names: &[String]) -> Result<Vec<Account>, ProjectionError> {
    let sql = format!(
        "SELECT a.* FROM accounts a
        WHERE lower(a.username) = ANY($1) AND coalesce(lower(a.domain), '') = '' AND {}",
        shown("a")
    );
    Ok(reader.query(&sql, &[&names]).await?.iter().map(Account::read).collect())
}

/// The account of this server with this name, given in lower case, whether it may be used or not.
///
/// # Errors
/// When the database cannot be read.
pub async fn id_of_local_username(reader: &Reader, name: &str) -> Result<Option<AccountId>, ProjectionError> {
    let sql = "SELECT id FROM accounts WHERE lower(username) = $1 AND coalesce(lower(domain), '') = ''";
    Ok(reader.query_opt(sql, &[&name]).await?.map(|row| AccountId(row.get(0))))
}

/// The accounts with these ids, in no order, each with when it last posted or reblogged; direct statuses do not count.
///
/// # Errors
/// When the database cannot be read.
pub async fn with_last_status(
    reader: &Reader,
    ids: &[i64],
) -> Result<Vec<(Account, Option<Timestamp>)>, ProjectionError> {
    let sql = format!(
        "SELECT {}, (
            SELECT s.created_at FROM statuses s
            WHERE s.account_id = a.id AND s.visibility <> 'direct' ORDER BY s.id DESC LIMIT 1
        ) AS last_status_at
        FROM accounts a WHERE a.id = ANY($1)",
        columns()
    );
    let rows = reader.lookup(&sql, &[&ids]).await?;
    Ok(rows.iter().map(|row| (Account::read(row), row.get("last_status_at"))).collect())
}

/// The account with this name, in any case, of this server or of `domain`: the last met, where that has given a name twice.
///
/// # Errors
/// When the database cannot be read.
pub async fn by_handle(
    reader: &Reader,
    username: &str,
    domain: Option<&str>,
) -> Result<Option<Account>, ProjectionError> {
    let sql = format!(
        "SELECT {} FROM accounts a
        WHERE lower(a.username) = lower($1) AND coalesce(lower(a.domain), '') = lower($2)
        ORDER BY a.id DESC LIMIT 1",
        columns()
    );
    let row = reader.query_opt(&sql, &[&username, &domain.unwrap_or_default()]).await?;
    Ok(row.as_ref().map(Account::read))
}

/// An account, and how many ask to follow it.
///
/// # Errors
/// When the database cannot be read.
pub async fn with_follow_requests(
    reader: &Reader,
    account: AccountId,
) -> Result<Option<(Account, i64)>, ProjectionError> {
    let sql = "
        SELECT accounts.*, (SELECT count(*) FROM follow_requests WHERE target_id = accounts.id) AS requests
        FROM accounts WHERE id = $1";
    let row = reader.query_opt(sql, &[&account.get()]).await?;
    Ok(row.map(|row| (Account::read(&row), row.get("requests"))))
}

/// What new statuses of an account begin with. Without a language of its own choice: the person's.
///
/// # Errors
/// When the database cannot be read.
pub async fn posting_defaults(reader: &Reader, account: AccountId) -> Result<PostingDefaults, ProjectionError> {
    let sql = "SELECT posting_defaults, locale FROM accounts WHERE id = $1";
    let row = reader.query_opt(sql, &[&account.get()]).await?;
    Ok(row.map_or_else(PostingDefaults::default, |row| {
        let chosen: PostingDefaults = serde_json::from_value(row.get("posting_defaults")).unwrap_or_default();
        let language = chosen.language.or_else(|| Some(row.get("locale")).filter(|locale: &String| !locale.is_empty()));
        PostingDefaults { language, ..chosen }
    }))
}
