//! The same status is not shown again by another reblog soon after.
//!
//! An entry is a repeat when one of the few entries just below it shows the same status. A status is older than its
//! reblogs, so only reblogs are ever repeats.

use std::collections::HashMap;

use chronodon_domain::limits::HOME_REBLOG_WINDOW_STATUSES as WINDOW;

/// An entry of a timeline, by the status that it shows.
pub trait Shown {
    /// The id of the status that is shown: for a reblog the reblogged one.
    fn shown(&self) -> i64;
}

/// How many entries of a list, newest first, can be judged: all when nothing lies below it, else those with a whole
/// window below them.
#[must_use]
pub fn evaluated(entries: usize, complete: bool) -> usize {
    if complete { entries } else { entries.saturating_sub(WINDOW) }
}

/// The entries of a list, newest first, that are no repeats. Judge by [`evaluated`] which of them are certain.
pub fn once<T: Shown>(entries: &[T]) -> Vec<&T> {
    let mut below: HashMap<i64, usize> = HashMap::with_capacity(entries.len());
    let mut kept = Vec::with_capacity(entries.len());
    for (index, entry) in entries.iter().enumerate().rev() {
        let repeats = below.insert(entry.shown(), index).is_some_and(|older| older - index <= WINDOW);
        if !repeats {
            kept.push(entry);
        }
    }
    kept.reverse();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Shown for i64 {
        fn shown(&self) -> i64 {
            *self
        }
    }

    #[test]
    fn what_was_just_shown_is_not_shown_again() {
        assert_eq!(once(&[1_i64, 2, 1, 3, 1]), [&2, &3, &1]);
        assert_eq!(once(&[5_i64, 4, 3]), [&5, &4, &3]);
    }

    #[test]
    fn what_lies_far_below_may_be_shown_again() {
        let between = i64::try_from(WINDOW).unwrap_or_default();
        let near: Vec<i64> = std::iter::once(0).chain(1..between).chain([0]).collect();
        assert_eq!(once(&near).first(), Some(&&1));
        let far: Vec<i64> = std::iter::once(0).chain(1..=between).chain([0]).collect();
        assert_eq!(once(&far).first(), Some(&&0));
    }

    #[test]
    fn a_list_that_goes_on_can_be_judged_down_to_a_window_from_its_end() {
        assert_eq!(evaluated(100, true), 100);
        assert_eq!(evaluated(100, false), 100 - WINDOW);
        assert_eq!(evaluated(3, false), 0);
    }
}
