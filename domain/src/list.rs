//! A list of accounts that its owner reads as a timeline. One stream per list.
//!
//! Members are no part of its state: who is followed no more leaves all lists without an event of its own, so whether
//! somebody is on the list is a fact that the command brings.

use chronodon_events::AccountId;
use chronodon_events::list::{
    ListAccountAdded, ListAccountRemoved, ListCreated, ListDeleted, ListEvent, ListUpdated, RepliesPolicy,
};

use crate::{Decider, Refusal, limits};

/// What an owner does with a list.
#[derive(Clone, Debug)]
pub enum Command {
    /// Make it.
    Create {
        /// All of it.
        list: ListCreated,
        /// Lists that the owner has already.
        lists: usize,
    },
    /// Change what is given.
    Update {
        /// Who asks.
        by: AccountId,
        /// Plain text.
        title: Option<String>,
        /// Which replies are shown.
        replies_policy: Option<RepliesPolicy>,
        /// Members are left out of the home timeline.
        exclusive: Option<bool>,
    },
    /// Have it no more.
    Delete {
        /// Who asks.
        by: AccountId,
    },
    /// Put accounts on it that the owner follows, and that are not on it.
    Add {
        /// Who asks.
        by: AccountId,
        /// Whom; each once.
        members: Vec<AccountId>,
        /// Members that it has already.
        count: usize,
    },
    /// Take accounts off it that are on it.
    Remove {
        /// Who asks.
        by: AccountId,
        /// Whom; each once.
        members: Vec<AccountId>,
    },
}

/// A list as its stream tells it: none before it is made and after it is deleted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State(pub Option<ListCreated>);

/// Decides about one list.
#[derive(Debug)]
pub struct List;

impl Decider for List {
    type Command = Command;
    type Event = ListEvent;
    type State = State;

    fn decide(state: &State, command: &Command) -> Result<Vec<ListEvent>, Refusal> {
        match command {
            Command::Create { list, lists } => create(list, *lists),
            Command::Update { by, title, replies_policy, exclusive } => {
                let list = owned(state, *by)?;
                let updated = ListUpdated {
                    account_id: list.account_id,
                    list_id: list.list_id,
                    title: title.as_ref().map_or_else(|| list.title.clone(), |title| title.trim().to_owned()),
                    replies_policy: replies_policy.unwrap_or(list.replies_policy),
                    exclusive: exclusive.unwrap_or(list.exclusive),
                };
                update(list, updated)
            }
            Command::Delete { by } => {
                let list = owned(state, *by)?;
                let (account_id, list_id) = (list.account_id, list.list_id);
                Ok(vec![ListEvent::Deleted(ListDeleted { account_id, list_id })])
            }
            Command::Add { by, members, count } => add(owned(state, *by)?, members, *count),
            Command::Remove { by, members } => {
                let list = owned(state, *by)?;
                let (account_id, list_id) = (list.account_id, list.list_id);
                let removed = |member_id: &AccountId| {
                    ListEvent::AccountRemoved(ListAccountRemoved { account_id, list_id, member_id: *member_id })
                };
                Ok(members.iter().map(removed).collect())
            }
        }
    }

    fn evolve(State(mut list): State, event: &ListEvent) -> State {
        match event {
            ListEvent::Created(e) => list = Some(e.clone()),
            ListEvent::Updated(e) => {
                if let Some(list) = &mut list {
                    list.title.clone_from(&e.title);
                    list.replies_policy = e.replies_policy;
                    list.exclusive = e.exclusive;
                }
            }
            ListEvent::Deleted(_) => list = None,
            ListEvent::AccountAdded(_) | ListEvent::AccountRemoved(_) => {}
        }
        State(list)
    }
}

/// Somebody else's list is as absent as a deleted one.
fn owned(State(list): &State, by: AccountId) -> Result<&ListCreated, Refusal> {
    list.as_ref().filter(|list| list.account_id == by).ok_or(Refusal::NotFound)
}

fn create(list: &ListCreated, lists: usize) -> Result<Vec<ListEvent>, Refusal> {
    let list = ListCreated { title: list.title.trim().to_owned(), ..list.clone() };
    check_title(&list.title)?;
    if lists >= limits::LISTS_MAX {
        let message = format!("You can have {} lists at most", limits::LISTS_MAX);
        return Err(Refusal::invalid("base", "ERR_LIMIT", message));
    }
    Ok(vec![ListEvent::Created(list)])
}

