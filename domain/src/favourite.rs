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
        /// The activity that says so, when one of the two lives elsewhere.
        uri: Option<String>,
    },
    /// Like it no more.
    Remove {
        /// Who.
        account_id: AccountId,
        /// Which status.
        status: StatusRef,
    },
}

/// A favourite as its stream tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// It is there.
    pub present: bool,
    /// The activity that said so.
    pub uri: Option<String>,
}

/// Decides about one favourite.
#[derive(Debug)]
pub struct Favourite;

impl Decider for Favourite {
    type Command = Command;
    type Event = FavouriteEvent;
    type State = State;

    fn decide(state: &State, command: &Command) -> Result<Vec<FavouriteEvent>, Refusal> {
        Ok(match (command, state.present) {
            (Command::Add { account_id, status, uri }, false) => {
                let (account_id, status, uri) = (*account_id, status.clone(), uri.clone());
                vec![FavouriteEvent::Added(FavouriteAdded { account_id, status, uri })]
            }
            (Command::Remove { account_id, status }, true) => {
                let (account_id, status_id, uri) = (*account_id, status.status_id, state.uri.clone());
                vec![FavouriteEvent::Removed(FavouriteRemoved { account_id, status_id, uri })]
            }
            _ => Vec::new(),
        })
    }

    fn evolve(_: State, event: &FavouriteEvent) -> State {
        match event {
            FavouriteEvent::Added(added) => State { present: true, uri: added.uri.clone() },
            FavouriteEvent::Removed(_) => State::default(),
        }
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
        Command::Add { account_id: AccountId(2), status: status(), uri: None }
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
