//! The one place of this crate that draws random numbers: keys, secrets and nonces.

/// `N` bytes from a cryptographically secure generator.
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes);
    bytes
}
