//! Lists of accounts: found by name, listed in the directory, waiting to be let in.

use chronodon_events::AccountId;
use jiff::Timestamp;

use super::Account;
use crate::{ProjectionError, Reader, Row};

/// What to look for.
#[derive(Clone, Debug)]
pub struct Search<'a> {
    /// The beginning of a username or display name, in any case.
    pub text: &'a str,
    /// Only accounts that this one follows.
    pub followed_by: Option<AccountId>,
    /// Most accounts.
    pub limit: usize,
    /// Accounts to leave out first.
    pub offset: usize,
}

/// Which part of the directory.
#[derive(Clone, Copy, Debug)]
pub struct Directory {
    /// Who looks: blocked and muted accounts, and those that block, are left out.
    pub viewer: Option<AccountId>,
    /// Newest accounts first, rather than those that posted last.
    pub newest: bool,
    /// Most accounts.
    pub limit: usize,
    /// Accounts to leave out first.
    pub offset: usize,
}

/// Accounts whose username or display name begins so: exact names first, then the most followed.
///
/// # Errors
/// When the database cannot be read.
pub async fn search(reader: &Reader, search: &Search<'_>) -> Result<Vec<i64>, ProjectionError> {
    let sql = "
        SELECT id FROM accounts a
        WHERE approved AND confirmed AND NOT suspended
            AND (starts_with(lower(username), lower($1)) OR starts_with(lower(display_name), lower($1)))
            AND ($2::int8 IS NULL OR EXISTS (SELECT FROM follows WHERE account_id = $2 AND target_id = a.id))
        ORDER BY lower(username) = lower($1) DESC, followers_count DESC, id
        LIMIT $3 OFFSET $4";
    let followed_by = search.followed_by.map(AccountId::get);
    ids(reader, sql, &[&search.text, &followed_by, &bigint(search.limit), &bigint(search.offset)]).await
}

/// Accounts that want to be listed, at `now`, which ends mutes.
///
/// # Errors
/// When the database cannot be read.
pub async fn directory(reader: &Reader, part: Directory, now: Timestamp) -> Result<Vec<i64>, ProjectionError> {
    let order = if part.newest {
        "id DESC"
    } else {
        "(SELECT max(id) FROM statuses WHERE account_id = a.id AND visibility <> 'direct') DESC NULLS LAST, id DESC"
    };
    let sql = format!(
        "SELECT id FROM accounts a
        WHERE discoverable AND approved AND confirmed AND NOT suspended
            AND NOT EXISTS (SELECT FROM blocks
                WHERE (account_id = $1 AND target_id = a.id) OR (account_id = a.id AND target_id = $1))
            AND NOT EXISTS (SELECT FROM mutes
                WHERE account_id = $1 AND target_id = a.id AND (expires_at IS NULL OR expires_at > $4))
        ORDER BY {order} LIMIT $2 OFFSET $3"
    );
    let viewer = part.viewer.map(AccountId::get);
    ids(reader, &sql, &[&viewer, &bigint(part.limit), &bigint(part.offset), &now]).await
}

/// Accounts for the operator, newest first: all, or those that wait to be let in.
///
/// # Errors
/// When the database cannot be read.
pub async fn listed(
    reader: &Reader,
    only_pending: bool,
    below: Option<i64>,
    limit: usize,
) -> Result<Vec<Account>, ProjectionError> {
    let sql = "
        SELECT * FROM accounts
        WHERE domain IS NULL AND (NOT $1 OR NOT approved) AND ($2::int8 IS NULL OR id < $2)
        ORDER BY id DESC LIMIT $3";
    let rows = reader.query(sql, &[&only_pending, &below, &bigint(limit)]).await?;
    Ok(rows.iter().map(Account::read).collect())
}

async fn ids(
    reader: &Reader,
    sql: &str,
    params: &[&(dyn tokio_postgres::types::ToSql + Sync)],
) -> Result<Vec<i64>, ProjectionError> {
    Ok(reader.query(sql, params).await?.iter().map(|row| row.get(0)).collect())
}

fn bigint(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
