//! What a status answers, and what answers it, as a viewer sees it. Not a read model of its own.

use std::collections::HashMap;

use chronodon_domain::limits;
use chronodon_events::{AccountId, StatusId};
use jiff::Timestamp;

use super::visible::{heard, visible, welcome};
use crate::{ProjectionError, Reader};

/// How much of a thread to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Statuses above, the nearest.
    pub ancestors: usize,
    /// Statuses below, in the order in which they are read.
    pub descendants: usize,
    /// Answers to answers below.
    pub depth: usize,
    /// Statuses below that are looked at, the uppermost, before the first `descendants` of them are taken.
    pub looked_at: usize,
}

impl Extent {
    /// All of it, but for the anonymous, who see a part of a long thread.
    #[must_use]
    pub const fn of(viewer: Option<AccountId>) -> Self {
        let looked_at = limits::CONTEXT_LOOKED_AT_MAX;
        match viewer {
            Some(_) => Self {
                ancestors: limits::CONTEXT_STATUSES_MAX,
                descendants: limits::CONTEXT_STATUSES_MAX,
                depth: limits::CONTEXT_STATUSES_MAX,
                looked_at,
            },
            None => Self {
                ancestors: limits::CONTEXT_ANCESTORS_ANONYMOUS_MAX,
                descendants: limits::CONTEXT_DESCENDANTS_ANONYMOUS_MAX,
                depth: limits::CONTEXT_DEPTH_ANONYMOUS_MAX,
                looked_at,
            },
        }
    }
}

/// The statuses above, from the first of the thread to the one answered. One that the viewer may not see, or whose author
/// it blocks or mutes at `now` or who is of a silenced domain and not followed, is left out; those above it are not.
///
/// # Errors
/// When the database cannot be read.
pub async fn ancestors(
    reader: &Reader,
    id: StatusId,
    viewer: Option<AccountId>,
    extent: Extent,
    now: Timestamp,
) -> Result<Vec<i64>, ProjectionError> {
    let sql = format!(
        "WITH RECURSIVE up (id, parent, depth) AS (
            SELECT p.id, p.in_reply_to_id, 1 FROM statuses s JOIN statuses p ON p.id = s.in_reply_to_id WHERE s.id = $1
            UNION ALL
            SELECT p.id, p.in_reply_to_id, up.depth + 1 FROM up JOIN statuses p ON p.id = up.parent
                WHERE up.depth < $4
        )
        SELECT s.id FROM up JOIN statuses s ON s.id = up.id WHERE {} AND {} AND {} ORDER BY up.depth DESC",
        visible("s", "$2"),
        welcome("s", "$2", "$3"),
        heard("s.account_id", "$2")
    );
    let depth = i32::try_from(extent.ancestors).unwrap_or(i32::MAX);
    let rows = reader.query(&sql, &[&id.get(), &viewer.map(AccountId::get), &now, &depth]).await?;
    Ok(rows.iter().map(|row| row.get("id")).collect())
}

/// An answer, somewhere below.
struct Answer {
    id: i64,
    /// Its author goes on, as the author of the whole row above.
    goes_on: bool,
    shown: bool,
}

/// The statuses below, branch by branch, where authors who go on come first. One that the viewer may not see, or whose
/// author it blocks or mutes at `now`, is left out; what answers it is not.
///
/// # Errors
/// When the database cannot be read.
pub async fn descendants(
    reader: &Reader,
    id: StatusId,
    viewer: Option<AccountId>,
    extent: Extent,
    now: Timestamp,
) -> Result<Vec<i64>, ProjectionError> {
    // The limit stands outside the recursion, which then makes no more rows than are taken, level by level.
    let sql = format!(
        "WITH RECURSIVE down (id, depth) AS (
            SELECT s.id, 1 FROM statuses s WHERE s.in_reply_to_id = $1
            UNION ALL
            SELECT s.id, down.depth + 1 FROM down JOIN statuses s ON s.in_reply_to_id = down.id WHERE down.depth < $4
        ), looked_at AS (SELECT id FROM down LIMIT $5)
        SELECT s.id, s.in_reply_to_id AS parent, s.in_reply_to_account_id = s.account_id AS goes_on,
            {} AND {} AND {} AS shown
        FROM looked_at JOIN statuses s ON s.id = looked_at.id",
        visible("s", "$2"),
        welcome("s", "$2", "$3"),
        heard("s.account_id", "$2")
    );
    let depth = i32::try_from(extent.depth).unwrap_or(i32::MAX);
    let looked_at = i64::try_from(extent.looked_at).unwrap_or(i64::MAX);
    let rows = reader.query(&sql, &[&id.get(), &viewer.map(AccountId::get), &now, &depth, &looked_at]).await?;
    let mut answers: HashMap<i64, Vec<Answer>> = HashMap::new();
    for row in rows {
        let answer = Answer { id: row.get("id"), goes_on: row.get("goes_on"), shown: row.get("shown") };
        answers.entry(row.get("parent")).or_default().push(answer);
    }
    Ok(in_order(id.get(), answers, extent.descendants))
}

