//! Statuses from elsewhere that nobody here has touched. Not a read model of its own.

use chronodon_events::StatusId;

use crate::{ProjectionError, Reader};

/// A page of statuses, by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The last that was looked at; none: there are no more.
    pub last: Option<StatusId>,
    /// Those that nobody here has touched.
    pub untouched: Vec<StatusId>,
}

/// Looks at the `limit` statuses that follow `after` and come before `until`, and picks those from elsewhere in whose
/// conversation nobody of this server takes part and that nobody here favourited, reblogged, bookmarked, was named in,
/// voted in or was told of; that quote nothing of ours, are quoted by nobody, wherever; and that are neither pinned by their
/// author nor were reblogged since `until`.
///
/// # Errors
/// When the database cannot be read.
pub async fn page(reader: &Reader, after: StatusId, until: StatusId, limit: i64) -> Result<Page, ProjectionError> {
    let sql = "
        WITH page AS (SELECT * FROM statuses WHERE id > $1 AND id < $2 ORDER BY id LIMIT $3)
        SELECT s.id, NOT s.local AND s.reblog_of_id IS NULL
            AND NOT EXISTS (SELECT FROM statuses c WHERE c.conversation_id = s.conversation_id AND c.local)
            AND NOT EXISTS (SELECT FROM statuses r WHERE r.reblog_of_id = s.id AND (r.local OR r.id >= $2))
            AND NOT EXISTS (SELECT FROM quotes q WHERE q.quoted_id = s.id)
            AND NOT EXISTS (SELECT FROM quotes q JOIN statuses o ON o.id = q.quoted_id
                WHERE q.status_id = s.id AND o.local)
            AND NOT EXISTS (SELECT FROM favourites f JOIN accounts a ON a.id = f.account_id
                WHERE f.status_id = s.id AND a.domain IS NULL)
            AND NOT EXISTS (SELECT FROM status_mentions m JOIN accounts a ON a.id = m.account_id
                WHERE m.status_id = s.id AND a.domain IS NULL)
            AND NOT EXISTS (SELECT FROM poll_votes v JOIN accounts a ON a.id = v.account_id
                WHERE v.status_id = s.id AND a.domain IS NULL)
            AND NOT EXISTS (SELECT FROM bookmarks b WHERE b.status_id = s.id)
            AND NOT EXISTS (SELECT FROM pins p WHERE p.status_id = s.id)
            AND NOT EXISTS (SELECT FROM notifications n WHERE n.status_id = s.id)
            AS untouched
        FROM page s ORDER BY s.id";
    let rows = reader.query(sql, &[&after.get(), &until.get(), &limit]).await?;
    let id = |row: &tokio_postgres::Row| StatusId(row.get("id"));
    Ok(Page { last: rows.last().map(id), untouched: rows.iter().filter(|row| row.get("untouched")).map(id).collect() })
}
