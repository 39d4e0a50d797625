//! Keys: public ones as peers publish them, and (in [`private`]) our own.
//!
//! A peer's key is hostile until it is read here: its size and exponent have bounds, so that a verification takes well
//! under 10 ms. Who owns a key is not decided here: that needs the actor's own word.

mod base58;
mod private;

use std::fmt;

use aws_lc_rs::signature::{ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD as BASE64, URL_SAFE_NO_PAD as BASE64_URL};
use rsa::pkcs1;
use rsa::pkcs8::der::{Decode, Encode, asn1::UintRef};
use rsa::pkcs8::{ObjectIdentifier, SubjectPublicKeyInfoRef};
use serde_json::Value;

use crate::limits::{KEY_TEXT_BYTES_MAX, RSA_BITS_MAX, RSA_BITS_MIN};

pub use private::{GeneratedKey, PortableRsaSigner, RsaSigner, Signer, generate_rsa};

/// Why a text is no key that we use, or a key cannot sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// More bytes than a key needs.
    #[error("the key is too long")]
    TooLong,
    /// No key at all.
    #[error("the key is malformed")]
    Malformed,
    /// A key of another kind than RSA and Ed25519.
    #[error("the key is of a kind that is not used here")]
    Unsupported,
    /// An RSA modulus outside of 2048 to 8192 bits, or an exponent that no honest key has.
    #[error("the key is too weak or too large")]
    OutOfBounds,
    /// The private key made no signature.
    #[error("the key could not sign")]
    Signing,
}

/// How a key signs. Always with SHA-256, or with what is built into Ed25519.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RsaSha256,
    /// Ed25519.
    Ed25519,
}

/// A public key within bounds, ready to verify.
#[derive(Clone)]
pub struct PublicKey {
    algorithm: Algorithm,
    /// RSA: the PKCS#1 `RSAPublicKey` in DER. Ed25519: the 32 bytes.
    bytes: Vec<u8>,
    parsed: ParsedPublicKey,
}

impl PublicKey {
    /// Reads a PEM: `PUBLIC KEY` (SPKI, RSA or Ed25519) or `RSA PUBLIC KEY` (PKCS#1). Lines may be of any length.
    ///
    /// # Errors
    /// No key, or none that we use.
    pub fn from_pem(text: &str) -> Result<PublicKey, KeyError> {
        let (label, der) = read_pem(text)?;
        match label {
            "PUBLIC KEY" => PublicKey::from_spki(&der),
            "RSA PUBLIC KEY" => PublicKey::from_pkcs1(&der),
            _ => Err(KeyError::Unsupported),
        }
    }

    /// Reads a Multikey's `publicKeyMultibase`: base58btc of a multicodec key (FEP-521a).
    ///
    /// # Errors
    /// No key, or none that we use.
    pub fn from_multibase(text: &str) -> Result<PublicKey, KeyError> {
        let encoded = text.trim().strip_prefix('z').ok_or(KeyError::Unsupported)?;
        let bytes = base58::decode(encoded)?;
        match bytes.as_slice() {
            [0xed, 0x01, key @ ..] => PublicKey::from_ed25519(key),
            [0x85, 0x24, key @ ..] => PublicKey::from_pkcs1(key),
            _ => Err(KeyError::Unsupported),
        }
    }

    /// Reads a JSON Web Key: `{"kty":"OKP","crv":"Ed25519","x":…}` or `{"kty":"RSA","n":…,"e":…}`.
    ///
    /// # Errors
    /// No key, or none that we use.
    pub fn from_jwk(jwk: &Value) -> Result<PublicKey, KeyError> {
        let field = |name: &str| jwk.get(name).and_then(Value::as_str);
        let bytes = |name: &str| {
            let text = field(name).ok_or(KeyError::Malformed)?;
            within_bounds(text)?;
            BASE64_URL.decode(text.trim_end_matches('=')).map_err(|_| KeyError::Malformed)
        };
        match (field("kty"), field("crv")) {
            (Some("OKP"), Some("Ed25519")) => PublicKey::from_ed25519(&bytes("x")?),
            (Some("RSA"), _) => PublicKey::from_rsa_parts(&bytes("n")?, &bytes("e")?),
            _ => Err(KeyError::Unsupported),
        }
    }

    /// Reads the 32 bytes of an Ed25519 key.
    ///
    /// # Errors
    /// Another length, or no point of the curve.
    pub fn from_ed25519(bytes: &[u8]) -> Result<PublicKey, KeyError> {
        if bytes.len() != 32 {
            return Err(KeyError::Malformed);
        }
        let parsed = ParsedPublicKey::new(&ED25519, bytes).map_err(|_| KeyError::Malformed)?;
        Ok(PublicKey { algorithm: Algorithm::Ed25519, bytes: bytes.to_vec(), parsed })
    }

    /// How signatures of this key are made.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The key as SPKI in PEM, the form in which actors publish it and in which it may be stored.
    #[must_use]
    pub fn to_pem(&self) -> String {
        match self.algorithm {
            Algorithm::RsaSha256 => write_pem(&rsa_spki(&self.bytes)),
            Algorithm::Ed25519 => write_pem(&[&ED25519_SPKI_PREFIX[..], &self.bytes].concat()),
        }
    }

