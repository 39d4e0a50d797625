//! A poll: votes, one stream per account and status, and its end, in the stream of the status that asks it.

use chronodon_events::poll::{PollClosed, PollEvent, PollTallied, PollVoted};
use chronodon_events::remote::{RemoteStatus, Tally};
use chronodon_events::status::StatusEvent;
use chronodon_events::values::{self, StatusRef};
use chronodon_events::{AccountId, Event, StatusId};
use jiff::Timestamp;

use crate::{Decider, Refusal};

/// The question, as a voter finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// When it was asked: with the status, or by the edit that last changed it.
    pub asked_at: Timestamp,
    /// How many answers there are.
    pub options: usize,
    /// More than one choice allowed.
    pub multiple: bool,
    /// Nobody votes any longer.
    pub expired: bool,
}

/// Vote. The caller has checked that `account_id` may see the status.
#[derive(Clone, Debug)]
pub struct Cast {
    /// Who.
    pub account_id: AccountId,
    /// The status that asks.
    pub status: StatusRef,
    /// What it asks.
    pub question: Question,
    /// Indices of options, in any order.
    pub choices: Vec<i64>,
    /// The account lives elsewhere: each of its choices comes by itself, and may come again.
    pub one_by_one: bool,
}

/// What an account has voted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Voted {
    /// The question, by the time it was asked.
    pub asked_at: Option<Timestamp>,
    /// All that it has chosen.
    pub choices: Vec<u16>,
}

/// Decides about one account's vote in one poll.
#[derive(Debug)]
pub struct Vote;

impl Decider for Vote {
    type Command = Cast;
    type Event = PollEvent;
    type State = Voted;

    fn decide(voted: &Voted, cast: &Cast) -> Result<Vec<PollEvent>, Refusal> {
        let Cast { account_id, status, question, choices, one_by_one } = cast;
        let has_voted = voted.asked_at == Some(question.asked_at);
        if *one_by_one && has_voted && choices.iter().all(|choice| voted.has(*choice)) {
            return Ok(Vec::new());
        }
        if question.expired {
            return Err(refused("The poll has already ended"));
        }
        if *account_id == status.account_id {
            return Err(refused("You cannot vote in your own polls"));
        }
        if has_voted && !(*one_by_one && question.multiple) {
            return Err(refused("You have already voted on this poll"));
        }
        let mut choices = chosen(question, choices)?;
        choices.retain(|choice| !has_voted || !voted.choices.contains(choice));
        let (account_id, asked_at) = (*account_id, question.asked_at);
        Ok(vec![PollEvent::Voted(PollVoted { account_id, status: status.clone(), asked_at, choices })])
    }

    fn evolve(voted: Voted, event: &PollEvent) -> Voted {
        let PollEvent::Voted(vote) = event else { return voted };
        let before = if voted.asked_at == Some(vote.asked_at) { voted.choices } else { Vec::new() };
        Voted { asked_at: Some(vote.asked_at), choices: [before, vote.choices.clone()].concat() }
    }
}

impl Voted {
    fn has(&self, choice: i64) -> bool {
        self.choices.iter().any(|known| i64::from(*known) == choice)
    }
}

/// The choices in order, each once.
fn chosen(question: &Question, choices: &[i64]) -> Result<Vec<u16>, Refusal> {
    let mut chosen = Vec::new();
    for choice in choices {
        let index = u16::try_from(*choice).ok().filter(|index| usize::from(*index) < question.options);
        chosen.push(index.ok_or_else(|| refused("The chosen vote option does not exist"))?);
    }
    chosen.sort_unstable();
    chosen.dedup();
    match chosen.len() {
        0 => Err(Refusal::invalid("choices", "ERR_BLANK", "can't be blank")),
        1 => Ok(chosen),
        _ if question.multiple => Ok(chosen),
        _ => Err(refused("Only one option can be chosen in this poll")),
    }
}

fn refused(message: &str) -> Refusal {
    Refusal::invalid("choices", "ERR_INVALID", message)
}

/// What becomes of a poll besides votes.
#[derive(Clone, Debug)]
pub enum Command {
    /// End it, if its time is over.
    Close {
        /// The status that asks.
        status_id: StatusId,
        /// The time it is.
        now: Timestamp,
    },
    /// The server that asks has counted its votes.
    Count {
        /// The status that asks.
        status_id: StatusId,
        /// The votes.
        tally: Tally,
        /// The edit of the status that they were told with; the time, if they were not told with one.
        as_of: Timestamp,
    },
}

