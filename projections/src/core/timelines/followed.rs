//! The home timeline and the timelines of lists: what accounts that one follows post and reblog.
//!
//! The definition is a condition over current state; everything that shows or pushes these timelines uses it. The query
//! looks at each followed account's newest status first, and then reads only as far down as the page needs.

use chronodon_domain::limits::HOME_REBLOG_WINDOW_STATUSES;
use chronodon_events::{AccountId, ListId};
use jiff::Timestamp;
use tokio_postgres::types::ToSql;

use super::super::visible::{not_shunned, visible, welcome};
use super::repeats::{Shown, evaluated, once};
use super::{End, Span};
use crate::{ProjectionError, Reader};

/// Rounds in which a page is looked for; each looks twice as far as the one before.
const ROUNDS_MAX: u32 = 12;
/// Entries that a round looks for, at most.
const ROUND_MAX: usize = 20_000;

/// Whose statuses stand in it, and what is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feed {
    /// Those of everyone whom the account follows, and its own.
    Home,
    /// Those of the members of a list of the account.
    List(ListId),
}

/// An entry of such a timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The status or reblog.
    pub id: i64,
    /// Who posted or reblogged.
    pub author: i64,
    /// The reblogged status and its author.
    pub reblog_of: Option<(i64, i64)>,
}

impl Shown for Entry {
    fn shown(&self) -> i64 {
        self.reblog_of.map_or(self.id, |(shown, _)| shown)
    }
}

/// A page of the timeline of `viewer`: ids, newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn followed(
    reader: &Reader,
    viewer: AccountId,
    feed: Feed,
    span: Span,
    now: Timestamp,
) -> Result<Vec<i64>, ProjectionError> {
    let query = Query { reader, viewer, feed, seen_at: Some(now) };
    match span.end {
        End::Newest => query.newest(span).await,
        End::Oldest => query.oldest(span).await,
    }
}

/// The newest entries of the home timeline of `viewer`, as if there were no blocks, mutes or suspensions, and before
/// repeats are left out; at least `wanted` if there are. Also whether there is nothing below them.
///
/// # Errors
/// When the database cannot be read.
pub async fn membership(
    reader: &Reader,
    viewer: AccountId,
    wanted: usize,
) -> Result<(Vec<Entry>, bool), ProjectionError> {
    let query = Query { reader, viewer, feed: Feed::Home, seen_at: None };
    let mut chunk = query.chunk(i64::MAX, End::Newest, wanted).await?;
    for _ in 1..ROUNDS_MAX {
        if chunk.entries.len() >= wanted || chunk.exhausted {
            break;
        }
        let more = query.chunk(chunk.reached, End::Newest, wanted * 2).await?;
        chunk.entries.extend(more.entries);
        chunk = Chunk { entries: chunk.entries, ..more };
    }
    Ok((chunk.entries, chunk.exhausted))
}

struct Query<'a> {
    reader: &'a Reader,
    viewer: AccountId,
    feed: Feed,
    /// None: blocks, mutes and suspensions are not looked at.
    seen_at: Option<Timestamp>,
}

/// All entries between where the query began and `reached`.
struct Chunk {
    entries: Vec<Entry>,
    /// The id of the last status that was looked at.
    reached: i64,
    /// Nothing lies beyond.
    exhausted: bool,
}

