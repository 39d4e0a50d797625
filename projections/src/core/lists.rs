//! Lists and their members. Who is followed no more is on none of the follower's lists.

mod members;

use chronodon_event_log::Recorded;
use chronodon_events::list::ListEvent;
use chronodon_events::relationship::RelationshipEvent;
use chronodon_events::{AccountId, Event, ListId};

pub use members::{Candidates, candidates, members};

use super::{Core, column};
use crate::{ProjectionError, Reader, Row};

row! {
    /// A list of `account_id`; `replies_policy` is the API's word.
    pub struct List in "lists" {
        key { id: i64 }
        account_id: i64,
        title: String,
        replies_policy: String,
        exclusive: bool,
    }
}

row! {
    /// A member of a list. Pages run by `position`.
    pub struct ListAccount in "list_accounts" {
        key { list_id: i64, account_id: i64 }
        owner_id: i64,
        position: i64,
    }
}

pub(super) fn want(core: &mut Core, _: &Recorded, event: &Event) {
    match event {
        Event::List(ListEvent::Updated(e)) => core.lists.want((e.list_id.get(),)),
        Event::List(ListEvent::AccountAdded(e)) => core.list_accounts.want((e.list_id.get(), e.member_id.get())),
        Event::Relationship(event) => {
            if let Some((owner, _)) = parted(event) {
                core.list_accounts.want_where("owner_id", owner.get());
            }
        }
        _ => {}
    }
}

pub(super) fn apply(core: &mut Core, at: &Recorded, event: &Event) {
    match event {
        Event::List(event) => changed(core, at, event),
        Event::Relationship(event) => {
            if let Some((owner, member)) = parted(event) {
                leave_all(core, owner, member);
            }
        }
        _ => {}
    }
}

/// Who follows, or asks to follow, whom no more.
fn parted(event: &RelationshipEvent) -> Option<(AccountId, AccountId)> {
    match event {
        RelationshipEvent::FollowRemoved(e) => Some((e.account_id, e.target_id)),
        RelationshipEvent::FollowRequestWithdrawn(e) => Some((e.account_id, e.target_id)),
        RelationshipEvent::FollowRequestRejected(e) => Some((e.account_id, e.target_id)),
        _ => None,
    }
}

fn leave_all(core: &mut Core, owner: AccountId, member: AccountId) {
    let entries = core.list_accounts.all_where("owner_id", owner.get());
    let theirs: Vec<_> = entries.filter(|entry| entry.account_id == member.get()).map(Row::key).collect();
    for key in theirs {
        core.list_accounts.remove(key);
    }
}

fn changed(core: &mut Core, at: &Recorded, event: &ListEvent) {
    match event {
        ListEvent::Created(e) => core.lists.put(List {
            id: e.list_id.get(),
            account_id: e.account_id.get(),
            title: e.title.clone(),
            replies_policy: e.replies_policy.as_str().to_owned(),
            exclusive: e.exclusive,
        }),
        ListEvent::Updated(e) => core.lists.update((e.list_id.get(),), |list| {
            list.title.clone_from(&e.title);
            list.replies_policy = e.replies_policy.as_str().to_owned();
            list.exclusive = e.exclusive;
        }),
        ListEvent::Deleted(e) => {
            core.lists.remove((e.list_id.get(),));
            core.list_accounts.remove_where("list_id", e.list_id.get());
        }
        ListEvent::AccountAdded(e) => {
            let (list_id, account_id) = (e.list_id.get(), e.member_id.get());
            if core.list_accounts.get((list_id, account_id)).is_none() {
                let position = column(at);
                core.list_accounts.put(ListAccount { list_id, account_id, owner_id: e.account_id.get(), position });
            }
        }
        ListEvent::AccountRemoved(e) => {
            core.list_accounts.remove((e.list_id.get(), e.member_id.get()));
        }
    }
}

/// The lists of `owner`, oldest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn of_owner(reader: &Reader, owner: AccountId) -> Result<Vec<List>, ProjectionError> {
    let sql = "SELECT id, account_id, title, replies_policy, exclusive FROM lists WHERE account_id = $1 ORDER BY id";
    Ok(reader.query(sql, &[&owner.get()]).await?.iter().map(List::read).collect())
}

/// A list, when it is one of `owner`.
///
/// # Errors
/// When the database cannot be read.
pub async fn find(reader: &Reader, owner: AccountId, id: ListId) -> Result<Option<List>, ProjectionError> {
    let sql = "
        SELECT id, account_id, title, replies_policy, exclusive FROM lists WHERE account_id = $1 AND id = $2";
    Ok(reader.query_opt(sql, &[&owner.get(), &id.get()]).await?.as_ref().map(List::read))
}

/// The lists of `owner` that `member` is on, oldest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn with_member(reader: &Reader, owner: AccountId, member: AccountId) -> Result<Vec<List>, ProjectionError> {
    let sql = "
        SELECT id, account_id, title, replies_policy, exclusive FROM lists
        WHERE account_id = $1 AND id IN (
            SELECT list_id FROM list_accounts WHERE owner_id = $1 AND list_accounts.account_id = $2)
        ORDER BY id";
    Ok(reader.query(sql, &[&owner.get(), &member.get()]).await?.iter().map(List::read).collect())
}
