//! What tables say of candidates: who may see them, and whether they may be found at all.

use chronodon_events::AccountId;
use jiff::Timestamp;

use super::syntax::Scope;
use crate::core::visible::{heard, shown, visible, welcome};
use crate::{ProjectionError, Reader};

/// Statuses of one kind that a person has touched and that are looked at, newest first.
const TOUCHED_MAX: i64 = 4_000;
/// Accounts that a person follows and that are looked at.
const FOLLOWED_MAX: i64 = 10_000;

/// Which of these statuses the viewer may find, newest first.
pub(super) async fn statuses(
    reader: &Reader,
    ids: &[i64],
    viewer: AccountId,
    scope: Scope,
    now: Timestamp,
) -> Result<Vec<i64>, ProjectionError> {
    let (visible, welcome) = (visible("s", "$2"), welcome("s", "$2", "$3"));
    let heard = heard("s.account_id", "$2");
    let sql = format!(
        "SELECT s.id FROM statuses s JOIN accounts a ON a.id = s.account_id
        WHERE s.id = ANY($1) AND s.reblog_of_id IS NULL AND {visible} AND (s.account_id = $2 OR ({welcome} AND {heard}))
            AND (($4 AND s.visibility = 'public' AND a.indexable)
                OR ($5 AND (s.account_id = $2
                    OR EXISTS (SELECT FROM favourites t WHERE t.account_id = $2 AND t.status_id = s.id)
                    OR EXISTS (SELECT FROM bookmarks t WHERE t.account_id = $2 AND t.status_id = s.id)
                    OR EXISTS (SELECT FROM statuses t WHERE t.account_id = $2 AND t.reblog_of_id = s.id)
                    OR EXISTS (SELECT FROM status_mentions t WHERE t.account_id = $2 AND t.status_id = s.id)
                    OR EXISTS (SELECT FROM statuses t WHERE t.account_id = $2 AND t.in_reply_to_id = s.id))))
        ORDER BY s.id DESC"
    );
    let (public, library) = (scope != Scope::Library, scope != Scope::Public);
    let rows = reader.query(&sql, &[&ids, &viewer.get(), &now, &public, &library]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// The statuses of others that the viewer has favourited, bookmarked, reblogged, answered, or is named in: of each
/// kind the newest [`TOUCHED_MAX`].
pub(super) async fn touched(reader: &Reader, viewer: AccountId) -> Result<Vec<i64>, ProjectionError> {
    let sql = "
        (SELECT status_id FROM favourites WHERE account_id = $1 ORDER BY status_id DESC LIMIT $2)
        UNION ALL (SELECT status_id FROM bookmarks WHERE account_id = $1 ORDER BY status_id DESC LIMIT $2)
        UNION ALL (SELECT status_id FROM status_mentions WHERE account_id = $1 ORDER BY status_id DESC LIMIT $2)
        UNION ALL (SELECT coalesce(reblog_of_id, in_reply_to_id) FROM statuses
            WHERE account_id = $1 AND (reblog_of_id IS NOT NULL OR in_reply_to_id IS NOT NULL)
            ORDER BY id DESC LIMIT $2)";
    let rows = reader.query(sql, &[&viewer.get(), &TOUCHED_MAX]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// Whom the viewer follows.
pub(super) async fn followed(reader: &Reader, viewer: AccountId) -> Result<Vec<i64>, ProjectionError> {
    let sql = "SELECT target_id FROM follows WHERE account_id = $1 LIMIT $2";
    let rows = reader.query(sql, &[&viewer.get(), &FOLLOWED_MAX]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// An account that may be found.
pub(super) struct Found {
    pub(super) id: i64,
    pub(super) username: String,
    /// The viewer follows it.
    pub(super) followed: bool,
    pub(super) followers_count: i64,
}

/// Which of these accounts the viewer may find.
pub(super) async fn accounts(
    reader: &Reader,
    ids: &[i64],
    viewer: Option<AccountId>,
) -> Result<Vec<Found>, ProjectionError> {
    let sql = format!(
        "SELECT a.id, a.username, a.followers_count,
            EXISTS (SELECT FROM follows f WHERE f.account_id = $2 AND f.target_id = a.id) AS followed
        FROM accounts a
        WHERE a.id = ANY($1) AND a.confirmed AND {}
            AND NOT EXISTS (SELECT FROM blocks b WHERE b.account_id = $2 AND b.target_id = a.id)
            AND NOT EXISTS (SELECT FROM blocks b WHERE b.account_id = a.id AND b.target_id = $2)",
        shown("a")
    );
    let rows = reader.query(&sql, &[&ids, &viewer.map(AccountId::get)]).await?;
    let found = rows.iter().map(|row| Found {
        id: row.get("id"),
        username: row.get("username"),
        followed: row.get("followed"),
        followers_count: row.get("followers_count"),
    });
    Ok(found.collect())
}

/// Which of these hashtags a status that the viewer may know of carries: a public one, or an own one.
pub(super) async fn tags(
    reader: &Reader,
    tags: &[String],
    viewer: Option<AccountId>,
) -> Result<Vec<String>, ProjectionError> {
    let sql = "
        SELECT asked.tag FROM UNNEST($1::text[]) WITH ORDINALITY AS asked (tag, rank)
        WHERE EXISTS (SELECT FROM status_tags t WHERE t.tag = asked.tag
            AND (t.visibility IN ('public', 'unlisted') OR t.account_id = $2))
        ORDER BY asked.rank";
    let rows = reader.query(sql, &[&tags, &viewer.map(AccountId::get)]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// The ids of local accounts by their names, given in lower case.
pub(super) async fn authors(reader: &Reader, names: &[String]) -> Result<Vec<(String, i64)>, ProjectionError> {
    let sql = "SELECT lower(username), id FROM accounts WHERE lower(username) = ANY($1) AND coalesce(domain, '') = ''";
    Ok(reader.query(sql, &[&names]).await?.iter().map(|row| (row.get(0), row.get(1))).collect())
}
