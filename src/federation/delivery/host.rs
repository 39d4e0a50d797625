//! The lane of one host: what waits for it in this process, how much of it may be under way, and the breaker.
//!
//! A host that has not taken anything yet gets little at a time, one that fails gets one, and one that goes on failing
//! gets nothing for a while, then one to see. So those that are dead or slow take no turns from the others.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use chronodon_activitypub::signature::Scheme;

/// Deliveries to one host at a time.
const AT_ONCE_MAX: usize = 8;
/// The same, before it has taken any.
const AT_ONCE_AT_FIRST: usize = 2;
/// Failures in a row after which the host is left alone.
const FAILURES_MAX: u32 = 10;
/// For how long.
pub(super) const OPEN: Duration = Duration::from_secs(60);
/// Between two words about a host that does well.
const SAID_AGAIN: Duration = Duration::from_secs(10 * 60);
/// Between two words about one that does not.
const COMPLAINED_AGAIN: Duration = Duration::from_secs(60);

/// What a try says about the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Health {
    /// It took something.
    Good,
    /// It is there, and did not take it.
    Alive,
    /// It is not there, or cannot.
    Bad,
    /// It wants to be left alone for so long.
    Busy(Duration),
    /// Nothing was asked of it.
    Unknown,
}

/// The lane of one host.
#[derive(Debug)]
pub(super) struct Lane<T> {
    waiting: VecDeque<T>,
    under_way: usize,
    failures: u32,
    proven: bool,
    open_until: Option<Instant>,
    /// How requests are signed, where that is known.
    pub(super) scheme: Option<Scheme>,
    said_at: Option<Instant>,
    complained_at: Option<Instant>,
}

impl<T> Lane<T> {
    pub(super) fn new(scheme: Option<Scheme>) -> Self {
        Self {
            waiting: VecDeque::new(),
            under_way: 0,
            failures: 0,
            proven: false,
            open_until: None,
            scheme,
            said_at: None,
            complained_at: None,
        }
    }

    pub(super) fn push(&mut self, item: T) {
        self.waiting.push_back(item);
    }

    /// The next to begin, if one may. `spare`: there are turns also for hosts that have not taken anything yet.
    pub(super) fn begin(&mut self, now: Instant, spare: bool) -> Option<T> {
        let may = self.is_proven() || spare;
        if self.is_open(now) || !may || self.under_way >= self.at_once_max() {
            return None;
        }
        let item = self.waiting.pop_front()?;
        self.under_way += 1;
        Some(item)
    }

    /// One has ended. Returns what is given back when the host is left alone from now on.
    pub(super) fn ended(&mut self, health: Health, now: Instant) -> Vec<T> {
        self.under_way = self.under_way.saturating_sub(1);
        match health {
            Health::Unknown => return Vec::new(),
            Health::Good | Health::Alive => {
                (self.failures, self.proven, self.open_until) = (0, true, None);
                return Vec::new();
            }
            Health::Bad => {
                self.failures = self.failures.saturating_add(1);
                if self.failures < FAILURES_MAX {
                    return Vec::new();
                }
                self.open_until = Some(now + OPEN);
            }
            Health::Busy(time) => self.open_until = Some(now + time),
        }
        self.waiting.drain(..).collect()
    }

    /// Nothing is begun for now.
    pub(super) fn is_open(&self, now: Instant) -> bool {
        self.open_until.is_some_and(|until| until > now)
    }

    /// There is no need to claim more.
    pub(super) fn is_full(&self, now: Instant, waiting_max: usize) -> bool {
        let all_it_needs = if !self.is_proven() { AT_ONCE_AT_FIRST } else { waiting_max };
        self.is_open(now) || self.waiting.len() >= all_it_needs
    }

    /// It has taken something, and does not fail.
    pub(super) fn is_proven(&self) -> bool {
        self.proven && self.failures == 0
    }

    /// Something waits in it.
    pub(super) fn waits(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Whether it can be forgotten.
    pub(super) fn is_idle(&self, now: Instant) -> bool {
        self.waiting.is_empty() && self.under_way == 0 && !self.is_open(now)
    }

    /// Whether it is to be written down that the host does well; true when it was not for a while, or `news` is.
    pub(super) fn says(&mut self, news: bool, now: Instant) -> bool {
        let due = news || self.said_at.is_none_or(|at| now.duration_since(at) >= SAID_AGAIN);
        if due {
            (self.said_at, self.complained_at) = (Some(now), None);
        }
        due
    }

    /// Whether it is to be written down that it does not.
    pub(super) fn complains(&mut self, now: Instant) -> bool {
        let due = self.complained_at.is_none_or(|at| now.duration_since(at) >= COMPLAINED_AGAIN);
        if due {
            (self.complained_at, self.said_at) = (Some(now), None);
        }
        due
    }

    fn at_once_max(&self) -> usize {
        match (self.failures, self.proven) {
            (0, true) => AT_ONCE_MAX,
            (0, false) => AT_ONCE_AT_FIRST,
            _ => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane(waiting: u32) -> Lane<u32> {
        let mut lane = Lane::new(None);
        (0..waiting).for_each(|item| lane.push(item));
        lane
    }

    #[test]
    fn a_host_gets_more_once_it_has_taken_something() {
        let (mut lane, now) = (lane(20), Instant::now());
        assert_eq!((lane.begin(now, true), lane.begin(now, true), lane.begin(now, true)), (Some(0), Some(1), None));
        assert!(lane.ended(Health::Good, now).is_empty());
        let more = std::iter::from_fn(|| lane.begin(now, false)).count();
        assert_eq!(more, AT_ONCE_MAX - 1);
        assert!(lane.is_full(now, 4) && !lane.is_full(now, 40));
    }

    #[test]
    fn a_host_that_fails_is_left_alone_and_then_tried_with_one() {
        let (mut lane, mut now) = (lane(20), Instant::now());
        assert_eq!(lane.begin(now, false), None, "nobody knows it yet, and the turns for such are taken");
        for _ in 1..FAILURES_MAX {
            assert!(lane.begin(now, true).is_some());
            assert!(lane.ended(Health::Bad, now).is_empty());
        }
        assert!(lane.begin(now, true).is_some() && lane.begin(now, true).is_none());
        assert_eq!(lane.ended(Health::Bad, now).len(), 10, "the rest is given back");
        lane.push(1);
        lane.push(2);
        assert!(lane.is_open(now) && lane.begin(now, true).is_none() && !lane.is_idle(now));
        now += OPEN;
        assert!(lane.begin(now, true).is_some() && lane.begin(now, true).is_none());
        lane.ended(Health::Good, now);
        assert!(lane.begin(now, false).is_some());
    }

    #[test]
    fn who_asks_to_be_left_alone_is() {
        let (mut lane, now) = (lane(3), Instant::now());
        lane.begin(now, true);
        assert_eq!(lane.ended(Health::Busy(Duration::from_secs(5)), now), [1, 2]);
        assert!(lane.is_open(now) && !lane.is_open(now + Duration::from_secs(5)));
    }

    #[test]
    fn a_word_about_a_host_is_not_said_all_the_time() {
        let (mut lane, now) = (lane(0), Instant::now());
        assert!(lane.says(false, now) && !lane.says(false, now) && lane.says(true, now));
        assert!(lane.complains(now) && !lane.complains(now));
        assert!(lane.says(false, now), "after a complaint it is news");
    }
}
