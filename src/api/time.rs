//! Times on the wire: ISO 8601 with exactly three fraction digits and `Z` (client trap 37), and plain dates.
//!
//! Knows formats only; what a time means is the caller's business.

use jiff::Timestamp;
use serde::{Serialize, Serializer};

/// A time as every JSON answer writes it: `2026-01-01T00:00:00.000Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Iso(pub Timestamp);

impl From<Timestamp> for Iso {
    fn from(time: Timestamp) -> Self {
        Self(time)
    }
}

impl std::fmt::Display for Iso {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&iso8601(self.0))
    }
}

impl Serialize for Iso {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// `2026-01-01T00:00:00.000Z`; finer parts of a second are cut off, not rounded.
#[must_use]
pub fn iso8601(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// The UTC date, `2026-01-01`, as `last_status_at` is written.
#[must_use]
pub fn date(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d").to_string()
}

/// Midnight UTC of the same day, as an account's `created_at` is shown (client trap 19).
#[must_use]
pub fn midnight(time: Timestamp) -> Timestamp {
    let into_the_day = time.as_second().rem_euclid(24 * 60 * 60);
    let second = time.as_second() - into_the_day;
    Timestamp::from_second(second).unwrap_or(Timestamp::MIN)
}

/// For `#[serde(serialize_with = "iso")]` on a [`Timestamp`].
///
/// # Errors
/// Only those of the serializer.
pub fn iso<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    Iso(*time).serialize(serializer)
}

/// For `#[serde(serialize_with = "iso_or_null")]` on an `Option<Timestamp>`.
///
/// # Errors
/// Only those of the serializer.
pub fn iso_or_null<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(Iso).serialize(serializer)
}

/// The time cut to whole milliseconds, the precision of the log.
#[must_use]
pub fn to_millisecond(time: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(time.as_nanosecond().div_euclid(1_000_000) as i64).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn always_three_digits_and_z() {
        let cases = [
            ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000Z"),
            ("2026-01-01T01:02:03.4+01:00", "2026-01-01T00:02:03.400Z"),
            ("2026-12-31T23:59:59.999999999Z", "2026-12-31T23:59:59.999Z"),
            ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.500Z"),
        ];
        for (from, to) in cases {
            assert_eq!(iso8601(from.parse().unwrap()), to);
        }
    }

    #[test]
    fn midnight_is_of_the_same_day() {
        let time: Timestamp = "2026-03-04T05:06:07.008Z".parse().unwrap();
        assert_eq!(iso8601(midnight(time)), "2026-03-04T00:00:00.000Z");
        assert_eq!(date(time), "2026-03-04");
        assert_eq!(iso8601(midnight("1960-03-04T05:06:07Z".parse().unwrap())), "1960-03-04T00:00:00.000Z");
    }

    #[test]
    fn cuts_to_the_millisecond() {
        let time: Timestamp = "2026-03-04T05:06:07.008999Z".parse().unwrap();
        assert_eq!(to_millisecond(time).as_nanosecond() % 1_000_000, 0);
        assert_eq!(to_millisecond(time).as_millisecond(), time.as_millisecond());
    }
}
