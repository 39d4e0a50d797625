//! Lists of accounts by what holds between them and one account, paged by the position of the row.

use chronodon_events::AccountId;
use jiff::Timestamp;
use tokio_postgres::types::ToSql;

use crate::core::visible::suspended;
use crate::{ProjectionError, Reader};

/// The part of a list to fetch.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Most rows.
    pub limit: usize,
    /// Only positions smaller than this.
    pub below: Option<i64>,
    /// Only positions greater than this.
    pub above: Option<i64>,
    /// The oldest of that range, oldest first, rather than the newest, newest first.
    pub oldest: bool,
}

/// An account in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it stands.
    pub position: i64,
    /// Who.
    pub account_id: i64,
    /// When a mute ends; none in other lists.
    pub expires_at: Option<Timestamp>,
}

/// Whether `viewer` is shown whom `account` follows and who follows it; none when the account is not there.
///
/// # Errors
/// When the database cannot be read.
pub async fn shows_collections(
    reader: &Reader,
    account: AccountId,
    viewer: Option<AccountId>,
) -> Result<Option<bool>, ProjectionError> {
    let sql = format!(
        "SELECT NOT {} AND (a.id IS NOT DISTINCT FROM $2::int8 OR NOT (a.hide_collections OR EXISTS (
            SELECT FROM blocks WHERE blocks.account_id = a.id AND blocks.target_id = $2::int8)))
        FROM accounts a WHERE a.id = $1 AND a.approved AND a.confirmed",
        suspended("a")
    );
    let row = reader.query_opt(&sql, &[&account.get(), &viewer.map(AccountId::get)]).await?;
    Ok(row.map(|row| row.get(0)))
}

/// Those who follow `account`. Others than the account do not see whom they mute or block, nor who blocks them.
///
/// # Errors
/// When the database cannot be read.
pub async fn followers(
    reader: &Reader,
    account: AccountId,
    viewer: Option<AccountId>,
    now: Timestamp,
    part: Part,
) -> Result<Vec<Entry>, ProjectionError> {
    let sql = sql("follows", "target_id", "account_id", "NULL::timestamptz", WELCOME, part);
    entries(reader, &sql, account, part, &[&viewer.filter(|viewer| *viewer != account).map(AccountId::get), &now]).await
}

/// Those whom `account` follows. Others than the account do not see whom they mute or block, nor who blocks them.
///
/// # Errors
/// When the database cannot be read.
pub async fn following(
    reader: &Reader,
    account: AccountId,
    viewer: Option<AccountId>,
    now: Timestamp,
    part: Part,
) -> Result<Vec<Entry>, ProjectionError> {
    let sql = sql("follows", "account_id", "target_id", "NULL::timestamptz", WELCOME, part);
    entries(reader, &sql, account, part, &[&viewer.filter(|viewer| *viewer != account).map(AccountId::get), &now]).await
}

