//! Whose statuses the exclusive lists of an account keep off its home timeline.

use std::collections::{HashMap, HashSet};

use chronodon_events::list::ListEvent;
use deadpool_postgres::Transaction;

use crate::ProjectionError;

#[derive(Debug, Default)]
struct Members {
    owner: i64,
    exclusive: bool,
    members: HashSet<i64>,
}

/// All lists, and of the exclusive ones how many hold an account.
#[derive(Debug, Default)]
pub(super) struct Exclusive {
    lists: HashMap<i64, Members>,
    /// By owner and member.
    kept: HashMap<(i64, i64), u32>,
}

impl Exclusive {
    pub(super) async fn load(tx: &Transaction<'_>) -> Result<Self, ProjectionError> {
        let mut all = Self::default();
        for row in tx.query("SELECT id, account_id, exclusive FROM lists", &[]).await? {
            let list = Members { owner: row.get(1), exclusive: row.get(2), members: HashSet::new() };
            all.lists.insert(row.get(0), list);
        }
        for row in tx.query("SELECT list_id, account_id FROM list_accounts", &[]).await? {
            all.add(row.get(0), row.get(1));
        }
        Ok(all)
    }

    /// Whether an exclusive list of `owner` has this member.
    pub(super) fn keeps_away(&self, owner: i64, member: i64) -> bool {
        !self.kept.is_empty() && self.kept.contains_key(&(owner, member))
    }

    /// The owner whose home timeline the event may have changed, if any.
    pub(super) fn apply(&mut self, event: &ListEvent) -> Option<i64> {
        match event {
            ListEvent::Created(e) => {
                let owner = e.account_id.get();
                self.lists.insert(e.list_id.get(), Members { owner, exclusive: e.exclusive, members: HashSet::new() });
                None
            }
            ListEvent::Updated(e) => self.make(e.list_id.get(), e.exclusive),
            ListEvent::Deleted(e) => {
                let changed = self.make(e.list_id.get(), false);
                self.lists.remove(&e.list_id.get());
                changed
            }
            ListEvent::AccountAdded(e) => self.add(e.list_id.get(), e.member_id.get()),
            ListEvent::AccountRemoved(e) => self.take(e.list_id.get(), e.member_id.get()),
        }
    }

    fn make(&mut self, list: i64, exclusive: bool) -> Option<i64> {
        let list = self.lists.get_mut(&list).filter(|list| list.exclusive != exclusive)?;
        list.exclusive = exclusive;
        for member in &list.members {
            count(&mut self.kept, (list.owner, *member), exclusive);
        }
        Some(list.owner)
    }

    fn add(&mut self, list: i64, member: i64) -> Option<i64> {
        let list = self.lists.get_mut(&list)?;
        if !list.members.insert(member) || !list.exclusive {
            return None;
        }
        count(&mut self.kept, (list.owner, member), true);
        Some(list.owner)
    }

    fn take(&mut self, list: i64, member: i64) -> Option<i64> {
        let list = self.lists.get_mut(&list)?;
        if !list.members.remove(&member) || !list.exclusive {
            return None;
        }
        count(&mut self.kept, (list.owner, member), false);
        Some(list.owner)
    }
}

fn count(kept: &mut HashMap<(i64, i64), u32>, pair: (i64, i64), more: bool) {
    let count = kept.entry(pair).or_default();
    *count = if more { *count + 1 } else { count.saturating_sub(1) };
    if *count == 0 {
        kept.remove(&pair);
    }
}
