//! The one place that makes ids: numbers ordered by time, and command ids.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use uuid::Uuid;

/// Bits below the milliseconds.
const SEQUENCE_BITS: u32 = 16;
const SEQUENCE_MASK: i64 = (1 << SEQUENCE_BITS) - 1;
/// Namespace of the ids of events of a command.
const EVENT_NAMESPACE: Uuid = Uuid::from_u128(0x6f1c_31a5_2f7b_4f0e_9a70_5d1e_83c4_b2d7);

/// Makes ids. The sequence begins anywhere, so that two processes rarely meet; where they do, the stream's name decides.
#[derive(Debug)]
pub struct Ids {
    sequence: AtomicI64,
}

impl Default for Ids {
    fn default() -> Self {
        Self { sequence: AtomicI64::new(i64::from(rand::random::<u16>())) }
    }
}

impl Ids {
    /// A number that sorts by `at`: milliseconds since 1970 << 16 | sequence.
    #[must_use]
    pub fn next(&self, at: Timestamp) -> i64 {
        let sequence = self.sequence.fetch_add(1, Ordering::Relaxed) & SEQUENCE_MASK;
        (at.as_millisecond() << SEQUENCE_BITS) | sequence
    }
}

impl Ids {
    /// A number that sorts by `at` to the second, for things that were made elsewhere: many carry whole seconds only, so
    /// their numbers are spread over the second.
    #[must_use]
    pub fn scattered(&self, at: Timestamp) -> i64 {
        let spread = if at.subsec_nanosecond() == 0 { i64::from(rand::random::<u16>() % 1_000) } else { 0 };
        let now = at.as_millisecond().saturating_add(spread);
        (now << SEQUENCE_BITS) | i64::from(rand::random::<u16>())
    }
}

/// The smallest id that a thing made at `at` can have.
#[must_use]
pub fn first_id_at(at: Timestamp) -> i64 {
    at.as_millisecond() << SEQUENCE_BITS
}

/// A new command id.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "command ids are minted here and nowhere else")]
pub fn command_id() -> Uuid {
    Uuid::now_v7()
}

/// The command id of a request that its caller can repeat: the same for the same key of the same account.
#[must_use]
pub fn command_id_of(parts: &[&str]) -> Uuid {
    Uuid::new_v5(&EVENT_NAMESPACE, parts.join("\0").as_bytes())
}

/// The id of the `index`th event of a command, or of its `index`th part.
#[must_use]
pub fn derived(command: Uuid, index: usize) -> Uuid {
    Uuid::new_v5(&command, &index.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_differ() {
        let ids = Ids::default();
        let at = Timestamp::from_millisecond(1_700_000_000_000).expect("in range");
        let later = Timestamp::from_millisecond(1_700_000_000_001).expect("in range");
        let (a, b, c) = (ids.next(at), ids.next(at), ids.next(later));
        assert_ne!(a, b);
        assert!(c > a && c > b && a >= first_id_at(at));
    }

    #[test]
    fn the_same_request_is_the_same_command() {
        assert_eq!(command_id_of(&["1", "key"]), command_id_of(&["1", "key"]));
        assert_ne!(command_id_of(&["1", "key"]), command_id_of(&["1k", "ey"]));
        assert_ne!(derived(command_id_of(&["1"]), 0), derived(command_id_of(&["1"]), 1));
    }
}