    /// Whether `signature` is this key's, of `message`.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.parsed.verify_sig(message, signature).is_ok()
    }

    fn from_spki(der: &[u8]) -> Result<PublicKey, KeyError> {
        let spki = SubjectPublicKeyInfoRef::from_der(der).map_err(|_| KeyError::Malformed)?;
        let key = spki.subject_public_key.as_bytes().ok_or(KeyError::Malformed)?;
        match spki.algorithm.oid {
            pkcs1::ALGORITHM_OID => PublicKey::from_pkcs1(key),
            ED25519_OID => PublicKey::from_ed25519(key),
            _ => Err(KeyError::Unsupported),
        }
    }

    fn from_pkcs1(der: &[u8]) -> Result<PublicKey, KeyError> {
        let key = pkcs1::RsaPublicKey::from_der(der).map_err(|_| KeyError::Malformed)?;
        PublicKey::from_rsa_parts(key.modulus.as_bytes(), key.public_exponent.as_bytes())
    }

    fn from_rsa_parts(modulus: &[u8], exponent: &[u8]) -> Result<PublicKey, KeyError> {
        let n = modulus.trim_ascii_start_zeros();
        let e = exponent.trim_ascii_start_zeros();
        judge_rsa(n, e)?;
        let parsed = RsaPublicKeyComponents { n, e }
            .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
            .map_err(|_| KeyError::OutOfBounds)?;
        let uint = |bytes| UintRef::new(bytes).map_err(|_| KeyError::Malformed);
        let key = pkcs1::RsaPublicKey { modulus: uint(n)?, public_exponent: uint(e)? };
        let bytes = key.to_der().map_err(|_| KeyError::Malformed)?;
        Ok(PublicKey { algorithm: Algorithm::RsaSha256, bytes, parsed })
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &PublicKey) -> bool {
        self.algorithm == other.algorithm && self.bytes == other.bytes
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PublicKey({:?}, {} bytes)", self.algorithm, self.bytes.len())
    }
}

const ED25519_OID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
/// An SPKI of Ed25519 up to the 32 bytes of the key (RFC 8410).
const ED25519_SPKI_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

trait TrimZeros {
    fn trim_ascii_start_zeros(&self) -> &[u8];
}

impl TrimZeros for [u8] {
    fn trim_ascii_start_zeros(&self) -> &[u8] {
        let zeros = self.iter().take_while(|byte| **byte == 0).count();
        &self[zeros..]
    }
}

/// A modulus within bounds and odd; an exponent that is odd, at least 3 and of at most 33 bits.
fn judge_rsa(n: &[u8], e: &[u8]) -> Result<(), KeyError> {
    let bits = n.first().map_or(0, |first| n.len() * 8 - first.leading_zeros() as usize);
    let odd = |number: &[u8]| number.last().is_some_and(|last| last & 1 == 1);
    let exponent = if e.len() > 8 { 0 } else { e.iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte)) };
    let sound = (RSA_BITS_MIN..=RSA_BITS_MAX).contains(&bits)
        && odd(n)
        && exponent & 1 == 1
        && (3..1 << 33).contains(&exponent);
    if sound { Ok(()) } else { Err(KeyError::OutOfBounds) }
}

fn rsa_spki(pkcs1_der: &[u8]) -> Vec<u8> {
    use rsa::pkcs8::der::{AnyRef, asn1::BitStringRef, asn1::Null};
    let parameters = AnyRef::from(Null);
    let spki = SubjectPublicKeyInfoRef {
        algorithm: rsa::pkcs8::AlgorithmIdentifierRef { oid: pkcs1::ALGORITHM_OID, parameters: Some(parameters) },
        subject_public_key: BitStringRef::from_bytes(pkcs1_der).expect("a key within bounds fits"),
    };
    spki.to_der().expect("a key within bounds fits")
}

fn within_bounds(text: &str) -> Result<(), KeyError> {
    if text.len() > KEY_TEXT_BYTES_MAX { Err(KeyError::TooLong) } else { Ok(()) }
}

/// The label and the bytes of the one block in a PEM text. Peers break lines anywhere, and end them as they like.
fn read_pem(text: &str) -> Result<(&str, Vec<u8>), KeyError> {
    within_bounds(text)?;
    let (_, begun) = text.split_once("-----BEGIN ").ok_or(KeyError::Malformed)?;
    let (label, rest) = begun.split_once("-----").ok_or(KeyError::Malformed)?;
    let (body, end) = rest.split_once("-----END ").ok_or(KeyError::Malformed)?;
    let ended = end.strip_prefix(label).is_some_and(|end| end.starts_with("-----"));
    if !ended || end.contains("-----BEGIN ") {
        return Err(KeyError::Malformed);
    }
    let compact: String = body.chars().filter(|c| !c.is_whitespace()).collect();
    Ok((label, BASE64.decode(compact).map_err(|_| KeyError::Malformed)?))
}

fn write_pem(der: &[u8]) -> String {
    let encoded = BASE64.encode(der);
    let lines = encoded.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("base64 is ASCII"));
    let body: Vec<&str> = lines.collect();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", body.join("\n"))
}

#[cfg(test)]
mod tests;
