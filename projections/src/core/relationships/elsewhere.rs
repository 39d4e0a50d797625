//! What holds between accounts here and accounts of other servers, for who hears from those.

use chronodon_events::AccountId;

use crate::{ProjectionError, Reader};

/// Whether an account of this server follows one of these.
///
/// # Errors
/// When the database cannot be read.
pub async fn are_followed_here(reader: &Reader, accounts: &[i64]) -> Result<bool, ProjectionError> {
    let sql = "SELECT EXISTS (
        SELECT FROM follows f JOIN accounts a ON a.id = f.account_id
        WHERE f.target_id = ANY($1) AND a.domain IS NULL)";
    Ok(reader.lookup(sql, &[&accounts]).await?.pop().is_some_and(|row| row.get(0)))
}

/// The accounts of this server that follow `account`, the first `limit` by their ids, and what each follow shows.
///
/// # Errors
/// When the database cannot be read.
pub async fn followers_here(
    reader: &Reader,
    account: AccountId,
    limit: usize,
) -> Result<Vec<super::Follow>, ProjectionError> {
    let sql = "SELECT f.account_id, f.target_id, f.position, f.reblogs, f.notify, f.languages, f.uri
        FROM follows f JOIN accounts a ON a.id = f.account_id
        WHERE f.target_id = $1 AND a.domain IS NULL
        ORDER BY f.account_id LIMIT $2";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    Ok(reader.query(sql, &[&account.get(), &limit]).await?.iter().map(crate::Row::read).collect())
}

/// The accounts of this server that follow `account`, the first `limit` by their ids: id and username of each.
///
/// # Errors
/// When the database cannot be read.
pub async fn local_followers(
    reader: &Reader,
    account: AccountId,
    limit: usize,
) -> Result<Vec<(i64, String)>, ProjectionError> {
    let sql = "SELECT a.id, a.username FROM follows f JOIN accounts a ON a.id = f.account_id
        WHERE f.target_id = $1 AND a.domain IS NULL
        ORDER BY a.id LIMIT $2";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    Ok(reader.query(sql, &[&account.get(), &limit]).await?.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// That an account follows another, or asks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tie {
    /// Who.
    pub account_id: i64,
    /// It follows; otherwise it asks to.
    pub follows: bool,
}

/// Which of these accounts follow `target` or ask to, in no order.
///
/// # Errors
/// When the database cannot be read.
pub async fn ties_to(reader: &Reader, target: AccountId, accounts: &[i64]) -> Result<Vec<Tie>, ProjectionError> {
    let sql = "SELECT account_id, true FROM follows WHERE target_id = $1 AND account_id = ANY($2)
        UNION ALL SELECT account_id, false FROM follow_requests WHERE target_id = $1 AND account_id = ANY($2)";
    let rows = reader.query(sql, &[&target.get(), &accounts]).await?;
    Ok(rows.iter().map(|row| Tie { account_id: row.get(0), follows: row.get(1) }).collect())
}

/// Whom `account` follows or asks to follow by this activity.
///
/// # Errors
/// When the database cannot be read.
pub async fn target_of_follow(
    reader: &Reader,
    account: AccountId,
    uri: &str,
) -> Result<Option<AccountId>, ProjectionError> {
    let sql = "SELECT target_id FROM follows WHERE uri = $2 AND account_id = $1
        UNION ALL SELECT target_id FROM follow_requests WHERE uri = $2 AND account_id = $1";
    Ok(reader.query_opt(sql, &[&account.get(), &uri]).await?.map(|row| AccountId(row.get(0))))
}
