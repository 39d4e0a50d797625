//! The one place that asks what time it is. Everything below the shell gets time as an argument.

use jiff::Timestamp;

/// Now, cut to whole milliseconds, as events and answers carry it.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the clock is read here and nowhere else")]
pub fn now() -> Timestamp {
    Timestamp::from_millisecond(Timestamp::now().as_millisecond()).unwrap_or(Timestamp::UNIX_EPOCH)
}