fn update(list: &ListCreated, updated: ListUpdated) -> Result<Vec<ListEvent>, Refusal> {
    check_title(&updated.title)?;
    let same = (&*list.title, list.replies_policy, list.exclusive)
        == (&*updated.title, updated.replies_policy, updated.exclusive);
    Ok(if same { Vec::new() } else { vec![ListEvent::Updated(updated)] })
}

fn check_title(title: &str) -> Result<(), Refusal> {
    if title.is_empty() {
        return Err(Refusal::invalid("title", "ERR_BLANK", "can't be blank"));
    }
    if title.chars().count() > limits::LIST_TITLE_CHARS_MAX {
        let message = format!("is too long (maximum is {} characters)", limits::LIST_TITLE_CHARS_MAX);
        return Err(Refusal::invalid("title", "ERR_TOO_LONG", message));
    }
    Ok(())
}

fn add(list: &ListCreated, members: &[AccountId], count: usize) -> Result<Vec<ListEvent>, Refusal> {
    if count + members.len() > limits::LIST_ACCOUNTS_MAX {
        let message = format!("A list holds {} accounts at most", limits::LIST_ACCOUNTS_MAX);
        return Err(Refusal::invalid("account_ids", "ERR_LIMIT", message));
    }
    let (account_id, list_id) = (list.account_id, list.list_id);
    let added = |member_id: &AccountId| {
        ListEvent::AccountAdded(ListAccountAdded { account_id, list_id, member_id: *member_id })
    };
    Ok(members.iter().map(added).collect())
}

#[cfg(test)]
mod tests {
    use chronodon_events::ListId;

    use super::*;
    use crate::given;

    const OWNER: AccountId = AccountId(1);

    fn new(account_id: AccountId, list_id: ListId, title: String) -> ListCreated {
        ListCreated { account_id, list_id, title, replies_policy: RepliesPolicy::default(), exclusive: false }
    }

    fn create(title: &str, lists: usize) -> Result<Vec<ListEvent>, Refusal> {
        let list = new(OWNER, ListId(7), title.to_owned());
        List::decide(&State::default(), &Command::Create { list, lists })
    }

    fn there() -> State {
        given::<List>(create(" Friends ", 0).expect("within bounds"))
    }

    fn rename(by: i64, title: &str) -> Command {
        let title = Some(title.to_owned());
        Command::Update { by: AccountId(by), title, replies_policy: None, exclusive: None }
    }

    #[test]
    fn a_title_says_something_and_not_too_much() {
        assert!(matches!(create(" ", 0), Err(Refusal::Invalid { code: "ERR_BLANK", .. })));
        assert!(create(&"x".repeat(limits::LIST_TITLE_CHARS_MAX + 1), 0).is_err());
        assert_eq!(there().0.map(|list| list.title), Some("Friends".to_owned()));
        assert!(List::decide(&there(), &rename(1, "")).is_err());
    }

    #[test]
    fn nobody_has_too_many() {
        assert!(create("one more", limits::LISTS_MAX).is_err());
        let members = vec![AccountId(2)];
        let add = Command::Add { by: OWNER, members, count: limits::LIST_ACCOUNTS_MAX };
        assert!(List::decide(&there(), &add).is_err());
    }

    #[test]
    fn somebody_else_s_list_is_not_there() {
        let members = vec![AccountId(2)];
        let by = AccountId(2);
        for command in [rename(2, "mine"), Command::Delete { by }, Command::Add { by, members, count: 0 }] {
            assert_eq!(List::decide(&there(), &command), Err(Refusal::NotFound));
        }
    }

    #[test]
    fn what_is_not_given_stays() {
        let exclusive = Command::Update { by: OWNER, title: None, replies_policy: None, exclusive: Some(true) };
        let events = List::decide(&there(), &exclusive).expect("one's own");
        let list = events.iter().fold(there(), List::evolve).0.expect("still there");
        assert_eq!((&*list.title, list.exclusive), ("Friends", true));
        assert_eq!(List::decide(&there(), &rename(1, "Friends ")), Ok(Vec::new()));
    }

    #[test]
    fn what_is_deleted_is_not_there() {
        let deleted = List::decide(&there(), &Command::Delete { by: OWNER }).expect("one's own");
        let gone = deleted.iter().fold(there(), List::evolve);
        assert_eq!(List::decide(&gone, &Command::Delete { by: OWNER }), Err(Refusal::NotFound));
    }
}
