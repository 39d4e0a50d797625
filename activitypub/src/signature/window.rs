//! When a signature is good: the same for both schemes, and as Mastodon has it.

use jiff::Timestamp;
use jiff::fmt::rfc2822::{DateTimeParser, DateTimePrinter};

use super::SignatureError;

/// How far clocks may differ.
const SKEW_SECONDS: i64 = 60 * 60;
/// How long a signature is good that does not say.
const LIFE_SECONDS: i64 = 5 * 60;
/// How long it is good at most, whatever it says.
const LIFE_SECONDS_MAX: i64 = 12 * 60 * 60;
/// Bytes of a date.
const DATE_BYTES_MAX: usize = 64;

/// Whether a signature made and ending at these seconds is good now.
pub(super) fn check(created: i64, expires: Option<i64>, now: Timestamp) -> Result<(), SignatureError> {
    let now = now.as_second();
    if created > now.saturating_add(SKEW_SECONDS) {
        return Err(SignatureError::FromTheFuture);
    }
    let longest = created.saturating_add(LIFE_SECONDS_MAX);
    let expires = expires.unwrap_or(created.saturating_add(LIFE_SECONDS)).min(longest);
    if now > expires.saturating_add(SKEW_SECONDS) { Err(SignatureError::Expired) } else { Ok(()) }
}

/// The seconds of a `Date` header.
pub(super) fn parse_date(value: &str) -> Result<i64, SignatureError> {
    if value.len() > DATE_BYTES_MAX {
        return Err(SignatureError::TooLarge);
    }
    DateTimeParser::new()
        .parse_timestamp(value.trim())
        .map(Timestamp::as_second)
        .map_err(|_| SignatureError::Malformed("Date"))
}

/// A `Date` header.
pub(super) fn to_date(time: Timestamp) -> String {
    DateTimePrinter::new().timestamp_to_rfc9110_string(&time).expect("the year has four digits")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_000_000;

    fn at(created: i64, expires: Option<i64>) -> Result<(), SignatureError> {
        check(NOW + created, expires.map(|expires| NOW + expires), Timestamp::from_second(NOW).unwrap())
    }

    #[test]
    fn the_window() {
        assert_eq!(at(0, None), Ok(()));
        assert_eq!(at(3_600, None), Ok(()));
        assert_eq!(at(3_601, None), Err(SignatureError::FromTheFuture));
        assert_eq!(at(-3_900, None), Ok(()));
        assert_eq!(at(-3_901, None), Err(SignatureError::Expired));
        assert_eq!(at(-3_901, Some(-301)), Ok(()));
        assert_eq!(at(-10, Some(-3_601)), Err(SignatureError::Expired));
        assert_eq!(at(-13 * 3_600, Some(100_000)), Ok(()), "twelve hours and the skew");
        assert_eq!(at(-13 * 3_600 - 1, Some(100_000)), Err(SignatureError::Expired));
        assert_eq!(check(i64::MAX, Some(i64::MAX), Timestamp::MAX), Err(SignatureError::FromTheFuture));
        assert_eq!(check(i64::MIN, Some(i64::MIN), Timestamp::MIN), Err(SignatureError::Expired));
    }

    #[test]
    fn dates() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(parse_date(date), Ok(784_111_777));
        assert_eq!(to_date(Timestamp::from_second(784_111_777).unwrap()), date);
        for date in ["", "now", "784111777", "1994-11-06T08:49:37Z", "Mon, 06 Nov 1994 08:49:37 GMT"] {
            assert_eq!(parse_date(date), Err(SignatureError::Malformed("Date")), "{date}");
        }
        assert_eq!(parse_date(&"(".repeat(100_000)), Err(SignatureError::TooLarge));
    }
}
