//! Our own keys: making them, and signing with them.
//!
//! There are two signers behind [`Signer`]: [`RsaSigner`] (aws-lc, in C) for deliveries, of which there are thousands per
//! post, and [`PortableRsaSigner`] (the `rsa` crate, blinded) where there is no C compiler or speed does not matter.
//! Both make the same bytes. Where keys are kept is not known here. Making a key draws from the system's randomness and
//! takes a quarter of a second: do it on a thread of its own.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rsa::RsaPrivateKey;
use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey, LineEnding, SecretDocument};
use rsa::rand_core::OsRng;
use rsa::sha2::Sha256;
use rsa::signature::{RandomizedSigner, SignatureEncoding};
use zeroize::Zeroizing;

use super::{Algorithm, KeyError};
use crate::limits::RSA_BITS_MIN;

/// Something that signs as one actor.
pub trait Signer: Send + Sync {
    /// How it signs.
    fn algorithm(&self) -> Algorithm;

    /// The signature of `message`.
    ///
    /// # Errors
    /// [`KeyError::Signing`].
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError>;
}

/// A new key: both halves in PEM.
pub struct GeneratedKey {
    /// The private half, PKCS#8. Gone from memory when dropped.
    pub private_pem: Zeroizing<String>,
    /// The public half, SPKI.
    pub public_pem: String,
}

/// Makes an RSA key of 2048 bits, which is what every peer can read. Takes about 260 ms of one processor.
///
/// # Errors
/// The system has no randomness.
pub fn generate_rsa() -> Result<GeneratedKey, KeyError> {
    let key = RsaPrivateKey::new(&mut OsRng, RSA_BITS_MIN).map_err(|_| KeyError::Signing)?;
    let private_pem = key.to_pkcs8_pem(LineEnding::LF).map_err(|_| KeyError::Signing)?;
    let public_pem = key.to_public_key().to_public_key_pem(LineEnding::LF).map_err(|_| KeyError::Signing)?;
    Ok(GeneratedKey { private_pem, public_pem })
}

/// Signs with aws-lc.
pub struct RsaSigner {
    key: RsaKeyPair,
    random: SystemRandom,
}

impl RsaSigner {
    /// Reads a PKCS#8 PEM.
    ///
    /// # Errors
    /// No RSA key of at least 2048 bits.
    pub fn from_pkcs8_pem(pem: &str) -> Result<RsaSigner, KeyError> {
        let (label, der) = SecretDocument::from_pem(pem).map_err(|_| KeyError::Malformed)?;
        if label != "PRIVATE KEY" {
            return Err(KeyError::Unsupported);
        }
        let key = RsaKeyPair::from_pkcs8(der.as_bytes()).map_err(|_| KeyError::Malformed)?;
        Ok(RsaSigner { key, random: SystemRandom::new() })
    }
}

impl Signer for RsaSigner {
    fn algorithm(&self) -> Algorithm {
        Algorithm::RsaSha256
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key.sign(&RSA_PKCS1_SHA256, &self.random, message, &mut signature).map_err(|_| KeyError::Signing)?;
        Ok(signature)
    }
}

/// Signs with the `rsa` crate, always with blinding: its timing is not constant (RUSTSEC-2023-0071).
pub struct PortableRsaSigner(SigningKey<Sha256>);

impl PortableRsaSigner {
    /// Reads a PKCS#8 PEM.
    ///
    /// # Errors
    /// No RSA key.
    pub fn from_pkcs8_pem(pem: &str) -> Result<PortableRsaSigner, KeyError> {
        let key = RsaPrivateKey::from_pkcs8_pem(pem).map_err(|_| KeyError::Malformed)?;
        Ok(PortableRsaSigner(SigningKey::new(key)))
    }
}

impl Signer for PortableRsaSigner {
    fn algorithm(&self) -> Algorithm {
        Algorithm::RsaSha256
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.0.try_sign_with_rng(&mut OsRng, message).map(|signature| signature.to_vec()).map_err(|_| KeyError::Signing)
    }
}
