//! Lists and their members.

use chronodon_event_log::Recorded;
use chronodon_events::Event;
use chronodon_events::list::ListEvent;

use super::{Core, column};

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
        _ => {}
    }
}

pub(super) fn apply(core: &mut Core, at: &Recorded, event: &Event) {
    let Event::List(event) = event else { return };
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
