//! A status that an account likes. One stream per account and status.

use chronodon_events::AccountId;
use chronodon_events::favourite::{FavouriteAdded, FavouriteEvent, FavouriteRemoved};
use chronodon_events::values::StatusRef;

use crate::{Decider, Refusal};

/// Favourite it, or no longer. The caller has checked that `account_id` may see the status.
#[derive(Clone, Debug)]
pub enum Command {
    /// Like the status.
    Add {
        /// Who.
        account_id: AccountId,
        /// Which status.
        status: StatusRef,
    },
    /// Like it no more.
    Remove {
        /// Who.
        account_id: AccountId,
        /// Which status.
        status: StatusRef,
    },
}

/// Decides about one favourite.
#[derive(Debug)]
pub struct Favourite;

impl Decider for Favourite {
    type Command = Command;
    type Event = FavouriteEvent;
    /// Whether it is there.
    type State = bool;

    fn decide(present: &bool, command: &Command) -> Result<Vec<FavouriteEvent>, Refusal> {
        Ok(match (command, present) {
            (Command::Add { account_id, status }, false) => {
                vec![FavouriteEvent::Added(FavouriteAdded { account_id: *account_id, status: status.clone() })]
            }
            (Command::Remove { account_id, status }, true) => {
                let status_id = status.status_id;
                vec![FavouriteEvent::Removed(FavouriteRemoved { account_id: *account_id, status_id })]
            }
            _ => Vec::new(),
        })
    }

    fn evolve(_: bool, event: &FavouriteEvent) -> bool {
        matches!(event, FavouriteEvent::Added(_))
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

    fn events(commands: &[Command]) -> Vec<FavouriteEvent> {
        commands.iter().fold(Vec::new(), |mut events, command| {
            let state = given::<Favourite>(events.clone());
            events.extend(Favourite::decide(&state, command).expect("never refused"));
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
