//! What viewers have done with the statuses of a page: one query. Not a read model of its own.

use std::collections::{HashMap, HashSet};

use chronodon_events::AccountId;
use serde_json::Value;

use crate::{ProjectionError, Reader};

/// What a viewer has done with some statuses, by their ids.
#[derive(Clone, Debug, Default)]
pub struct Own {
    /// Liked.
    pub favourited: HashSet<i64>,
    /// Reblogged.
    pub reblogged: HashSet<i64>,
    /// Kept for later.
    pub bookmarked: HashSet<i64>,
    /// On top of the viewer's profile.
    pub pinned: HashSet<i64>,
    /// Conversations that the viewer hears no more of.
    pub muted_conversations: HashSet<i64>,
    /// Choices in polls, by status.
    pub votes: HashMap<i64, Vec<i64>>,
}

/// What `viewer` has done with `statuses`, and with the conversations they belong to.
///
/// # Errors
/// When the database cannot be read.
pub async fn own(
    reader: &Reader,
    viewer: AccountId,
    statuses: &[i64],
    conversations: &[i64],
) -> Result<Own, ProjectionError> {
    let mut own = own_of(reader, &[viewer], statuses, conversations).await?;
    Ok(own.remove(&viewer).unwrap_or_default())
}

/// What each of `viewers` has done with `statuses`, and with the conversations they belong to: one query for all.
/// Who has done nothing is left out.
///
/// # Errors
/// When the database cannot be read.
pub async fn own_of(
    reader: &Reader,
    viewers: &[AccountId],
    statuses: &[i64],
    conversations: &[i64],
) -> Result<HashMap<AccountId, Own>, ProjectionError> {
    let sql = "
        SELECT account_id, 'f' AS kind, status_id AS id, NULL::jsonb AS choices FROM favourites
            WHERE account_id = ANY($1) AND status_id = ANY($2)
        UNION ALL SELECT account_id, 'b', status_id, NULL FROM bookmarks
            WHERE account_id = ANY($1) AND status_id = ANY($2)
        UNION ALL SELECT account_id, 'p', status_id, NULL FROM pins
            WHERE account_id = ANY($1) AND status_id = ANY($2)
        UNION ALL SELECT account_id, 'r', reblog_of_id, NULL FROM statuses
            WHERE account_id = ANY($1) AND reblog_of_id = ANY($2)
        UNION ALL SELECT account_id, 'm', conversation_id, NULL FROM conversation_mutes
            WHERE account_id = ANY($1) AND conversation_id = ANY($3)
        UNION ALL SELECT account_id, 'v', status_id, choices FROM poll_votes
            WHERE account_id = ANY($1) AND status_id = ANY($2)";
    let viewers: Vec<_> = viewers.iter().map(|viewer| viewer.get()).collect();
    let mut all: HashMap<AccountId, Own> = HashMap::new();
    for row in reader.lookup(sql, &[&viewers, &statuses, &conversations]).await? {
        let own = all.entry(AccountId(row.get("account_id"))).or_default();
        let id: i64 = row.get("id");
        match row.get::<_, &str>("kind") {
            "f" => own.favourited.insert(id),
            "b" => own.bookmarked.insert(id),
            "p" => own.pinned.insert(id),
            "r" => own.reblogged.insert(id),
            "m" => own.muted_conversations.insert(id),
            _ => own.votes.insert(id, choices(row.get("choices"))).is_none(),
        };
    }
    Ok(all)
}

fn choices(column: Option<Value>) -> Vec<i64> {
    column.as_ref().and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_i64).collect()
}