/// The statuses that answer this one, by id, above `above` and at most `limit`; those that the viewer may not see, or whose
/// author it blocks or mutes at `now`, are left out.
///
/// # Errors
/// When the database cannot be read.
pub async fn answers(
    reader: &Reader,
    id: StatusId,
    viewer: Option<AccountId>,
    above: i64,
    limit: usize,
    now: Timestamp,
) -> Result<Vec<i64>, ProjectionError> {
    let sql = format!(
        "SELECT s.id FROM statuses s
        WHERE s.in_reply_to_id = $1 AND s.id > $4 AND {} AND {} AND {} ORDER BY s.id LIMIT $5",
        visible("s", "$2"),
        welcome("s", "$2", "$3"),
        heard("s.account_id", "$2")
    );
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = reader.query(&sql, &[&id.get(), &viewer.map(AccountId::get), &now, &above, &limit]).await?;
    Ok(rows.iter().map(|row| row.get("id")).collect())
}

/// Branch by branch, each branch by id, at most `max`; of these the shown ones, and first those whose authors go on.
fn in_order(root: i64, mut answers: HashMap<i64, Vec<Answer>>, max: usize) -> Vec<i64> {
    // Each branch is taken out of the map when it is reached, so that even a circle has an end.
    let mut branch = |parent: i64| {
        let mut branch = answers.remove(&parent).unwrap_or_default();
        branch.sort_unstable_by_key(|answer| std::cmp::Reverse(answer.id));
        branch
    };
    let mut ahead = branch(root);
    let mut read = Vec::new();
    while let Some(answer) = ahead.pop() {
        if read.len() == max {
            break;
        }
        ahead.extend(branch(answer.id));
        read.push(answer);
    }
    let (going_on, others): (Vec<_>, Vec<_>) = read.into_iter().filter(|answer| answer.shown).partition(|a| a.goes_on);
    going_on.into_iter().chain(others).map(|answer| answer.id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(edges: &[(i64, i64, bool, bool)]) -> HashMap<i64, Vec<Answer>> {
        let mut answers: HashMap<i64, Vec<Answer>> = HashMap::new();
        for (parent, id, goes_on, shown) in edges.iter().copied() {
            answers.entry(parent).or_default().push(Answer { id, goes_on, shown });
        }
        answers
    }

    #[test]
    fn branches_are_read_to_their_ends_and_authors_who_go_on_come_first() {
        let edges =
            [(1, 4, false, true), (1, 2, false, true), (2, 5, false, true), (1, 3, true, true), (3, 6, true, true)];
        assert_eq!(in_order(1, tree(&edges), 10), [3, 6, 2, 5, 4]);
        assert_eq!(in_order(1, tree(&edges), 2), [2, 5]);
    }

    #[test]
    fn what_is_not_shown_hides_nothing_below() {
        let edges = [(1, 2, false, false), (2, 3, false, true)];
        assert_eq!(in_order(1, tree(&edges), 10), [3]);
    }

    #[test]
    fn a_circle_has_an_end() {
        let edges = [(1, 2, false, true), (2, 1, false, true), (1, 3, false, true)];
        assert_eq!(in_order(1, tree(&edges), 10), [2, 1, 3]);
    }
}
