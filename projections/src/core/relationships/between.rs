//! All that holds between a viewer and some accounts: one query, however many.

use std::sync::LazyLock;

use chronodon_events::AccountId;
use jiff::Timestamp;
use serde_json::Value;

use crate::core::visible::suspended;
use crate::{ProjectionError, Reader};

/// What holds between a viewer and one account, at the time of asking.
#[derive(Clone, Debug, Default)]
pub struct Relation {
    /// The account.
    pub account_id: i64,
    /// The account is suspended.
    pub suspended: bool,
    /// The viewer's follow of it.
    pub follow: Option<Shown>,
    /// The viewer's request to follow it.
    pub request: Option<Shown>,
    /// It follows the viewer.
    pub followed_by: bool,
    /// It asks to follow the viewer.
    pub requested_by: bool,
    /// The viewer blocks it.
    pub blocks: bool,
    /// It blocks the viewer.
    pub blocked_by: bool,
    /// The viewer's mute of it, unless it has ended.
    pub mute: Option<Mute>,
    /// The viewer's note about it, plain text.
    pub note: String,
}

/// What a follow or request shows.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// Reblogs.
    pub reblogs: bool,
    /// Each new status notifies.
    pub notify: bool,
    /// Only these languages; empty: all.
    pub languages: Vec<String>,
}

/// A mute that has not ended.
#[derive(Clone, Debug, Default)]
pub struct Mute {
    /// Notifications too.
    pub notifications: bool,
    /// When it will end.
    pub expires_at: Option<Timestamp>,
}

static SQL: LazyLock<String> = LazyLock::new(|| {
    format!(
        "
    SELECT a.id, {} AS suspended,
        f.reblogs AS follow_reblogs, f.notify AS follow_notify, f.languages AS follow_languages,
        r.reblogs AS request_reblogs, r.notify AS request_notify, r.languages AS request_languages,
        EXISTS (SELECT FROM follows WHERE account_id = a.id AND target_id = $1) AS followed_by,
        EXISTS (SELECT FROM follow_requests WHERE account_id = a.id AND target_id = $1) AS requested_by,
        EXISTS (SELECT FROM blocks WHERE account_id = $1 AND target_id = a.id) AS blocks,
        EXISTS (SELECT FROM blocks WHERE account_id = a.id AND target_id = $1) AS blocked_by,
        m.notifications, m.expires_at, coalesce(n.comment, '') AS note
    FROM UNNEST($2::int8[]) WITH ORDINALITY AS asked (id, place)
    JOIN accounts a ON a.id = asked.id
    LEFT JOIN follows f ON f.account_id = $1 AND f.target_id = a.id
    LEFT JOIN follow_requests r ON r.account_id = $1 AND r.target_id = a.id
    LEFT JOIN mutes m ON m.account_id = $1 AND m.target_id = a.id AND (m.expires_at IS NULL OR m.expires_at > $3)
    LEFT JOIN account_notes n ON n.account_id = $1 AND n.target_id = a.id
    ORDER BY asked.place",
        suspended("a")
    )
});

/// What holds between `viewer` and the accounts with these ids at the time `now`, in their order; unknown ones are
/// left out.
///
/// # Errors
/// When the database cannot be read.
pub async fn between(
    reader: &Reader,
    viewer: AccountId,
    ids: &[i64],
    now: Timestamp,
) -> Result<Vec<Relation>, ProjectionError> {
    let rows = reader.query(&SQL, &[&viewer.get(), &ids, &now]).await?;
    let relation = |row: &tokio_postgres::Row| Relation {
        account_id: row.get("id"),
        suspended: row.get("suspended"),
        follow: shown(row, "follow_reblogs", "follow_notify", "follow_languages"),
        request: shown(row, "request_reblogs", "request_notify", "request_languages"),
        followed_by: row.get("followed_by"),
        requested_by: row.get("requested_by"),
        blocks: row.get("blocks"),
        blocked_by: row.get("blocked_by"),
        mute: row
            .get::<_, Option<bool>>("notifications")
            .map(|notifications| Mute { notifications, expires_at: row.get("expires_at") }),
        note: row.get("note"),
    };
    Ok(rows.iter().map(relation).collect())
}

fn shown(row: &tokio_postgres::Row, reblogs: &str, notify: &str, languages: &str) -> Option<Shown> {
    let reblogs = row.get::<_, Option<bool>>(reblogs)?;
    let languages = row.get::<_, Option<Value>>(languages).unwrap_or_default();
    Some(Shown {
        reblogs,
        notify: row.get::<_, Option<bool>>(notify).unwrap_or_default(),
        languages: serde_json::from_value(languages).unwrap_or_default(),
    })
}
