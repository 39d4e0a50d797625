//! Names of streams. A name is also its stream's uniqueness: two appends that say "no stream yet" to the same name
//! cannot both succeed. Names stand in clear, so whatever could name a person goes in as a keyed hash.

use std::fmt;

use chronodon_events::{AccountId, StatusId};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use thiserror::Error;

use crate::MasterKey;

/// The longest name, in bytes.
const LENGTH_MAX: usize = 100;

/// How much of a hash goes into a name, in bytes: 128 bits, so that no two names meet by chance.
const HASH_LENGTH: usize = 16;

/// A noun, a hyphen and an id or hash: `status-114…`, `account-9f86d0…`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamName(Box<str>);

/// The text is no name of a stream.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("`{0}` is not a stream name: lower-case noun, hyphen, letters and digits, at most {LENGTH_MAX} bytes")]
pub struct InvalidStreamName(pub String);

impl StreamName {
    /// Checks a name.
    ///
    /// # Errors
    /// When it is not a lower-case noun (`a-z`, `_`), one hyphen, and ASCII letters and digits.
    pub fn new(name: &str) -> Result<Self, InvalidStreamName> {
        let well_formed = name.split_once('-').is_some_and(|(noun, id)| {
            !noun.is_empty()
                && noun.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
                && !id.is_empty()
                && id.bytes().all(|b| b.is_ascii_alphanumeric())
        });
        if well_formed && name.len() <= LENGTH_MAX {
            Ok(Self(name.into()))
        } else {
            Err(InvalidStreamName(name.to_owned()))
        }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Makes the names of streams. The same master key always gives the same names.
#[derive(Clone)]
pub struct StreamNames {
    hmac: Hmac<Sha256>,
}

impl StreamNames {
    /// Names under this master key.
    #[must_use]
    pub fn new(master: &MasterKey) -> Self {
        let key = master.derive("stream names");
        Self { hmac: Hmac::new_from_slice(&key).expect("HMAC takes keys of any length") }
    }

    /// A local account by user name, in any case, or a remote one by the URI of its actor.
    #[must_use]
    pub fn account(&self, username_or_uri: &str) -> StreamName {
        if username_or_uri.contains(':') {
            self.named("account", &[username_or_uri])
        } else {
            self.named("account", &[&username_or_uri.to_lowercase()])
        }
    }

    /// A local status.
    #[must_use]
    pub fn status(&self, id: StatusId) -> StreamName {
        self.numbered("status", id.get())
    }

    /// A status of another server.
    #[must_use]
    pub fn remote_status(&self, uri: &str) -> StreamName {
        self.named("status", &[uri])
    }

    /// All that holds between two accounts, whichever comes first.
    #[must_use]
    pub fn relationship(&self, a: AccountId, b: AccountId) -> StreamName {
        self.named("relationship", &[&a.min(b).to_string(), &a.max(b).to_string()])
    }

    /// What an account thinks of a status.
    #[must_use]
    pub fn favourite(&self, account: AccountId, status: StatusId) -> StreamName {
        self.named("favourite", &[&account.to_string(), &status.to_string()])
    }

    /// A status that an account keeps.
    #[must_use]
    pub fn bookmark(&self, account: AccountId, status: StatusId) -> StreamName {
        self.named("bookmark", &[&account.to_string(), &status.to_string()])
    }

    /// A status that an account shows to its followers.
    #[must_use]
    pub fn reblog(&self, account: AccountId, status: StatusId) -> StreamName {
        self.named("reblog", &[&account.to_string(), &status.to_string()])
    }

    /// What a quoted author says of a status that quotes: `quoting` is its id, or its address where it is another server's.
    #[must_use]
    pub fn quote(&self, quoting: &str, quoted: StatusId) -> StreamName {
        self.named("quote", &[quoting, &quoted.to_string()])
    }

    /// An account's vote in the poll of a status.
    #[must_use]
    pub fn vote(&self, account: AccountId, status: StatusId) -> StreamName {
        self.named("vote", &[&account.to_string(), &status.to_string()])
    }

    /// A conversation that an account may hear no more of.
    #[must_use]
    pub fn conversation_mute(&self, account: AccountId, conversation: StatusId) -> StreamName {
        self.named("conversation_mute", &[&account.to_string(), &conversation.to_string()])
    }

    /// A stream of something with an id of our own, which may stand in clear: `list-114…`.
    ///
    /// # Panics
    /// When the noun is not made of `a-z` and `_`, or the id is negative.
    #[must_use]
    pub fn numbered(&self, noun: &'static str, id: i64) -> StreamName {
        StreamName::new(&format!("{noun}-{id}")).expect("nouns are lower case and ids are not negative")
    }

    /// A stream of something known by these parts, hashed: their order, their bounds and the noun count.
    ///
    /// # Panics
    /// When the noun is not made of `a-z` and `_`.
    #[must_use]
    pub fn named(&self, noun: &'static str, parts: &[&str]) -> StreamName {
        let mut hmac = self.hmac.clone();
        for part in std::iter::once(&noun).chain(parts) {
            hmac.update(&(part.len() as u64).to_be_bytes());
            hmac.update(part.as_bytes());
        }
        let hash = hex::encode(&hmac.finalize().into_bytes()[..HASH_LENGTH]);
        StreamName::new(&format!("{noun}-{hash}")).expect("nouns are lower case and a hash is hexadecimal")
    }
}

impl fmt::Debug for StreamNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StreamNames")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> StreamNames {
        StreamNames::new(&MasterKey::from_bytes([7; 32]))
    }

    #[test]
    fn names_tell_nothing() {
        let name = names().account("Alice");
        assert!(name.as_str().starts_with("account-"));
        assert!(!name.as_str().to_lowercase().contains("alice"));
        assert_eq!(name.as_str().len(), "account-".len() + 32);
    }

    #[test]
    fn user_names_meet_in_any_case_and_uris_do_not() {
        assert_eq!(names().account("Alice"), names().account("alice"));
        assert_ne!(names().account("https://a.example/A"), names().account("https://a.example/a"));
    }

    #[test]
    fn pairs_have_no_order() {
        let (a, b) = (AccountId(1), AccountId(2));
        assert_eq!(names().relationship(a, b), names().relationship(b, a));
        assert_ne!(names().relationship(a, b), names().relationship(a, AccountId(3)));
    }

    #[test]
    fn nouns_bounds_and_keys_count() {
        let (account, status) = (AccountId(1), StatusId(2));
        assert_ne!(
            names().favourite(account, status).as_str().split_once('-').expect("hyphen").1,
            names().bookmark(account, status).as_str().split_once('-').expect("hyphen").1,
        );
        assert_ne!(names().named("x", &["ab", "c"]), names().named("x", &["a", "bc"]));
        let other = StreamNames::new(&MasterKey::from_bytes([8; 32]));
        assert_ne!(names().account("alice"), other.account("alice"));
    }

    #[test]
    fn only_well_formed_names_are_names() {
        for name in ["status-1", "account-9f86d0", "domain_policy-a1"] {
            assert_eq!(StreamName::new(name).expect("well formed").as_str(), name);
        }
        let long = format!("status-{}", "1".repeat(LENGTH_MAX));
        for name in ["", "status", "-1", "status-", "Status-1", "$status-1", "status-a-b", "a-@b", "a-\0", &long] {
            assert!(StreamName::new(name).is_err(), "{name}");
        }
    }
}
