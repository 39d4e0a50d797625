//! Lists of accounts: listed in the directory, waiting to be let in.

use chronodon_events::AccountId;
use jiff::Timestamp;

use super::Account;
use crate::core::visible::{listed as on_public_lists, shown};
use crate::{ProjectionError, Reader, Row};

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
        WHERE a.discoverable AND a.confirmed AND {shown} AND {listed}
            AND NOT EXISTS (SELECT FROM blocks
                WHERE (account_id = $1 AND target_id = a.id) OR (account_id = a.id AND target_id = $1))
            AND NOT EXISTS (SELECT FROM mutes
                WHERE account_id = $1 AND target_id = a.id AND (expires_at IS NULL OR expires_at > $4))
        ORDER BY {order} LIMIT $2 OFFSET $3",
        shown = shown("a"),
        listed = on_public_lists("a.id"),
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
