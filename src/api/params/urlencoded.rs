//! Name-value pairs of a query string or an urlencoded form (WHATWG URL §5), strict about what Rack is strict about.
//!
//! Must not know what the names mean.

use super::nested::Pairs;
use crate::api::error::ApiError;

/// Adds every pair of `text` to `pairs`, in order. A name without `=` has no value.
///
/// # Errors
/// 400 for a broken escape, text that is not UTF-8, and what [`Pairs::add`] refuses.
pub(super) fn parse(text: &[u8], pairs: &mut Pairs) -> Result<(), ApiError> {
    for pair in text.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        let (name, value) = match pair.iter().position(|byte| *byte == b'=') {
            Some(at) => (&pair[..at], Some(decode(&pair[at + 1..])?)),
            None => (pair, None),
        };
        pairs.add(&decode(name)?, value)?;
    }
    Ok(())
}

fn decode(text: &[u8]) -> Result<String, ApiError> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => match (bytes.next().and_then(hex), bytes.next().and_then(hex)) {
                (Some(high), Some(low)) => high << 4 | low,
                _ => return Err(ApiError::bad_request("Invalid %-encoding in the parameters")),
            },
            other => *other,
        });
    }
    String::from_utf8(decoded).map_err(|_| ApiError::bad_request("Invalid UTF-8 in the parameters"))
}

fn hex(byte: &u8) -> Option<u8> {
    char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}
