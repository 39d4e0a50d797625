//! Who is on a list, and who may be.

use std::collections::HashSet;

use chronodon_events::{AccountId, ListId};

use crate::core::relationships::{Entry, Part};
use crate::core::visible::suspended;
use crate::{ProjectionError, Reader};

/// What adding accounts to a list, or removing them, must know.
#[derive(Clone, Debug, Default)]
pub struct Candidates {
    /// Those of the asked who are on the list.
    pub listed: HashSet<i64>,
    /// Those of the asked who may be: the owner, and those whom the owner follows or asks to follow.
    pub may_be_added: HashSet<i64>,
    /// How many accounts the list has.
    pub count: usize,
}

/// What stands between a list of `owner` and some accounts.
///
/// # Errors
/// When the database cannot be read.
pub async fn candidates(
    reader: &Reader,
    owner: AccountId,
    list: ListId,
    asked: &[AccountId],
) -> Result<Candidates, ProjectionError> {
    let asked: Vec<_> = asked.iter().map(|account| account.get()).collect();
    let sql = "
        SELECT NULL::int8 AS id, false AS listed, false AS may_be_added,
            (SELECT count(*) FROM list_accounts WHERE list_id = $2) AS accounts
        UNION ALL SELECT a.id,
            EXISTS (SELECT FROM list_accounts WHERE list_id = $2 AND owner_id = $1 AND account_id = a.id),
            a.id = $1 OR EXISTS (SELECT FROM follows WHERE account_id = $1 AND target_id = a.id)
                OR EXISTS (SELECT FROM follow_requests WHERE account_id = $1 AND target_id = a.id), 0
        FROM accounts a WHERE a.id = ANY($3)";
    let mut candidates = Candidates::default();
    for row in reader.query(sql, &[&owner.get(), &list.get(), &asked]).await? {
        let Some(id) = row.get::<_, Option<i64>>("id") else {
            candidates.count = usize::try_from(row.get::<_, i64>("accounts")).unwrap_or(0);
            continue;
        };
        if row.get("listed") {
            candidates.listed.insert(id);
        }
        if row.get("may_be_added") {
            candidates.may_be_added.insert(id);
        }
    }
    Ok(candidates)
}

/// The accounts on a list, whoever owns it.
///
/// # Errors
/// When the database cannot be read.
pub async fn members(reader: &Reader, list: ListId, part: Part) -> Result<Vec<Entry>, ProjectionError> {
    let order = if part.oldest { "ASC" } else { "DESC" };
    let sql = format!(
        "SELECT entry.position, entry.account_id
        FROM list_accounts AS entry
        JOIN accounts a ON a.id = entry.account_id AND NOT {suspended}
        WHERE entry.list_id = $1 AND entry.position < $2 AND entry.position > $3
        ORDER BY entry.position {order} LIMIT $4",
        suspended = suspended("a"),
    );
    let (below, above) = (part.below.unwrap_or(i64::MAX), part.above.unwrap_or(i64::MIN));
    let limit = i64::try_from(part.limit).unwrap_or(i64::MAX);
    let rows = reader.query(&sql, &[&list.get(), &below, &above, &limit]).await?;
    Ok(rows.iter().map(|row| Entry { position: row.get(0), account_id: row.get(1), expires_at: None }).collect())
}
