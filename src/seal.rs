//! Seals short secrets that lie in the vault, each bound to its account.
//!
//! Must not know the tables. How to add a kind of secret: a [`Seal`] with a label of its own.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use chronodon_event_log::MasterKey;
use chronodon_events::AccountId;

/// The first byte of everything sealed: the algorithm.
const XCHACHA20_POLY1305: u8 = 1;
const NONCE_LENGTH: usize = 24;

/// A key that seals one kind of secret.
#[derive(Clone)]
pub struct Seal(XChaCha20Poly1305);

impl Seal {
    /// The seal of this label.
    #[must_use]
    pub fn new(master: &MasterKey, label: &str) -> Self {
        Self(XChaCha20Poly1305::new(&Key::from(master.derive(label))))
    }

    /// Algorithm, nonce, ciphertext with tag; bound to the account.
    #[must_use]
    pub fn seal(&self, account: AccountId, secret: &[u8]) -> Vec<u8> {
        let nonce = rand::random::<[u8; NONCE_LENGTH]>();
        let payload = Payload { msg: secret, aad: &account.get().to_be_bytes() };
        let sealed = self.0.encrypt(&XNonce::from(nonce), payload).expect("a secret is short");
        [&[XCHACHA20_POLY1305][..], &nonce, &sealed].concat()
    }

    /// Opens what [`Self::seal`] made. `None` when the key, the account or the bytes are others.
    #[must_use]
    pub fn open(&self, account: AccountId, sealed: &[u8]) -> Option<Vec<u8>> {
        let (&[XCHACHA20_POLY1305], rest) = sealed.split_first_chunk::<1>()? else { return None };
        let (nonce, msg) = rest.split_first_chunk::<NONCE_LENGTH>()?;
        let payload = Payload { msg, aad: &account.get().to_be_bytes() };
        self.0.decrypt(&XNonce::from(*nonce), payload).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_account_key_and_label_open() {
        let master = MasterKey::from_bytes([1; 32]);
        let seal = Seal::new(&master, "tests");
        let sealed = seal.seal(AccountId(1), b"secret");
        assert_eq!(seal.open(AccountId(1), &sealed).as_deref(), Some(&b"secret"[..]));
        assert_eq!(seal.open(AccountId(2), &sealed), None);
        assert_eq!(Seal::new(&master, "others").open(AccountId(1), &sealed), None);
        assert_eq!(Seal::new(&MasterKey::from_bytes([2; 32]), "tests").open(AccountId(1), &sealed), None);
        assert_eq!(seal.open(AccountId(1), &sealed[..20]), None);
    }
}
