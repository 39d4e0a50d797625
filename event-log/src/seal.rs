//! Sealing a payload (XChaCha20-Poly1305) and what is bound to it: whoever moves a payload to another event, stream
//! or subject, or changes its meta, makes it unreadable.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use chronodon_events::KeyId;
use hkdf::Hkdf;
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroize;

use crate::random;

/// The first byte of everything sealed: the algorithm.
const XCHACHA20_POLY1305: u8 = 1;

const NONCE_LENGTH: usize = 24;

/// 32 bytes that seal or wrap; wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(pub(crate) [u8; 32]);

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl Secret {
    pub(crate) fn random() -> Self {
        Self(random::bytes())
    }

    /// The key that seals what belongs to the account alone.
    pub(crate) fn payload_key(&self) -> Self {
        self.expand(None, b"chronodon account payload")
    }

    /// The key that seals an object of the account.
    pub(crate) fn object_key(&self, object_secret: &Self) -> Self {
        self.expand(Some(&object_secret.0), b"chronodon object payload")
    }

    fn expand(&self, salt: Option<&[u8]>, info: &[u8]) -> Self {
        let mut key = Self([0; 32]);
        Hkdf::<Sha256>::new(salt, &self.0).expand(info, &mut key.0).expect("HKDF gives up to 255 blocks of 32 bytes");
        key
    }
}

/// Everything about an event that its payload is bound to.
pub(crate) struct Binding<'a> {
    pub(crate) id: Uuid,
    pub(crate) stream: &'a str,
    pub(crate) event_type: &'a str,
    pub(crate) schema_version: u16,
    pub(crate) key: KeyId,
    pub(crate) meta: &'a str,
}

impl Binding<'_> {
    /// As associated data: every part after its length, so that no two bindings read the same.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let object = self.key.object.map(i64::to_be_bytes);
        let parts: [&[u8]; 8] = [
            b"chronodon event",
            self.id.as_bytes(),
            self.stream.as_bytes(),
            self.event_type.as_bytes(),
            &self.schema_version.to_be_bytes(),
            &self.key.subject.get().to_be_bytes(),
            object.as_ref().map_or(&[], |object| object),
            self.meta.as_bytes(),
        ];
        let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len() + 4).sum());
        for part in parts {
            bytes.extend_from_slice(&u32::try_from(part.len()).expect("parts are bounded").to_be_bytes());
            bytes.extend_from_slice(part);
        }
        bytes
    }
}

/// Seals `plain`, bound to `bound`: algorithm, nonce, ciphertext with tag.
pub(crate) fn seal(key: &Secret, bound: &[u8], plain: &[u8]) -> Vec<u8> {
    let nonce = random::bytes::<NONCE_LENGTH>();
    let sealed = XChaCha20Poly1305::new(&Key::from(key.0))
        .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: bound })
        .expect("payloads are far smaller than the cipher's 256 GB");
    [&[XCHACHA20_POLY1305][..], &nonce, &sealed].concat()
}

/// Opens what [`seal`] made. `None` when the key, the binding or the bytes are others.
pub(crate) fn open(key: &Secret, bound: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (&[XCHACHA20_POLY1305], rest) = sealed.split_first_chunk::<1>()? else {
        return None;
    };
    let (nonce, msg) = rest.split_first_chunk::<NONCE_LENGTH>()?;
    XChaCha20Poly1305::new(&Key::from(key.0)).decrypt(&XNonce::from(*nonce), Payload { msg, aad: bound }).ok()
}

#[cfg(test)]
mod tests {
    use chronodon_events::AccountId;

    use super::*;

    const KEY: Secret = Secret([3; 32]);

    fn binding() -> Binding<'static> {
        Binding {
            id: Uuid::from_u128(1),
            stream: "status-1",
            event_type: "status.posted",
            schema_version: 1,
            key: KeyId::account(AccountId(1)),
            meta: "{}",
        }
    }

    #[test]
    fn only_the_same_key_and_binding_open() {
        let bound = binding().to_bytes();
        let sealed = seal(&KEY, &bound, b"hello");
        assert_eq!(open(&KEY, &bound, &sealed).as_deref(), Some(&b"hello"[..]));
        assert_ne!(sealed, seal(&KEY, &bound, b"hello"), "every nonce is new");
        assert_eq!(open(&Secret([4; 32]), &bound, &sealed), None);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(open(&KEY, &bound, &changed), None, "byte {at}");
            assert_eq!(open(&KEY, &bound, &sealed[..at]), None, "cut at {at}");
        }
    }

    #[test]
    fn every_part_is_bound() {
        let others = [
            Binding { id: Uuid::from_u128(2), ..binding() },
            Binding { stream: "status-2", ..binding() },
            Binding { event_type: "status.edited", ..binding() },
            Binding { schema_version: 2, ..binding() },
            Binding { key: KeyId::account(AccountId(2)), ..binding() },
            Binding { key: KeyId::object(AccountId(1), 0), ..binding() },
            Binding { meta: "{ }", ..binding() },
            Binding { stream: "status-1s", event_type: "tatus.posted", ..binding() },
        ];
        let sealed = seal(&KEY, &binding().to_bytes(), b"hello");
        for other in others {
            assert_eq!(open(&KEY, &other.to_bytes(), &sealed), None);
        }
    }

    #[test]
    fn objects_have_keys_of_their_own() {
        let (one, two) = (Secret([1; 32]), Secret([2; 32]));
        assert!(KEY.object_key(&one) != KEY.object_key(&two));
        assert!(KEY.object_key(&one) != one.object_key(&KEY));
        assert!(KEY.payload_key() != KEY);
    }
}
