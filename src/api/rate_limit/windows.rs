//! Counters in fixed windows that begin at whole multiples of their length, as Mastodon's do.
//!
//! Bounded: beyond its capacity the cache forgets the counters asked for least. Must not know requests.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use chronodon_events::AccountId;
use jiff::Timestamp;

use super::TokenHash;
use super::rules::Class;

/// Whose requests are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Subject {
    Address(IpAddr),
    Token(TokenHash),
    User(AccountId),
}

impl Subject {
    /// An address; of IPv6 the network of 64 bits, which one customer has to itself.
    pub(super) fn address(address: IpAddr) -> Self {
        Self::Address(match address.to_canonical() {
            IpAddr::V6(full) => Ipv6Addr::from_bits(full.to_bits() >> 64 << 64).into(),
            v4 => v4,
        })
    }
}

/// Where a subject stands with a limit after its request was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) limit: u32,
    pub(super) remaining: u32,
    /// When the window ends.
    pub(super) reset: Timestamp,
    /// Whether this request was one too many.
    pub(super) exceeded: bool,
}

#[derive(PartialEq, Eq, Hash)]
struct Key {
    class: Class,
    subject: Subject,
    window: i64,
}

/// Longest period of any class: counters are of no use after it.
const PERIOD_MAX: Duration = Duration::from_secs(60 * 60);

pub(super) struct Windows {
    counters: moka::sync::Cache<Key, Arc<AtomicU32>>,
}

impl Windows {
    pub(super) fn new(counters_max: u64) -> Self {
        let counters = moka::sync::Cache::builder().max_capacity(counters_max).time_to_live(PERIOD_MAX).build();
        Self { counters }
    }

    /// Counts one request.
    pub(super) fn charge(&self, class: Class, subject: Subject, limit: u32, now: Timestamp) -> Standing {
        let window = window(class, now);
        let counter = self.counters.get_with(Key { class, subject, window }, Arc::default);
        let before = counter.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| count.checked_add(1));
        let count = before.map_or(u32::MAX, |before| before + 1);
        let reset = Timestamp::from_second((window + 1) * class.period_seconds()).unwrap_or(Timestamp::MAX);
        Standing { limit, remaining: limit.saturating_sub(count), reset, exceeded: count > limit }
    }

    /// Takes one request back.
    pub(super) fn refund(&self, class: Class, subject: Subject, now: Timestamp) {
        if let Some(counter) = self.counters.get(&Key { class, subject, window: window(class, now) }) {
            let _ = counter.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| count.checked_sub(1));
        }
    }
}

fn window(class: Class, now: Timestamp) -> i64 {
    now.as_second().div_euclid(class.period_seconds())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: &str) -> Timestamp {
        time.parse().unwrap()
    }

    #[test]
    fn a_window_fills_and_starts_anew() {
        let (windows, subject) = (Windows::new(100), Subject::User(AccountId(1)));
        let charge = |time| windows.charge(Class::User, subject, 2, at(time));
        let first = charge("2026-01-01T00:01:00Z");
        assert_eq!((first.remaining, first.exceeded, first.reset), (1, false, at("2026-01-01T00:05:00Z")));
        assert_eq!(charge("2026-01-01T00:02:00Z").remaining, 0);
        assert!(charge("2026-01-01T00:04:59Z").exceeded);
        assert!(!charge("2026-01-01T00:05:00Z").exceeded, "the next window");
    }

    #[test]
    fn subjects_and_classes_count_apart() {
        let (windows, now) = (Windows::new(100), at("2026-01-01T00:00:00Z"));
        let (alice, bob) = (Subject::User(AccountId(1)), Subject::User(AccountId(2)));
        assert_eq!(windows.charge(Class::User, alice, 9, now).remaining, 8);
        assert_eq!(windows.charge(Class::User, bob, 9, now).remaining, 8);
        assert_eq!(windows.charge(Class::Media, alice, 9, now).remaining, 8);
        windows.refund(Class::User, alice, now);
        assert_eq!(windows.charge(Class::User, alice, 9, now).remaining, 8);
    }

    #[test]
    fn an_ipv6_customer_is_one_subject() {
        let of = |text: &str| Subject::address(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:1.2.3.4"), of("1.2.3.4"));
    }

    #[test]
    fn memory_is_bounded() {
        let windows = Windows::new(100);
        for number in 0..10_000 {
            windows.charge(Class::User, Subject::User(AccountId(number)), 5, at("2026-01-01T00:00:00Z"));
        }
        windows.counters.run_pending_tasks();
        assert!(windows.counters.entry_count() <= 100, "{}", windows.counters.entry_count());
    }
}
