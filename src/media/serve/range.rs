//! Which part of a file a request asks for (RFC 9110 §13–14), one part at most.

use axum::http::header::{self, HeaderMap, HeaderValue};

/// What to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Requested {
    /// All of it: no range, one that is not understood, several, or one for another version.
    Whole,
    /// Bytes from `first` to `last`, both included and within the file.
    Part { first: u64, last: u64 },
    /// A part that begins after the end.
    Beyond,
}

impl Requested {
    pub(super) fn of(headers: &HeaderMap, tag: &str, length: u64) -> Self {
        let another_version = headers.get(header::IF_RANGE).is_some_and(|value| value.as_bytes() != tag.as_bytes());
        match headers.get(header::RANGE).and_then(|value| value.to_str().ok()) {
            Some(range) if !another_version => parse(range, length).unwrap_or(Self::Whole),
            _ => Self::Whole,
        }
    }
}

fn parse(range: &str, length: u64) -> Option<Requested> {
    let (first, last) = range.strip_prefix("bytes=")?.trim().split_once('-')?;
    let number = |digits: &str| -> Option<u64> {
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().unwrap_or(u64::MAX))
    };
    let end = length.checked_sub(1);
    match (first, last) {
        ("", "") => None,
        ("", suffix) => Some(match (number(suffix)?, end) {
            (0, _) | (_, None) => Requested::Beyond,
            (count, Some(end)) => Requested::Part { first: length.saturating_sub(count), last: end },
        }),
        (first, last) => {
            let first = number(first)?;
            let last = if last.is_empty() { u64::MAX } else { number(last)? };
            match end {
                _ if last < first => None,
                Some(end) if first <= end => Some(Requested::Part { first, last: last.min(end) }),
                _ => Some(Requested::Beyond),
            }
        }
    }
}

/// Whether an `If-None-Match` names this tag, weakly or not, or any.
pub(super) fn names(header: Option<&HeaderValue>, tag: &str) -> bool {
    header.and_then(|value| value.to_str().ok()).is_some_and(|value| {
        value.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_stay_within_the_file() {
        let part = |first, last| Some(Requested::Part { first, last });
        for (range, length, expected) in [
            ("bytes=0-", 10, part(0, 9)),
            ("bytes=0-0", 10, part(0, 0)),
            ("bytes=2-5", 10, part(2, 5)),
            ("bytes=2-500", 10, part(2, 9)),
            ("bytes=-3", 10, part(7, 9)),
            ("bytes=-300", 10, part(0, 9)),
            ("bytes=0-99999999999999999999999", 10, part(0, 9)),
            ("bytes=10-", 10, Some(Requested::Beyond)),
            ("bytes=99999999999999999999999-", 10, Some(Requested::Beyond)),
            ("bytes=-0", 10, Some(Requested::Beyond)),
            ("bytes=0-", 0, Some(Requested::Beyond)),
            ("bytes=5-2", 10, None),
            ("bytes=-", 10, None),
            ("bytes=a-b", 10, None),
            ("bytes=+1-2", 10, None),
            ("bytes=0-1,3-4", 10, None),
            ("items=0-1", 10, None),
            ("", 10, None),
        ] {
            assert_eq!(parse(range, length), expected, "{range:?} of {length}");
        }
    }
}
