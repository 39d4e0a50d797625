//! Signatures of requests: draft-cavage-http-signatures-12 ([`cavage`]) and RFC 9421 ([`rfc9421`]), in both directions.
//!
//! Verifying takes two steps, so that nothing is fetched for a request that cannot be right. [`read`] looks at all that
//! needs no key: that there is exactly one signature, that it covers what it must (method, target, host, time and, with a
//! body, its digest), that the time is near, and that the digest is the body's. What it returns, a [`Claim`], names the
//! key; once the key is known, [`Claim::verify`] says yes or no. Whether the key's owner is the activity's actor is not
//! known here.
//!
//! Wherever two programs could read a request differently (two signatures, a parameter or header twice), the answer is
//! no.

pub mod cavage;
mod message;
pub mod rfc9421;
mod window;

use jiff::Timestamp;

pub use message::{Outgoing, Request};

use crate::key::{Algorithm, PublicKey};

/// Why a request is not signed as it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// There is none.
    #[error("the request is not signed")]
    Missing,
    /// A header that is no such header; says which.
    #[error("{0} is malformed")]
    Malformed(&'static str),
    /// A header, or a part of one, beyond its bound.
    #[error("the signature is too large")]
    TooLarge,
    /// Something is there twice that may be there once; says what.
    #[error("the request is ambiguous: {0}")]
    Ambiguous(&'static str),
    /// Something that must be signed is not; says what.
    #[error("the signature does not cover {0}")]
    NotCovered(&'static str),
    /// A header that the signature covers is not there.
    #[error("a signed header is missing")]
    HeaderMissing,
    /// Signed for another host than this.
    #[error("the request was signed for another host")]
    WrongHost,
    /// No SHA-256 among the digests.
    #[error("the digest is not SHA-256")]
    DigestUnsupported,
    /// The digest of another body.
    #[error("the digest is not the body's")]
    WrongDigest,
    /// Made more than an hour from now.
    #[error("the signature is from the future")]
    FromTheFuture,
    /// Too old.
    #[error("the signature has expired")]
    Expired,
    /// An algorithm that is not used here, or that is not the key's.
    #[error("the signature's algorithm is not used here")]
    AlgorithmUnsupported,
    /// Not made by this key over this request.
    #[error("the signature is wrong")]
    WrongSignature,
}

impl SignatureError {
    /// The status of the answer: 400 to what cannot be read, 401 to everything else.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            SignatureError::Malformed(_) | SignatureError::TooLarge => 400,
            _ => 401,
        }
    }
}

/// The two schemes in use. Which of them a host understands is worth remembering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// draft-cavage-http-signatures-12.
    Cavage,
    /// RFC 9421.
    Rfc9421,
}

/// A request that is signed as it must be, by whoever holds the key it names: not yet verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The key, as named: to be read as an address.
    pub key_id: String,
    /// How it was signed.
    pub scheme: Scheme,
    algorithm: Option<Algorithm>,
    signature: Vec<u8>,
    /// What is signed, by the names of headers in lower case.
    covered: Vec<String>,
    /// What may have been signed: with a query there are two ways to say it.
    bases: Vec<String>,
}

impl Claim {
    /// Whether a header is signed, too. Its name in lower case.
    #[must_use]
    pub fn covers(&self, header: &str) -> bool {
        self.covered.iter().any(|covered| covered == header)
    }

    /// Whether the key made the signature.
    ///
    /// # Errors
    /// It did not, or it is a key of another kind than was said.
    pub fn verify(&self, key: &PublicKey) -> Result<(), SignatureError> {
        if self.algorithm.is_some_and(|algorithm| algorithm != key.algorithm()) {
            return Err(SignatureError::AlgorithmUnsupported);
        }
        if self.bases.iter().any(|base| key.verifies(base.as_bytes(), &self.signature)) {
            Ok(())
        } else {
            Err(SignatureError::WrongSignature)
        }
    }
}

/// Looks at all of a request's signature that needs no key.
///
/// # Errors
/// The first thing that is not as it must be.
pub fn read(request: &Request<'_>, now: Timestamp) -> Result<Claim, SignatureError> {
    if request.bounded("signature")?.is_none() {
        return Err(SignatureError::Missing);
    }
    match request.bounded("signature-input")? {
        Some(_) => rfc9421::read(request, now),
        None => cavage::read(request, now),
    }
}

#[cfg(test)]
mod tests;
