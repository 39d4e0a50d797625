//! A status that an account keeps for later. One stream per account and status.

use chronodon_events::AccountId;
use chronodon_events::bookmark::{BookmarkAdded, BookmarkEvent, BookmarkRemoved};
use chronodon_events::values::StatusRef;

use crate::{Decider, Refusal};

/// Bookmark it, or no longer. The caller has checked that `account_id` may see the status.
#[derive(Clone, Debug)]
pub enum Command {
    /// Keep the status.
    Add {
        /// Who.
        account_id: AccountId,
        /// Which status.
        status: StatusRef,
    },
    /// Keep it no more.
    Remove {
        /// Who.
        account_id: AccountId,
        /// Which status.
        status: StatusRef,
    },
}

/// Decides about one bookmark.
#[derive(Debug)]
pub struct Bookmark;

impl Decider for Bookmark {
    type Command = Command;
    type Event = BookmarkEvent;
    /// Whether it is there.
    type State = bool;

    fn decide(present: &bool, command: &Command) -> Result<Vec<BookmarkEvent>, Refusal> {
        Ok(match (command, present) {
            (Command::Add { account_id, status }, false) => {
                vec![BookmarkEvent::Added(BookmarkAdded { account_id: *account_id, status: status.clone() })]
            }
            (Command::Remove { account_id, status }, true) => {
                let status_id = status.status_id;
                vec![BookmarkEvent::Removed(BookmarkRemoved { account_id: *account_id, status_id })]
            }
            _ => Vec::new(),
        })
    }

    fn evolve(_: bool, event: &BookmarkEvent) -> bool {
        matches!(event, BookmarkEvent::Added(_))
    }
}

#[cfg(test)]
mod tests {
    use chronodon_events::StatusId;
    use chronodon_events::values::Visibility;

    use super::*;
    use crate::given;

    fn status() -> StatusRef {
        StatusRef {
            status_id: StatusId(7),
            account_id: AccountId(1),
            account_local: true,
            conversation_id: StatusId(7),
            visibility: Visibility::Public,
        }
    }

    fn add() -> Command {
        Command::Add { account_id: AccountId(2), status: status() }
    }

    fn remove() -> Command {
        Command::Remove { account_id: AccountId(2), status: status() }
    }

    fn events(commands: &[Command]) -> Vec<BookmarkEvent> {
        commands.iter().fold(Vec::new(), |mut events, command| {
            let state = given::<Bookmark>(events.clone());
            events.extend(Bookmark::decide(&state, command).expect("never refused"));
            events
        })
    }

    #[test]
    fn adding_twice_is_adding_once() {
        assert_eq!(events(&[add(), add()]).len(), 1);
    }

    #[test]
    fn removing_what_is_not_there_changes_nothing() {
        assert_eq!(events(&[remove()]), Vec::new());
    }

    #[test]
    fn it_can_be_added_again() {
        assert_eq!(events(&[add(), remove(), add()]).len(), 3);
    }
}
