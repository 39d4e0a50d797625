//! Follows that were ended for local accounts, as their notifications tell it; and the follows that are still to end.

use chronodon_domain::limits;
use chronodon_event_log::Recorded;
use chronodon_events::severance::SeveranceEvent;
use chronodon_events::{AccountId, Event};
use jiff::Timestamp;

use super::notifications::id_at;
use super::{Core, column};
use crate::{ProjectionError, Reader, Row};

row! {
    /// What an account has lost. `notification_id` is the notification that says so.
    pub struct Severance in "severances" {
        key { id: i64 }
        account_id: i64,
        kind: String,
        target_name: String,
        followers_count: i64,
        following_count: i64,
        notification_id: i64,
        created_at: Timestamp,
    }
}

pub(super) fn want(_: &mut Core, _: &Recorded, _: &Event) {}

pub(super) fn apply(core: &mut Core, at: &Recorded, event: &Event) {
    let Event::Severance(SeveranceEvent::Recorded(e)) = event else { return };
    core.severances.put(Severance {
        id: e.severance_id.get(),
        account_id: e.account_id.get(),
        kind: e.kind.as_str().to_owned(),
        target_name: e.target.name().to_owned(),
        followers_count: i64::try_from(e.followers_count).unwrap_or(i64::MAX),
        following_count: i64::try_from(e.following_count).unwrap_or(i64::MAX),
        notification_id: id_at(column(at), 0),
        created_at: at.recorded_at,
    });
}

/// What these notifications tell of, in no order.
///
/// # Errors
/// When the database cannot be read.
pub async fn by_notifications(reader: &Reader, ids: &[i64]) -> Result<Vec<Severance>, ProjectionError> {
    let sql = "SELECT * FROM severances WHERE notification_id = ANY($1)";
    Ok(reader.query(sql, &[&ids]).await?.iter().map(Severance::read).collect())
}

/// What a local account has with the accounts of a domain and its subdomains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ties {
    /// The local account.
    pub account_id: AccountId,
    /// Those there who follow it.
    pub followers: i64,
    /// Those there whom it follows.
    pub following: i64,
}

/// How one of a pair is bound to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tie {
    /// The local account.
    pub account_id: AccountId,
    /// The account there.
    pub other_id: AccountId,
}

/// Local accounts that follow, ask to follow, or are followed or asked by accounts of `domain` and those of its
/// subdomains that no nearer policy is for; the first `limit` of them by their ids. Requests are not counted.
///
/// # Errors
/// When the database cannot be read.
pub async fn tied_to(reader: &Reader, domain: &str, limit: usize) -> Result<Vec<Ties>, ProjectionError> {
    let sql = format!(
        "{}
        SELECT local.id, local.followers, local.following FROM (
            SELECT id, count(*) FILTER (WHERE kind = 'r') AS followers, count(*) FILTER (WHERE kind = 'g') AS following
            FROM ties GROUP BY id
        ) AS local JOIN accounts a ON a.id = local.id AND a.domain IS NULL
        ORDER BY local.id LIMIT $2",
        ties()
    );
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = reader.query(&sql, &[&domain, &limit]).await?;
    let ties =
        rows.iter().map(|row| Ties { account_id: AccountId(row.get(0)), followers: row.get(1), following: row.get(2) });
    Ok(ties.collect())
}

/// The accounts of `domain` that a local account is tied to, each once, at most a page of them.
///
/// # Errors
/// When the database cannot be read.
pub async fn ties_of(reader: &Reader, domain: &str, account: AccountId) -> Result<Vec<Tie>, ProjectionError> {
    let sql = format!("{} SELECT DISTINCT other FROM ties WHERE id = $2 ORDER BY other LIMIT $3", ties());
    let limit = i64::try_from(limits::SEVERED_PAGE).unwrap_or(i64::MAX);
    let rows = reader.query(&sql, &[&domain, &account.get(), &limit]).await?;
    Ok(rows.iter().map(|row| Tie { account_id: account, other_id: AccountId(row.get(0)) }).collect())
}

/// What a local account has with the accounts of exactly this domain.
///
/// # Errors
/// When the database cannot be read.
pub async fn ties_with(reader: &Reader, domain: &str, account: AccountId) -> Result<Ties, ProjectionError> {
    let sql = format!(
        "SELECT count(*) FILTER (WHERE tie.kind = 'r'), count(*) FILTER (WHERE tie.kind = 'g') FROM ({OF_ONE}) AS tie
        JOIN accounts a ON a.id = tie.other AND a.domain = $2"
    );
    let row = reader.query_opt(&sql, &[&account.get(), &domain]).await?;
    let (followers, following) = row.map_or((0, 0), |row| (row.get(0), row.get(1)));
    Ok(Ties { account_id: account, followers, following })
}

/// The accounts of exactly this domain that a local account is tied to, each once, at most a page of them.
///
/// # Errors
/// When the database cannot be read.
pub async fn tied_with(reader: &Reader, domain: &str, account: AccountId) -> Result<Vec<Tie>, ProjectionError> {
    let sql = format!(
        "SELECT DISTINCT tie.other FROM ({OF_ONE}) AS tie JOIN accounts a ON a.id = tie.other AND a.domain = $2
        ORDER BY tie.other LIMIT $3"
    );
    let limit = i64::try_from(limits::SEVERED_PAGE).unwrap_or(i64::MAX);
    let rows = reader.query(&sql, &[&account.get(), &domain, &limit]).await?;
    Ok(rows.iter().map(|row| Tie { account_id: account, other_id: AccountId(row.get(0)) }).collect())
}

/// `(other, kind)`: what binds the account in `$1` to others.
const OF_ONE: &str = "SELECT target_id AS other, 'g' AS kind FROM follows WHERE account_id = $1
    UNION ALL SELECT account_id, 'r' FROM follows WHERE target_id = $1
    UNION ALL SELECT target_id, 'q' FROM follow_requests WHERE account_id = $1
    UNION ALL SELECT account_id, 'q' FROM follow_requests WHERE target_id = $1";

/// `ties (id, other, kind)`: what binds `id` to `other`, an account of the domain in `$1`.
fn ties() -> String {
    let suspended = super::visible::of_suspended_host("a");
    format!(
        "WITH there AS MATERIALIZED (
            SELECT a.id FROM accounts a WHERE a.domain_parents @> ARRAY[$1::text] AND {suspended}),
        ties AS MATERIALIZED (
            SELECT f.account_id AS id, f.target_id AS other, 'g' AS kind
                FROM there JOIN follows f ON f.target_id = there.id
            UNION ALL SELECT f.target_id, f.account_id, 'r' FROM there JOIN follows f ON f.account_id = there.id
            UNION ALL SELECT q.account_id, q.target_id, 'q'
                FROM there JOIN follow_requests q ON q.target_id = there.id
            UNION ALL SELECT q.target_id, q.account_id, 'q'
                FROM there JOIN follow_requests q ON q.account_id = there.id)"
    )
}
