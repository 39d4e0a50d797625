//! Follows that are ended for a local account. One stream per account and reason: it is written down once.

use chronodon_events::severance::{SeveranceEvent, SeveranceRecorded};

use crate::{Decider, Refusal};

/// Writes down what an account is about to lose.
#[derive(Clone, Debug)]
pub struct Record(pub SeveranceRecorded);

/// Decides about what one account loses for one reason.
#[derive(Debug)]
pub struct Severance;

impl Decider for Severance {
    type Command = Record;
    type Event = SeveranceEvent;
    /// Whether it is written down.
    type State = bool;

    /// The first count stands: whoever is told again has ended some of the follows already.
    fn decide(recorded: &bool, Record(severance): &Record) -> Result<Vec<SeveranceEvent>, Refusal> {
        let nothing = severance.followers_count == 0 && severance.following_count == 0;
        let is_new = !recorded && !nothing;
        Ok(is_new.then(|| SeveranceEvent::Recorded(severance.clone())).into_iter().collect())
    }

    fn evolve(_: bool, event: &SeveranceEvent) -> bool {
        match event {
            SeveranceEvent::Recorded(_) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use chronodon_events::severance::{SeveranceKind, SeveranceTarget};
    use chronodon_events::{AccountId, SeveranceId};

    use super::*;

    fn record(followers_count: u64) -> Record {
        Record(SeveranceRecorded {
            severance_id: SeveranceId(1),
            kind: SeveranceKind::DomainBlock,
            target: SeveranceTarget::Domain("bad.example".to_owned()),
            account_id: AccountId(1),
            followers_count,
            following_count: 0,
        })
    }

    #[test]
    fn the_first_count_stands_and_nothing_lost_is_nothing() {
        assert_eq!(Severance::decide(&false, &record(0)), Ok(Vec::new()));
        let events = Severance::decide(&false, &record(3)).expect("allowed");
        assert_eq!(events, [SeveranceEvent::Recorded(record(3).0)]);
        assert_eq!(Severance::decide(&crate::given::<Severance>(events), &record(1)), Ok(Vec::new()));
    }
}