/// The actors of other servers that follow `account` and whose addresses begin with `origin` and a slash; at most `limit`,
/// in no order.
///
/// # Errors
/// When the database cannot be read.
pub async fn followers_of_origin(
    reader: &Reader,
    account: AccountId,
    origin: &str,
    limit: usize,
) -> Result<Vec<String>, ProjectionError> {
    let sql = "
        SELECT a.uri FROM follows JOIN accounts a ON a.id = follows.account_id
        WHERE follows.target_id = $1 AND a.domain IS NOT NULL AND starts_with(a.uri, $2) LIMIT $3";
    let rows = reader.query(sql, &[&account.get(), &format!("{origin}/"), &bigint(limit)]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// Those who ask to follow `account`.
///
/// # Errors
/// When the database cannot be read.
pub async fn follow_requests(reader: &Reader, account: AccountId, part: Part) -> Result<Vec<Entry>, ProjectionError> {
    let sql = sql("follow_requests", "target_id", "account_id", "NULL::timestamptz", "true", part);
    entries(reader, &sql, account, part, &[]).await
}

/// Those whom `account` blocks.
///
/// # Errors
/// When the database cannot be read.
pub async fn blocked(reader: &Reader, account: AccountId, part: Part) -> Result<Vec<Entry>, ProjectionError> {
    let sql = sql("blocks", "account_id", "target_id", "NULL::timestamptz", "true", part);
    entries(reader, &sql, account, part, &[]).await
}

/// Those whom `account` mutes at the time `now`.
///
/// # Errors
/// When the database cannot be read.
pub async fn muted(
    reader: &Reader,
    account: AccountId,
    now: Timestamp,
    part: Part,
) -> Result<Vec<Entry>, ProjectionError> {
    let running = "(edge.expires_at IS NULL OR edge.expires_at > $5)";
    let sql = sql("mutes", "account_id", "target_id", "edge.expires_at", running, part);
    entries(reader, &sql, account, part, &[&now]).await
}

/// Those who follow each of `targets` and whom `account` follows, at most `limit` of each, as `(target, follower)`;
/// none beside a target that is there without any. Who hides whom they follow, or who follows them, does not count.
///
/// # Errors
/// When the database cannot be read.
pub async fn familiar_followers(
    reader: &Reader,
    account: AccountId,
    targets: &[i64],
    limit: usize,
) -> Result<Vec<(i64, Option<i64>)>, ProjectionError> {
    let sql = format!(
        "SELECT target.id, familiar.id
        FROM accounts target
        LEFT JOIN LATERAL (
            SELECT a.id, mine.position
            FROM follows mine
            JOIN follows theirs ON theirs.account_id = mine.target_id AND theirs.target_id = target.id
            JOIN accounts a ON a.id = mine.target_id AND NOT {familiar} AND NOT a.hide_collections
            WHERE mine.account_id = $1 AND NOT target.hide_collections
            ORDER BY mine.position DESC LIMIT $3
        ) AS familiar ON true
        WHERE target.id = ANY($2) AND NOT {target}
        ORDER BY target.id, familiar.position DESC",
        familiar = suspended("a"),
        target = suspended("target"),
    );
    let rows = reader.query(&sql, &[&account.get(), &targets, &bigint(limit)]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// `$5` is the viewer, `$6` the time.
const WELCOME: &str = "
    NOT EXISTS (SELECT FROM blocks WHERE (account_id = $5::int8 AND target_id = a.id)
        OR (account_id = a.id AND target_id = $5::int8))
    AND NOT EXISTS (SELECT FROM mutes WHERE account_id = $5::int8 AND target_id = a.id
        AND (expires_at IS NULL OR expires_at > $6::timestamptz))";

/// Rows of `table` whose column `of` is `$1`, for the accounts in their column `listed` that are not suspended.
fn sql(table: &str, of: &str, listed: &str, expires_at: &str, only: &str, part: Part) -> String {
    let order = if part.oldest { "ASC" } else { "DESC" };
    format!(
        "SELECT edge.position, edge.{listed}, {expires_at}
        FROM {table} AS edge
        JOIN accounts a ON a.id = edge.{listed} AND NOT {suspended}
        WHERE edge.{of} = $1 AND edge.position < $2 AND edge.position > $3 AND {only}
        ORDER BY edge.position {order} LIMIT $4",
        suspended = suspended("a"),
    )
}

async fn entries(
    reader: &Reader,
    sql: &str,
    account: AccountId,
    part: Part,
    more: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Entry>, ProjectionError> {
    let (account, below, above) = (account.get(), part.below.unwrap_or(i64::MAX), part.above.unwrap_or(i64::MIN));
    let limit = bigint(part.limit);
    let mut params: Vec<&(dyn ToSql + Sync)> = vec![&account, &below, &above, &limit];
    params.extend(more);
    let rows = reader.query(sql, &params).await?;
    let entry =
        |row: &tokio_postgres::Row| Entry { position: row.get(0), account_id: row.get(1), expires_at: row.get(2) };
    Ok(rows.iter().map(entry).collect())
}

fn bigint(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