impl Query<'_> {
    async fn newest(&self, span: Span) -> Result<Vec<i64>, ProjectionError> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut from = span.below;
        for round in 0..ROUNDS_MAX {
            let chunk = self.chunk(from, End::Newest, first_look(span.limit) << round).await?;
            entries.extend(chunk.entries);
            let certain = evaluated(entries.len(), chunk.exhausted);
            let kept = once(&entries);
            let lowest = certain.checked_sub(1).and_then(|last| entries.get(last)).map_or(i64::MAX, |entry| entry.id);
            let page: Vec<_> = kept
                .into_iter()
                .filter(|entry| entry.id >= lowest && entry.id > span.above)
                .map(|entry| entry.id)
                .take(span.limit)
                .collect();
            if page.len() == span.limit || chunk.exhausted || lowest <= span.above || round + 1 == ROUNDS_MAX {
                return Ok(page);
            }
            from = chunk.reached;
        }
        Ok(Vec::new())
    }

    async fn oldest(&self, span: Span) -> Result<Vec<i64>, ProjectionError> {
        let behind = self.window_below(span.above.saturating_add(1)).await?;
        let mut ahead: Vec<Entry> = Vec::new();
        let mut from = span.above;
        for round in 0..ROUNDS_MAX {
            let chunk = self.chunk(from, End::Oldest, first_look(span.limit) << round).await?;
            ahead.extend(chunk.entries);
            let entries: Vec<Entry> = ahead.iter().rev().chain(&behind).copied().collect();
            let kept = once(&entries).into_iter().map(|entry| entry.id);
            let inside: Vec<_> = kept.filter(|id| *id > span.above && *id < span.below).collect();
            if inside.len() >= span.limit || chunk.exhausted || chunk.reached >= span.below || round + 1 == ROUNDS_MAX {
                return Ok(inside[inside.len().saturating_sub(span.limit)..].to_vec());
            }
            from = chunk.reached;
        }
        Ok(Vec::new())
    }

    /// The entries below `from` that decide what is a repeat above it.
    async fn window_below(&self, from: i64) -> Result<Vec<Entry>, ProjectionError> {
        let mut entries = Vec::new();
        let mut below = from;
        for round in 0..ROUNDS_MAX {
            let chunk = self.chunk(below, End::Newest, HOME_REBLOG_WINDOW_STATUSES << round).await?;
            entries.extend(chunk.entries);
            if entries.len() >= HOME_REBLOG_WINDOW_STATUSES || chunk.exhausted {
                break;
            }
            below = chunk.reached;
        }
        Ok(entries)
    }

    /// Looks at `wanted` statuses or more beyond `from`, all there are between it and where it stops.
    async fn chunk(&self, from: i64, end: End, wanted: usize) -> Result<Chunk, ProjectionError> {
        let sql = self.sql(end);
        let wanted = i64::try_from(wanted.min(ROUND_MAX)).unwrap_or(i64::MAX);
        let (viewer, list) = (self.viewer.get(), self.list());
        let mut params: Vec<&(dyn ToSql + Sync)> = vec![&viewer, &from, &wanted];
        params.extend(list.iter().map(|list| list as &(dyn ToSql + Sync)));
        params.extend(self.seen_at.iter().map(|now| now as &(dyn ToSql + Sync)));
        let rows = self.reader.query(&sql, &params).await?;
        let reached = rows.first().map_or(i64::MIN, |row| row.get("reached"));
        let entries = rows.iter().filter_map(|row| {
            let id: Option<i64> = row.get("id");
            let shown: Option<i64> = row.get("reblog_of_id");
            let by: Option<i64> = row.get("reblog_of_account_id");
            Some(Entry { id: id?, author: row.get("account_id"), reblog_of: shown.zip(by) })
        });
        let exhausted = reached == if end == End::Newest { i64::MIN } else { i64::MAX };
        Ok(Chunk { entries: entries.collect(), reached, exhausted })
    }

    fn list(&self) -> Option<i64> {
        match self.feed {
            Feed::Home => None,
            Feed::List(list) => Some(list.get()),
        }
    }

    /// `$1` viewer, `$2` from, `$3` wanted, then the list, then the time.
    ///
    /// The planner cannot know how few rows are looked at. LIMIT and IS TRUE keep it from scanning whole tables for them.
    fn sql(&self, end: End) -> String {
        let (order, beyond, furthest, edge, worst, least) = match end {
            End::Newest => ("DESC", "<", ">=", i64::MIN, "greatest", "max(nearest.last)"),
            End::Oldest => ("ASC", ">", "<=", i64::MAX, "least", "min(nearest.last)"),
        };
        let last = if end == End::Newest { "min(id)" } else { "max(id)" };
        let now = if self.list().is_some() { "$5" } else { "$4" };
        let seen = if self.seen_at.is_some() { format!("AND {}", seen("$1", now)) } else { String::new() };
        let (sources, belongs) = match self.feed {
            Feed::Home => (HOME_SOURCES.to_owned(), belongs_home("$1")),
            Feed::List(_) => (LIST_SOURCES.to_owned(), belongs_list("$1", "$4")),
        };
        format!(
            "WITH sources AS MATERIALIZED ({sources}),
            heads AS MATERIALIZED (
                SELECT head.id FROM sources CROSS JOIN LATERAL (
                    SELECT id FROM statuses WHERE account_id = sources.id AND id {beyond} $2 ORDER BY id {order} LIMIT 1
                ) AS head),
            enough AS MATERIALIZED (
                SELECT coalesce((SELECT id FROM heads ORDER BY id {order} OFFSET $3::int8 - 1 LIMIT 1), {edge}) AS id),
            looked AS MATERIALIZED (
                SELECT sources.reblogs, sources.languages, one.* FROM sources CROSS JOIN LATERAL (
                    SELECT id, account_id, reblog_of_id, in_reply_to_id, in_reply_to_account_id, in_reply_to_uri,
                        visibility, language
                    FROM statuses WHERE account_id = sources.id AND id {beyond} $2
                        AND id {furthest} (SELECT id FROM enough)
                    ORDER BY id {order} LIMIT $3
                ) AS one),
            reached AS MATERIALIZED (
                SELECT {worst}((SELECT id FROM enough), (SELECT {least} FROM (
                    SELECT {last} AS last FROM looked GROUP BY account_id HAVING count(*) >= $3) AS nearest)) AS id)
            SELECT reached.id AS reached, entry.id, entry.account_id, entry.reblog_of_id, entry.reblog_of_account_id
            FROM reached LEFT JOIN (
                SELECT s.id, s.account_id, s.reblog_of_id, shown.account_id AS reblog_of_account_id
                FROM looked s LEFT JOIN LATERAL (
                    SELECT id, account_id, visibility FROM statuses WHERE id = s.reblog_of_id LIMIT 1
                ) AS shown ON true
                WHERE ((s.reblog_of_id IS NULL OR shown.id IS NOT NULL) AND {belongs} {seen}) IS TRUE
            ) AS entry ON entry.id {furthest} reached.id
            ORDER BY entry.id {order}",
            edge = if edge == i64::MIN { "(-9223372036854775808)::int8" } else { "9223372036854775807::int8" },
        )
    }
}

