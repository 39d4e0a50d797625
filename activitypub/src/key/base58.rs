//! Base58 as Bitcoin writes it, the alphabet of multibase `z`. Decoding takes quadratic time, so the length has a bound.

use super::KeyError;

const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
/// Enough for an RSA key of 8192 bits.
const CHARS_MAX: usize = 1_536;

/// The bytes of a base58 text.
pub(super) fn decode(text: &str) -> Result<Vec<u8>, KeyError> {
    if text.len() > CHARS_MAX {
        return Err(KeyError::TooLong);
    }
    // Little-endian while it grows.
    let mut bytes: Vec<u8> = Vec::new();
    for character in text.bytes() {
        let digit = ALPHABET.iter().position(|known| *known == character).ok_or(KeyError::Malformed)?;
        let mut carry = u32::try_from(digit).expect("a digit is below 58");
        for byte in &mut bytes {
            carry += u32::from(*byte) * 58;
            *byte = carry.to_le_bytes()[0];
            carry >>= 8;
        }
        if carry > 0 {
            bytes.push(carry.to_le_bytes()[0]);
        }
    }
    let zeros = text.bytes().take_while(|character| *character == ALPHABET[0]).count();
    bytes.extend(std::iter::repeat_n(0, zeros));
    bytes.reverse();
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_texts() {
        assert_eq!(decode("").unwrap(), b"");
        assert_eq!(decode("2NEpo7TZRRrLZSi2U").unwrap(), b"Hello World!");
        assert_eq!(decode("11").unwrap(), [0, 0]);
        assert_eq!(decode("112").unwrap(), [0, 0, 1]);
        assert_eq!(decode("5Q").unwrap(), [0xff]);
    }

    #[test]
    fn what_is_no_base58_is_refused() {
        for text in ["0", "O", "I", "l", "a b", "ü"] {
            assert_eq!(decode(text), Err(KeyError::Malformed));
        }
        assert_eq!(decode(&"z".repeat(CHARS_MAX + 1)), Err(KeyError::TooLong));
    }
}