/// What the stream of a status tells of its poll.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a few at a time, and never kept")]
pub enum Told {
    /// About the status.
    Status(StatusEvent),
    /// About the poll.
    Poll(PollEvent),
}

impl From<Told> for Event {
    fn from(told: Told) -> Self {
        match told {
            Told::Status(event) => event.into(),
            Told::Poll(event) => event.into(),
        }
    }
}

impl TryFrom<Event> for Told {
    type Error = Event;

    fn try_from(event: Event) -> Result<Self, Event> {
        match event {
            Event::Status(event) => Ok(Self::Status(event)),
            Event::Poll(event) => Ok(Self::Poll(event)),
            other => Err(other),
        }
    }
}

/// A poll as the stream of its status tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// It can be voted in: whose it is, and until when.
    pub open: Option<(AccountId, Timestamp)>,
    /// Whose it is, when it was asked elsewhere, and how many options it has.
    elsewhere: Option<(AccountId, usize)>,
    tally: Option<Tally>,
    /// When its status was posted or last edited.
    asked_at: Timestamp,
}

/// Decides when a poll ends, and how the votes stand in one that was asked elsewhere.
#[derive(Debug)]
pub struct Poll;

impl Decider for Poll {
    type Command = Command;
    type Event = Told;
    type State = State;

    fn decide(state: &State, command: &Command) -> Result<Vec<Told>, Refusal> {
        let told = match command {
            Command::Close { status_id, now } => {
                let over = state.open.filter(|(_, expires_at)| expires_at <= now);
                over.map(|(account_id, _)| PollEvent::Closed(PollClosed { account_id, status_id: *status_id }))
            }
            Command::Count { status_id, tally, as_of } => {
                let (account_id, options) = state.elsewhere.ok_or(Refusal::NotFound)?;
                let counted = PollTallied { account_id, status_id: *status_id, tally: tally.clone() };
                let fits = tally.votes.len() == options && *as_of >= state.asked_at;
                let news = fits && state.tally.as_ref() != Some(tally);
                news.then_some(PollEvent::Tallied(counted))
            }
        };
        Ok(told.map(Told::Poll).into_iter().collect())
    }

    fn evolve(mut state: State, told: &Told) -> State {
        match told {
            Told::Status(StatusEvent::Posted(e)) => {
                state.asked_at = e.created_at;
                state.open = e.poll.as_ref().map(|poll| (e.account_id, poll.expires_at));
                state.count(e.account_id, e.poll.as_ref(), e.remote.as_ref());
            }
            // A closed poll stays closed, unless the edit asks anew or gives it more time.
            Told::Status(StatusEvent::Edited(e)) => {
                state.asked_at = e.edited_at;
                let again =
                    |poll: &&values::Poll| state.open.is_some() || e.poll_reset || poll.expires_at > e.edited_at;
                state.open = e.poll.as_ref().filter(again).map(|poll| (e.account_id, poll.expires_at));
                state.count(e.account_id, e.poll.as_ref(), e.remote.as_ref());
            }
            Told::Status(StatusEvent::Deleted(_)) => state = State::default(),
            Told::Poll(PollEvent::Closed(_)) => state.open = None,
            Told::Poll(PollEvent::Tallied(e)) => state.tally = Some(e.tally.clone()),
            Told::Status(_) | Told::Poll(PollEvent::Voted(_)) => {}
        }
        state
    }
}

impl State {
    fn count(&mut self, account: AccountId, poll: Option<&values::Poll>, remote: Option<&RemoteStatus>) {
        self.elsewhere = poll.filter(|_| remote.is_some()).map(|poll| (account, poll.options.len()));
        self.tally = remote.and_then(|remote| remote.tally.clone());
    }
}

#[cfg(test)]
mod tests {
    use chronodon_events::status::{StatusDeleted, StatusEdited};
    use chronodon_events::values::Visibility;

    use super::*;
    use crate::given;

    const AUTHOR: AccountId = AccountId(2);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    fn cast(choices: &[i64]) -> Cast {
        let status = StatusRef {
            status_id: StatusId(7),
            account_id: AUTHOR,
            account_local: true,
            conversation_id: StatusId(7),
            visibility: Visibility::Public,
        };
        let question = Question { asked_at: at(0), options: 3, multiple: false, expired: false };
        Cast { account_id: AccountId(1), status, question, choices: choices.to_vec(), one_by_one: false }
    }

