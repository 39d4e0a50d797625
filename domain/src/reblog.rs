//! A status that an account shows to its followers. One stream per account and status.

use chronodon_events::reblog::{ReblogCreated, ReblogEvent, ReblogRemoved};
use chronodon_events::values::{StatusRef, Visibility};
use chronodon_events::{AccountId, StatusId};
use jiff::Timestamp;

use crate::visibility::may_reblog;
use crate::{Decider, Refusal};

/// Reblog it, or no longer. The caller has checked that `account_id` may see the status.
#[derive(Clone, Debug)]
pub enum Command {
    /// Show the status to one's followers.
    Create {
        /// Who.
        account_id: AccountId,
        /// The id that the reblog gets.
        reblog_id: StatusId,
        /// Which status.
        status: StatusRef,
        /// Who may see the reblog; of one's own private status only followers may.
        visibility: Visibility,
        /// The reblog's `created_at`.
        now: Timestamp,
        /// The account lives on this server.
        account_local: bool,
        /// The activity that says so, when one of the two lives elsewhere.
        uri: Option<String>,
    },
    /// Show it no more.
    Remove {
        /// Who.
        account_id: AccountId,
        /// Which status.
        status_id: StatusId,
    },
}

/// Decides about one reblog.
#[derive(Debug)]
pub struct Reblog;

impl Decider for Reblog {
    type Command = Command;
    type Event = ReblogEvent;
    /// The reblog that is there, and the activity that said so.
    type State = Option<(StatusId, Option<String>)>;

    fn decide(present: &Self::State, command: &Command) -> Result<Vec<ReblogEvent>, Refusal> {
        match (command, present) {
            (Command::Create { account_id, reblog_id, status, visibility, now, account_local, uri }, None) => {
                if !may_reblog(status.visibility, status.account_id, *account_id) {
                    return Err(Refusal::Forbidden(""));
                }
                Ok(vec![ReblogEvent::Created(ReblogCreated {
                    account_id: *account_id,
                    reblog_id: *reblog_id,
                    status: status.clone(),
                    visibility: shown_to(status.visibility, *visibility)?,
                    created_at: *now,
                    account_local: *account_local,
                    uri: uri.clone(),
                })])
            }
            (Command::Remove { account_id, status_id }, Some((reblog_id, uri))) => {
                Ok(vec![ReblogEvent::Removed(ReblogRemoved {
                    account_id: *account_id,
                    reblog_id: *reblog_id,
                    status_id: *status_id,
                    uri: uri.clone(),
                })])
            }
            _ => Ok(Vec::new()),
        }
    }

    fn evolve(_: Self::State, event: &ReblogEvent) -> Self::State {
        match event {
            ReblogEvent::Created(created) => Some((created.reblog_id, created.uri.clone())),
            ReblogEvent::Removed(_) => None,
        }
    }
}

/// A private status stays so; a reblog for the mentioned alone would be for nobody.
fn shown_to(status: Visibility, asked: Visibility) -> Result<Visibility, Refusal> {
    match (status, asked) {
        (Visibility::Private, _) => Ok(Visibility::Private),
        (_, Visibility::Direct) => Err(Refusal::invalid("visibility", "ERR_INCLUSION", "is not included in the list")),
        (_, asked) => Ok(asked),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given;

    const AUTHOR: AccountId = AccountId(2);

    fn create(by: i64, of: Visibility, visibility: Visibility) -> Command {
        let status = StatusRef {
            status_id: StatusId(7),
            account_id: AUTHOR,
            account_local: true,
            conversation_id: StatusId(7),
            visibility: of,
        };
        let now = Timestamp::UNIX_EPOCH;
        let (account_id, reblog_id) = (AccountId(by), StatusId(9));
        Command::Create { account_id, reblog_id, status, visibility, now, account_local: true, uri: None }
    }

    fn decide(events: Vec<ReblogEvent>, command: &Command) -> Result<Vec<ReblogEvent>, Refusal> {
        Reblog::decide(&given::<Reblog>(events), command)
    }

    fn visibility_of(events: &[ReblogEvent]) -> Option<Visibility> {
        match events {
            [ReblogEvent::Created(created)] => Some(created.visibility),
            _ => None,
        }
    }

    #[test]
    fn reblogging_twice_is_reblogging_once() {
        let create = create(1, Visibility::Public, Visibility::Public);
        let once = decide(Vec::new(), &create).expect("public");
        assert_eq!(decide(once, &create), Ok(Vec::new()));
    }

    #[test]
    fn what_is_taken_back_can_be_done_again() {
        let create = create(1, Visibility::Public, Visibility::Unlisted);
        let remove = Command::Remove { account_id: AccountId(1), status_id: StatusId(7) };
        let mut events = decide(Vec::new(), &create).expect("public");
        assert_eq!(visibility_of(&events), Some(Visibility::Unlisted));
        events.extend(decide(events.clone(), &remove).expect("there"));
        assert_eq!(decide(events.clone(), &remove), Ok(Vec::new()));
        assert_eq!(decide(events, &create).map(|events| events.len()), Ok(1));
    }

    #[test]
    fn private_statuses_are_for_their_authors_to_reblog_and_stay_private() {
        let own = create(AUTHOR.get(), Visibility::Private, Visibility::Public);
        assert_eq!(visibility_of(&decide(Vec::new(), &own).expect("own")), Some(Visibility::Private));
        let other = create(1, Visibility::Private, Visibility::Private);
        assert_eq!(decide(Vec::new(), &other), Err(Refusal::Forbidden("")));
    }

    #[test]
    fn direct_is_nothing_to_reblog_and_no_way_to_reblog() {
        let direct = create(AUTHOR.get(), Visibility::Direct, Visibility::Public);
        assert_eq!(decide(Vec::new(), &direct), Err(Refusal::Forbidden("")));
        let refusal = decide(Vec::new(), &create(1, Visibility::Public, Visibility::Direct)).expect_err("no audience");
        assert!(matches!(refusal, Refusal::Invalid { field: "visibility", .. }));
    }
}