/// Some will be filtered away; the window below the page decides what is a repeat.
const fn first_look(limit: usize) -> usize {
    (limit + HOME_REBLOG_WINDOW_STATUSES) * 3 / 2
}

/// Everyone whom `$1` follows and keeps in no exclusive list, and `$1` itself.
const HOME_SOURCES: &str = "
    SELECT f.target_id AS id, f.reblogs, f.languages FROM follows f
    WHERE f.account_id = $1 AND NOT EXISTS (
        SELECT FROM list_accounts m JOIN lists l ON l.id = m.list_id
        WHERE m.owner_id = $1 AND m.account_id = f.target_id AND l.exclusive)
    UNION ALL SELECT $1::int8, true, '[]'::jsonb";

/// The members of the list `$4` whom `$1` follows, or is.
const LIST_SOURCES: &str = "
    SELECT m.account_id AS id, coalesce(f.reblogs, true) AS reblogs, coalesce(f.languages, '[]'::jsonb) AS languages
    FROM list_accounts m LEFT JOIN follows f ON f.account_id = $1 AND f.target_id = m.account_id
    WHERE m.list_id = $4 AND m.owner_id = $1 AND (f.account_id IS NOT NULL OR m.account_id = $1)";

/// The row `s` answers nothing that was known when it came: what was on a timeline once does not leave it.
const BEGINS: &str = "(s.in_reply_to_id IS NULL OR s.in_reply_to_uri IS NOT NULL)";

/// Whether the row `s`, by somebody whom `viewer` follows with the settings `reblogs` and `languages`, is on its home
/// timeline: replies only to people it follows, direct ones only where it is named.
fn belongs_home(viewer: &str) -> String {
    format!(
        "(s.account_id = {viewer} OR (
            (s.visibility <> 'direct' OR EXISTS (SELECT FROM status_mentions named
                WHERE named.status_id = s.id AND named.account_id = {viewer}))
            AND {}))",
        of_interest(viewer)
    )
}

/// The same for the row `s` by a member of `list`, whose replies policy counts too; direct ones never.
fn belongs_list(viewer: &str, list: &str) -> String {
    format!(
        "(s.visibility <> 'direct' AND (s.account_id = {viewer} OR {interest})
        AND ({BEGINS} OR s.in_reply_to_account_id IN (s.account_id, {viewer})
            OR EXISTS (SELECT FROM lists policy WHERE policy.id = {list} AND (policy.replies_policy = 'followed'
                OR (policy.replies_policy = 'list' AND EXISTS (SELECT FROM list_accounts fellow
                    WHERE fellow.list_id = {list} AND fellow.account_id = s.in_reply_to_account_id))))))",
        interest = of_interest(viewer)
    )
}