    fn vote(events: &[PollEvent], cast: &Cast) -> Result<Vec<u16>, String> {
        let events =
            Vote::decide(&given::<Vote>(events.iter().cloned()), cast).map_err(|refusal| refusal.to_string())?;
        match &events[..] {
            [PollEvent::Voted(vote)] => Ok(vote.choices.clone()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn one_choice_of_those_there_are() {
        assert_eq!(vote(&[], &cast(&[2])), Ok(vec![2]));
        assert_eq!(vote(&[], &cast(&[2, 2])), Ok(vec![2]));
        for choices in [&[][..], &[3], &[-1], &[0, 1], &[i64::MAX]] {
            assert!(vote(&[], &cast(choices)).is_err(), "{choices:?}");
        }
    }

    #[test]
    fn several_where_several_are_asked_for() {
        let mut several = cast(&[2, 0, 2]);
        several.question.multiple = true;
        assert_eq!(vote(&[], &several), Ok(vec![0, 2]));
    }

    #[test]
    fn not_twice_not_late_and_not_in_one_s_own() {
        let first = Vote::decide(&Voted::default(), &cast(&[1])).expect("open");
        assert!(vote(&first, &cast(&[1])).expect_err("voted").contains("already voted"));
        let mut late = cast(&[1]);
        late.question.expired = true;
        assert!(vote(&[], &late).expect_err("late").contains("ended"));
        assert!(vote(&[], &Cast { account_id: AUTHOR, ..cast(&[1]) }).expect_err("own").contains("own polls"));
    }

    #[test]
    fn from_elsewhere_choices_come_one_by_one_and_again() {
        let of = |choice: i64, multiple| {
            let mut cast = Cast { one_by_one: true, ..cast(&[choice]) };
            cast.question.multiple = multiple;
            cast
        };
        let mut events = Vote::decide(&Voted::default(), &of(1, true)).expect("open");
        events.extend(Vote::decide(&given::<Vote>(events.clone()), &of(0, true)).expect("several"));
        assert_eq!(Vote::decide(&given::<Vote>(events.clone()), &of(1, true)), Ok(Vec::new()));
        assert_eq!(vote(&events, &of(2, true)), Ok(vec![2]));
        let first = Vote::decide(&Voted::default(), &of(1, false)).expect("open");
        assert_eq!(Vote::decide(&given::<Vote>(first.clone()), &of(1, false)), Ok(Vec::new()));
        assert!(vote(&first, &of(0, false)).expect_err("one").contains("already voted"));
    }

    #[test]
    fn another_question_is_another_vote() {
        let first = Vote::decide(&Voted::default(), &cast(&[1])).expect("open");
        let mut again = cast(&[0]);
        again.question.asked_at = at(60);
        assert_eq!(vote(&first, &again), Ok(vec![0]));
    }

    fn edited(expires_at: i64, edited_at: i64, poll_reset: bool) -> Told {
        let options = vec!["Yes".to_owned(), "No".to_owned()];
        let poll = values::Poll { options, multiple: false, hide_totals: false, expires_at: at(expires_at) };
        Told::Status(StatusEvent::Edited(StatusEdited {
            account_id: AUTHOR,
            status_id: StatusId(7),
            text: String::new(),
            spoiler_text: String::new(),
            sensitive: false,
            language: None,
            mentions: Vec::new(),
            hashtags: Vec::new(),
            media_ids: Vec::new(),
            poll: Some(poll),
            poll_reset,
            edited_at: at(edited_at),
            remote: None,
        }))
    }

    fn close(events: &[Told], now: i64) -> Vec<Told> {
        let close = Command::Close { status_id: StatusId(7), now: at(now) };
        Poll::decide(&given::<Poll>(events.iter().cloned()), &close).expect("never refused")
    }

    #[test]
    fn a_poll_closes_once_and_when_its_time_is_over() {
        let mut events = vec![edited(300, 0, true)];
        assert!(close(&events, 299).is_empty());
        let closed = close(&events, 300);
        assert_eq!(closed.len(), 1);
        events.extend(closed);
        assert!(close(&events, 301).is_empty());
    }

    #[test]
    fn more_time_opens_it_again() {
        let mut events = vec![edited(300, 0, true)];
        events.extend(close(&events, 300));
        events.push(edited(300, 400, false));
        assert!(close(&events, 900).is_empty(), "only the text was edited");
        events.push(edited(800, 500, false));
        assert_eq!(close(&events, 900).len(), 1);
    }

    #[test]
    fn a_poll_of_nothing_does_not_close() {
        assert!(close(&[], 300).is_empty());
        let gone = StatusDeleted { account_id: AUTHOR, status_id: StatusId(7), media_ids: Vec::new(), expired: false };
        assert!(close(&[edited(300, 0, true), Told::Status(StatusEvent::Deleted(gone))], 300).is_empty());
    }
}
