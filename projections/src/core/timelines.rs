//! Timelines: which statuses stand where, newest first. Queries over other read models' tables; no table of its own.
//!
//! Blocks, mutes, follows and suspensions apply as they stand when the query runs; `now` is the reader's clock.

mod followed;
mod repeats;

use chronodon_events::{AccountId, ListId};
use jiff::Timestamp;
use tokio_postgres::types::ToSql;

pub use followed::{Entry, Feed, followed, home_viewers, list_viewers, lists_with, membership, named_in};
pub use repeats::{Shown, evaluated, once};

use super::visible::{listed, of_hidden_domain, visible, welcome};
use crate::{ProjectionError, Reader};

/// The part of a timeline to read, by status id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Most statuses.
    pub limit: usize,
    /// Only ids smaller than this.
    pub below: i64,
    /// Only ids greater than this.
    pub above: i64,
    /// Which end of the range, when it holds more than `limit`.
    pub end: End,
}

/// An end of a range of ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The greatest ids.
    Newest,
    /// The smallest ids.
    Oldest,
}

impl Span {
    /// The newest statuses of all.
    #[must_use]
    pub const fn newest(limit: usize) -> Self {
        Self { limit, below: i64::MAX, above: i64::MIN, end: End::Newest }
    }

    fn rows(&self) -> i64 {
        i64::try_from(self.limit).unwrap_or(i64::MAX)
    }

    const fn order(&self) -> &'static str {
        match self.end {
            End::Newest => "DESC",
            End::Oldest => "ASC",
        }
    }

    fn newest_first(&self, mut ids: Vec<i64>) -> Vec<i64> {
        if self.end == End::Oldest {
            ids.reverse();
        }
        ids
    }
}

/// What a public timeline is limited to. Local and remote together are no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Only {
    /// Statuses of this server.
    pub local: bool,
    /// Statuses of other servers.
    pub remote: bool,
    /// Statuses with attachments.
    pub media: bool,
}

impl Only {
    fn condition(self) -> String {
        let origin = match (self.local, self.remote) {
            (true, false) => " AND s.local",
            (false, true) => " AND NOT s.local",
            _ => "",
        };
        let media = if self.media { " AND s.media_ids <> '[]'::jsonb" } else { "" };
        format!("{origin}{media}")
    }
}

/// The public timeline: public statuses, without reblogs, and replies only to oneself. The ids, newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn public(
    reader: &Reader,
    viewer: Option<AccountId>,
    only: Only,
    span: Span,
    now: Timestamp,
) -> Result<Vec<i64>, ProjectionError> {
    let sql = format!(
        "SELECT s.id FROM statuses s
        WHERE s.visibility = 'public' AND s.reblog_of_id IS NULL AND s.id < $2 AND s.id > $3{}
            AND (s.in_reply_to_id IS NULL OR s.in_reply_to_account_id = s.account_id)
            AND {} AND {} AND {}
        ORDER BY s.id {} LIMIT $4",
        only.condition(),
        visible("s", "$1"),
        welcome("s", "$1", "$5"),
        listed("s.account_id"),
        span.order(),
    );
    let params: [&(dyn ToSql + Sync); 5] = [&viewer.map(AccountId::get), &span.below, &span.above, &span.rows(), &now];
    ids(reader, &sql, &params, span).await
}

/// Which hashtags a tag timeline shows, by their keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    /// At least one of these.
    pub any: Vec<String>,
    /// Each of these.
    pub all: Vec<String>,
    /// None of these.
    pub none: Vec<String>,
}

/// The timeline of hashtags: public statuses that carry them. The ids, newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn tagged(
    reader: &Reader,
    viewer: Option<AccountId>,
    tags: &Tags,
    only: Only,
    span: Span,
    now: Timestamp,
) -> Result<Vec<i64>, ProjectionError> {
    let sql = format!(
        "SELECT DISTINCT hit.id FROM UNNEST($6::text[]) AS wanted (tag) CROSS JOIN LATERAL (
            SELECT s.id FROM status_tags t JOIN statuses s ON s.id = t.status_id
            WHERE t.tag = wanted.tag AND t.visibility = 'public' AND t.status_id < $2 AND t.status_id > $3{only}
                AND NOT EXISTS (SELECT FROM UNNEST($7::text[]) AS needed (tag) WHERE NOT EXISTS (
                    SELECT FROM status_tags other WHERE other.tag = needed.tag AND other.status_id = t.status_id))
                AND NOT EXISTS (SELECT FROM status_tags other
                    WHERE other.tag = ANY($8::text[]) AND other.status_id = t.status_id)
                AND {visible} AND {welcome} AND {listed}
            ORDER BY t.status_id {order} LIMIT $4
        ) AS hit ORDER BY hit.id {order} LIMIT $4",
        only = only.condition(),
        visible = visible("s", "$1"),
        welcome = welcome("s", "$1", "$5"),
        listed = listed("s.account_id"),
        order = span.order(),
    );
    let params: [&(dyn ToSql + Sync); 8] =
        [&viewer.map(AccountId::get), &span.below, &span.above, &span.rows(), &now, &tags.any, &tags.all, &tags.none];
    ids(reader, &sql, &params, span).await
}

/// Which of `viewers` are shown on public timelines what `author` posts, as far as domains decide that.
///
/// # Errors
/// When the database cannot be read.
pub async fn public_viewers(reader: &Reader, author: i64, viewers: &[i64]) -> Result<Vec<i64>, ProjectionError> {
    let sql = format!(
        "SELECT v.id FROM UNNEST($1::int8[]) AS v (id) WHERE {} AND NOT {}",
        listed("$2::int8"),
        of_hidden_domain("$2::int8", "v.id"),
    );
    Ok(reader.query(&sql, &[&viewers, &author]).await?.iter().map(|row| row.get(0)).collect())
}

/// Whether a list is there and belongs to this account.
///
/// # Errors
/// When the database cannot be read.
pub async fn owns_list(reader: &Reader, account: AccountId, list: ListId) -> Result<bool, ProjectionError> {
    let sql = "SELECT id FROM lists WHERE id = $1 AND account_id = $2";
    Ok(reader.query_opt(sql, &[&list.get(), &account.get()]).await?.is_some())
}

async fn ids(
    reader: &Reader,
    sql: &str,
    params: &[&(dyn ToSql + Sync)],
    span: Span,
) -> Result<Vec<i64>, ProjectionError> {
    let rows = reader.query(sql, params).await?;
    Ok(span.newest_first(rows.iter().map(|row| row.get(0)).collect()))
}
