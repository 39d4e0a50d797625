//! Where other servers are written to: the inboxes behind accounts, those of one server at its shared one. No read model
//! of its own.
//!
//! Inboxes of suspended accounts and of suspended domains are left out.

use chronodon_events::{AccountId, StatusId};

use super::visible::suspended;
use crate::{ProjectionError, Reader};

/// An inbox, and the domain of those who are behind it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Inbox {
    /// Its address.
    pub address: String,
    /// The domain of its accounts' handles.
    pub domain: String,
}

/// Where all are reached who follow an account.
///
/// # Errors
/// When the database cannot be read.
pub async fn of_followers(reader: &Reader, account: AccountId) -> Result<Vec<Inbox>, ProjectionError> {
    shared(reader, "SELECT account_id FROM follows WHERE target_id = $1", &[&account.get()]).await
}

/// Where all are reached who follow an account or ask to, and all whom it follows or asks to follow.
///
/// # Errors
/// When the database cannot be read.
pub async fn of_tied(reader: &Reader, account: AccountId) -> Result<Vec<Inbox>, ProjectionError> {
    let whom = "
        SELECT account_id FROM follows WHERE target_id = $1
        UNION SELECT target_id FROM follows WHERE account_id = $1
        UNION SELECT account_id FROM follow_requests WHERE target_id = $1
        UNION SELECT target_id FROM follow_requests WHERE account_id = $1";
    shared(reader, whom, &[&account.get()]).await
}

/// Where these accounts are reached, together with others of their servers.
///
/// # Errors
/// When the database cannot be read.
pub async fn of_accounts(reader: &Reader, accounts: &[i64]) -> Result<Vec<Inbox>, ProjectionError> {
    shared(reader, "SELECT unnest($1::int8[])", &[&accounts]).await
}

/// Where those are reached who have reblogged, liked, answered or quoted a status, voted in it, or were named by it.
///
/// # Errors
/// When the database cannot be read.
pub async fn of_engaged(reader: &Reader, status: StatusId) -> Result<Vec<Inbox>, ProjectionError> {
    let whom = "
        SELECT account_id FROM statuses WHERE reblog_of_id = $1
        UNION SELECT account_id FROM statuses WHERE in_reply_to_id = $1
        UNION SELECT account_id FROM quotes WHERE quoted_id = $1
        UNION SELECT account_id FROM favourites WHERE status_id = $1
        UNION SELECT account_id FROM poll_votes WHERE status_id = $1
        UNION SELECT account_id FROM status_mentions WHERE status_id = $1";
    shared(reader, whom, &[&status.get()]).await
}

async fn shared(
    reader: &Reader,
    whom: &str,
    params: &[&(dyn tokio_postgres::types::ToSql + Sync)],
) -> Result<Vec<Inbox>, ProjectionError> {
    let sql = format!(
        "SELECT DISTINCT coalesce(a.shared_inbox, a.inbox) AS address, a.domain FROM accounts a
        WHERE a.id IN ({whom}) AND a.domain IS NOT NULL AND a.inbox IS NOT NULL AND NOT {}
        ORDER BY address",
        suspended("a")
    );
    let rows = reader.query(&sql, params).await?;
    Ok(rows.iter().map(|row| Inbox { address: row.get("address"), domain: row.get("domain") }).collect())
}

/// The actors that follow an account from a server, by the origin of their addresses.
///
/// # Errors
/// When the database cannot be read.
pub async fn followers_at(reader: &Reader, account: AccountId, origin: &str) -> Result<Vec<String>, ProjectionError> {
    let sql = "SELECT a.uri FROM follows f JOIN accounts a ON a.id = f.account_id
        WHERE f.target_id = $1 AND starts_with(a.uri, $2 || '/')";
    Ok(reader.query(sql, &[&account.get(), &origin]).await?.iter().map(|row| row.get("uri")).collect())
}

/// Whether there is anybody to write to: an account of another server, or a relay.
///
/// # Errors
/// When the database cannot be read.
pub async fn any(reader: &Reader) -> Result<bool, ProjectionError> {
    let sql = "SELECT EXISTS (SELECT FROM accounts WHERE domain IS NOT NULL) OR EXISTS (SELECT FROM relays) AS found";
    Ok(reader.query_opt(sql, &[]).await?.is_some_and(|row| row.get("found")))
}