fn of_interest(viewer: &str) -> String {
    format!(
        "(languages = '[]'::jsonb OR s.language IS NULL OR languages ? s.language)
        AND (s.reblog_of_id IS NULL OR reblogs)
        AND ({BEGINS} OR s.in_reply_to_account_id IN (s.account_id, {viewer})
            OR EXISTS (SELECT FROM follows known
                WHERE known.account_id = {viewer} AND known.target_id = s.in_reply_to_account_id))"
    )
}

/// Whether nothing that holds when it is looked at hides the row `s`, or what it shows, from `viewer`: blocks either way,
/// mutes of those who wrote, reblogged or are named, suspensions.
fn seen(viewer: &str, now: &str) -> String {
    format!(
        "{visible} AND {welcome}
        AND (s.reblog_of_id IS NULL OR ({shown_visible} AND {shown_welcome}))
        AND (s.account_id = {viewer} OR NOT EXISTS (SELECT FROM status_mentions named
            WHERE named.status_id = coalesce(s.reblog_of_id, s.id) AND named.account_id <> {viewer}
            AND NOT {named_welcome}))",
        visible = visible("s", viewer),
        welcome = welcome("s", viewer, now),
        shown_visible = visible("shown", viewer),
        shown_welcome = welcome("shown", viewer, now),
        named_welcome = not_shunned("named", viewer, now),
    )
}

/// Which of `viewers` have this status on their home timelines, repeats not considered.
///
/// # Errors
/// When the database cannot be read.
pub async fn home_viewers(
    reader: &Reader,
    status: i64,
    viewers: &[i64],
    now: Timestamp,
) -> Result<Vec<i64>, ProjectionError> {
    let sql = format!(
        "SELECT v.id FROM UNNEST($1::int8[]) AS v (id)
        JOIN statuses s ON s.id = $2
        LEFT JOIN statuses shown ON shown.id = s.reblog_of_id
        LEFT JOIN follows f ON f.account_id = v.id AND f.target_id = s.account_id
        WHERE ((s.reblog_of_id IS NULL OR shown.id IS NOT NULL)
            AND (s.account_id = v.id OR (f.account_id IS NOT NULL AND NOT EXISTS (
                SELECT FROM list_accounts m JOIN lists l ON l.id = m.list_id
                WHERE m.owner_id = v.id AND m.account_id = s.account_id AND l.exclusive)))
            AND {} AND {}) IS TRUE",
        belongs_home("v.id"),
        seen("v.id", "$3"),
    );
    let rows = reader.query(&sql, &[&viewers, &status, &now]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// On which of `lists` this status stands, repeats not considered, each with its owner.
///
/// # Errors
/// When the database cannot be read.
pub async fn list_viewers(
    reader: &Reader,
    status: i64,
    lists: &[i64],
    now: Timestamp,
) -> Result<Vec<(i64, i64)>, ProjectionError> {
    let sql = format!(
        "SELECT m.list_id, m.owner_id FROM statuses s
        JOIN list_accounts m ON m.account_id = s.account_id AND m.list_id = ANY($1)
        LEFT JOIN statuses shown ON shown.id = s.reblog_of_id
        LEFT JOIN follows f ON f.account_id = m.owner_id AND f.target_id = s.account_id
        WHERE s.id = $2 AND (s.reblog_of_id IS NULL OR shown.id IS NOT NULL)
            AND (f.account_id IS NOT NULL OR s.account_id = m.owner_id) AND {} AND {}",
        belongs_list("m.owner_id", "m.list_id"),
        seen("m.owner_id", "$3"),
    );
    let rows = reader.query(&sql, &[&lists, &status, &now]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// Which of `lists` have this account as a member.
///
/// # Errors
/// When the database cannot be read.
pub async fn lists_with(reader: &Reader, account: i64, lists: &[i64]) -> Result<Vec<i64>, ProjectionError> {
    let sql = "SELECT list_id FROM list_accounts WHERE account_id = $1 AND list_id = ANY($2)";
    Ok(reader.query(sql, &[&account, &lists]).await?.iter().map(|row| row.get(0)).collect())
}

/// The accounts that these statuses have ever named, as `(status, account)`.
///
/// # Errors
/// When the database cannot be read.
pub async fn named_in(reader: &Reader, statuses: &[i64]) -> Result<Vec<(i64, i64)>, ProjectionError> {
    let sql = "SELECT status_id, account_id FROM status_mentions WHERE status_id = ANY($1)";
    Ok(reader.query(sql, &[&statuses]).await?.iter().map(|row| (row.get(0), row.get(1))).collect())
}
