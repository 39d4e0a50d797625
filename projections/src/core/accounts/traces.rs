//! What an account of another server leaves behind here when it is gone.

use chronodon_events::{AccountId, ListId, MediaId, StatusId};

use crate::{ProjectionError, Reader};

/// A status or a reblog of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// Which.
    pub status_id: StatusId,
    /// The status that it shows, if it is a reblog.
    pub reblog_of: Option<StatusId>,
    /// Its address.
    pub uri: Option<String>,
}

/// The first `limit` statuses and reblogs of an account, by their ids.
///
/// # Errors
/// When the database cannot be read.
pub async fn posted(reader: &Reader, account: AccountId, limit: usize) -> Result<Vec<Posted>, ProjectionError> {
    let sql = "SELECT id, reblog_of_id, uri FROM statuses WHERE account_id = $1 ORDER BY id LIMIT $2";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = reader.query(sql, &[&account.get(), &limit]).await?;
    let posted = rows.iter().map(|row| Posted {
        status_id: StatusId(row.get(0)),
        reblog_of: row.get::<_, Option<i64>>(1).map(StatusId),
        uri: row.get(2),
    });
    Ok(posted.collect())
}

/// The first `limit` statuses that an account likes, by their ids.
///
/// # Errors
/// When the database cannot be read.
pub async fn liked(reader: &Reader, account: AccountId, limit: usize) -> Result<Vec<StatusId>, ProjectionError> {
    let sql = "SELECT status_id FROM favourites WHERE account_id = $1 ORDER BY status_id LIMIT $2";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = reader.query(sql, &[&account.get(), &limit]).await?;
    Ok(rows.iter().map(|row| StatusId(row.get(0))).collect())
}

/// The first `limit` accounts that an account follows, asks to follow, or is followed or asked by.
///
/// # Errors
/// When the database cannot be read.
pub async fn tied(reader: &Reader, account: AccountId, limit: usize) -> Result<Vec<AccountId>, ProjectionError> {
    let sql = "SELECT target_id AS other FROM follows WHERE account_id = $1
        UNION SELECT account_id FROM follows WHERE target_id = $1
        UNION SELECT target_id FROM follow_requests WHERE account_id = $1
        UNION SELECT account_id FROM follow_requests WHERE target_id = $1
        ORDER BY other LIMIT $2";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = reader.query(sql, &[&account.get(), &limit]).await?;
    Ok(rows.iter().map(|row| AccountId(row.get(0))).collect())
}

/// The first `limit` files that an account of this server has uploaded, by their ids.
///
/// # Errors
/// When the database cannot be read.
pub async fn uploaded(reader: &Reader, account: AccountId, limit: usize) -> Result<Vec<MediaId>, ProjectionError> {
    let sql = "SELECT id FROM media_attachments WHERE account_id = $1 AND state <> 'remote' ORDER BY id LIMIT $2";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = reader.query(sql, &[&account.get(), &limit]).await?;
    Ok(rows.iter().map(|row| MediaId(row.get(0))).collect())
}

/// The first `limit` lists of an account, by their ids.
///
/// # Errors
/// When the database cannot be read.
pub async fn lists(reader: &Reader, account: AccountId, limit: usize) -> Result<Vec<ListId>, ProjectionError> {
    let sql = "SELECT id FROM lists WHERE account_id = $1 ORDER BY id LIMIT $2";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = reader.query(sql, &[&account.get(), &limit]).await?;
    Ok(rows.iter().map(|row| ListId(row.get(0))).collect())
}

/// The first `limit` accounts that an account blocks.
///
/// # Errors
/// When the database cannot be read.
pub async fn blocked(reader: &Reader, account: AccountId, limit: usize) -> Result<Vec<AccountId>, ProjectionError> {
    let sql = "SELECT target_id FROM blocks WHERE account_id = $1 ORDER BY target_id LIMIT $2";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = reader.query(sql, &[&account.get(), &limit]).await?;
    Ok(rows.iter().map(|row| AccountId(row.get(0))).collect())
}
