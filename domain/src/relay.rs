//! A relay, by the inbox that it takes activities at: asked, accepted or rejected, removed. One stream per inbox.

use chronodon_events::RelayId;
use chronodon_events::relay::{RelayAccepted, RelayAdded, RelayEvent, RelayRejected, RelayRemoved};

use crate::{Decider, Refusal};

/// What happens about a relay.
#[derive(Clone, Debug)]
pub enum Command {
    /// The relay has accepted this Follow.
    Accept {
        /// The id of the Follow.
        follow_uri: String,
    },
    /// Ask to be let in.
    Add(RelayAdded),
    /// The relay has rejected this Follow.
    Reject {
        /// The id of the Follow.
        follow_uri: String,
    },
    /// Have no more to do with it.
    Remove,
}

/// What the relay has said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing yet.
    Pending,
    /// The server is let in.
    Accepted,
    /// The server is not let in.
    Rejected,
}

/// A relay as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its number.
    pub relay_id: RelayId,
    /// Where it takes activities.
    pub inbox_url: String,
    /// The Follow that asks.
    pub follow_uri: String,
    /// What came of it.
    pub standing: Standing,
}

/// Decides about one relay.
#[derive(Debug)]
pub struct Relay;

impl Decider for Relay {
    type Command = Command;
    type Event = RelayEvent;
    type State = Option<Known>;

    /// An answer to another Follow than the one that stands is nothing: it is late, or forged.
    fn decide(state: &Option<Known>, command: &Command) -> Result<Vec<RelayEvent>, Refusal> {
        let Some(known) = state else {
            return match command {
                Command::Add(added) => Ok(vec![RelayEvent::Added(added.clone())]),
                Command::Accept { .. } | Command::Reject { .. } => Ok(Vec::new()),
                Command::Remove => Err(Refusal::NotFound),
            };
        };
        let Known { relay_id, inbox_url, follow_uri, standing } = known.clone();
        Ok(match command {
            // Who was rejected may ask again.
            Command::Add(added) if standing == Standing::Rejected => vec![RelayEvent::Added(added.clone())],
            Command::Accept { follow_uri: answered } if *answered == follow_uri && standing == Standing::Pending => {
                vec![RelayEvent::Accepted(RelayAccepted { relay_id, inbox_url, follow_uri })]
            }
            Command::Reject { follow_uri: answered } if *answered == follow_uri && standing != Standing::Rejected => {
                vec![RelayEvent::Rejected(RelayRejected { relay_id, inbox_url, follow_uri })]
            }
            Command::Remove => vec![RelayEvent::Removed(RelayRemoved { relay_id, inbox_url, follow_uri })],
            Command::Add(_) | Command::Accept { .. } | Command::Reject { .. } => Vec::new(),
        })
    }

    fn evolve(state: Option<Known>, event: &RelayEvent) -> Option<Known> {
        match event {
            RelayEvent::Accepted(_) => state.map(|known| Known { standing: Standing::Accepted, ..known }),
            RelayEvent::Added(e) => Some(Known {
                relay_id: e.relay_id,
                inbox_url: e.inbox_url.clone(),
                follow_uri: e.follow_uri.clone(),
                standing: Standing::Pending,
            }),
            RelayEvent::Rejected(_) => state.map(|known| Known { standing: Standing::Rejected, ..known }),
            RelayEvent::Removed(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given;

    fn add(follow: &str) -> Command {
        Command::Add(RelayAdded {
            relay_id: RelayId(1),
            inbox_url: "https://relay.example/inbox".to_owned(),
            follow_uri: follow.to_owned(),
        })
    }

    fn accept(follow: &str) -> Command {
        Command::Accept { follow_uri: follow.to_owned() }
    }

    fn reject(follow: &str) -> Command {
        Command::Reject { follow_uri: follow.to_owned() }
    }

    /// What has happened after these commands, all of which are carried out.
    fn after(commands: &[Command]) -> Vec<RelayEvent> {
        commands.iter().fold(Vec::new(), |mut events, command| {
            events.extend(Relay::decide(&given::<Relay>(events.clone()), command).expect("allowed"));
            events
        })
    }

    fn standing(commands: &[Command]) -> Option<Standing> {
        given::<Relay>(after(commands)).map(|known| known.standing)
    }

    #[test]
    fn a_relay_answers_the_follow_that_stands_and_no_other() {
        assert_eq!(standing(&[add("f1")]), Some(Standing::Pending));
        assert_eq!(standing(&[add("f1"), accept("f0")]), Some(Standing::Pending));
        assert_eq!(standing(&[add("f1"), reject("f0")]), Some(Standing::Pending));
        assert_eq!(standing(&[add("f1"), accept("f1")]), Some(Standing::Accepted));
        assert_eq!(standing(&[add("f1"), accept("f1"), reject("f1")]), Some(Standing::Rejected));
        assert_eq!(standing(&[add("f1"), reject("f1"), accept("f1")]), Some(Standing::Rejected));
        assert_eq!(standing(&[add("f1"), Command::Remove, add("f2"), accept("f1")]), Some(Standing::Pending));
        assert_eq!(standing(&[accept("f1")]), None);
    }

    #[test]
    fn adding_again_changes_nothing_unless_it_was_rejected() {
        assert_eq!(after(&[add("f1"), add("f2")]).len(), 1);
        assert_eq!(after(&[add("f1"), accept("f1"), accept("f1"), add("f2")]).len(), 2);
        assert_eq!(standing(&[add("f1"), reject("f1"), add("f2"), accept("f2")]), Some(Standing::Accepted));
    }

    #[test]
    fn only_what_is_there_is_removed() {
        assert_eq!(Relay::decide(&None, &Command::Remove), Err(Refusal::NotFound));
        assert_eq!(standing(&[add("f1"), Command::Remove]), None);
    }
}
