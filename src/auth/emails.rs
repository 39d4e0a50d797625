//! E-mail addresses in the vault: one spelling, a keyed hash that keeps them unique, and a seal.
//!
//! Must not know the table.

use chronodon_domain::{Refusal, limits};
use chronodon_event_log::MasterKey;
use chronodon_events::AccountId;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::seal::Seal;

/// An address in the one spelling that is compared: trimmed and in lower case.
#[derive(Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// Reads an address.
    ///
    /// # Errors
    /// When it is blank, too long, or does not look like one.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Refusal::invalid("email", "ERR_BLANK", "can't be blank"));
        }
        if text.len() > limits::EMAIL_BYTES_MAX {
            let message = format!("is too long (maximum is {} characters)", limits::EMAIL_BYTES_MAX);
            return Err(Refusal::invalid("email", "ERR_TOO_LONG", message));
        }
        if !is_address(text) {
            return Err(Refusal::invalid("email", "ERR_INVALID", "must be a valid e-mail address"));
        }
        Ok(Self(text.to_lowercase()))
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Something, one `@`, and a host; nothing that could break out of a mail header.
fn is_address(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else { return false };
    let plain = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c.is_control());
    let forbidden = ['@', ',', ';', ':', '<', '>', '(', ')', '[', ']', '"', '\\'];
    plain(local)
        && !local.contains(forbidden)
        && plain(host)
        && host.split('.').all(|label| {
            !label.is_empty() && label.len() <= 63 && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        })
}

/// The keys that addresses are hashed and sealed with.
#[derive(Clone)]
pub(super) struct EmailKeys {
    hmac: Hmac<Sha256>,
    seal: Seal,
}

impl EmailKeys {
    pub(super) fn new(master: &MasterKey) -> Self {
        Self {
            hmac: Hmac::new_from_slice(&master.derive("e-mail uniqueness")).expect("HMAC takes keys of any length"),
            seal: Seal::new(master, "e-mail sealing"),
        }
    }

    /// A keyed hash of a text, the same for the same text.
    pub(super) fn hash(&self, text: &str) -> Vec<u8> {
        let mut hmac = self.hmac.clone();
        hmac.update(text.as_bytes());
        hmac.finalize().into_bytes().to_vec()
    }

    /// Bound to the account.
    pub(super) fn seal(&self, account: AccountId, email: &Email) -> Vec<u8> {
        self.seal.seal(account, email.0.as_bytes())
    }

    /// Opens what [`Self::seal`] made. `None` when the key, the account or the bytes are others.
    pub(super) fn open(&self, account: AccountId, sealed: &[u8]) -> Option<String> {
        String::from_utf8(self.seal.open(account, sealed)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> EmailKeys {
        EmailKeys::new(&MasterKey::from_bytes([1; 32]))
    }

    fn email(text: &str) -> Email {
        Email::parse(text).unwrap_or_else(|refusal| panic!("{text}: {refusal}"))
    }

    #[test]
    fn spellings_of_one_address_meet() {
        assert!(email(" Alice@Example.ORG ") == email("alice@example.org"));
        assert_eq!(keys().hash(email("A@b.example").as_str()), keys().hash("a@b.example"));
        assert_ne!(keys().hash("a@b.example"), EmailKeys::new(&MasterKey::from_bytes([2; 32])).hash("a@b.example"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in
            ["", " ", "alice", "@b.example", "a@", "a@b..example", "a b@c.example", "a@b@c.example", "a@b\r\nTo:c"]
        {
            assert!(Email::parse(text).is_err(), "{text:?}");
        }
        assert!(Email::parse(&format!("{}@b.example", "a".repeat(250))).is_err());
        for text in ["a+tag@b.example", "o'hara@b.example", "a@localhost", "ä@exämple.org"] {
            email(text);
        }
    }

    #[test]
    fn only_the_same_account_and_key_open() {
        let sealed = keys().seal(AccountId(1), &email("a@b.example"));
        assert_eq!(keys().open(AccountId(1), &sealed).as_deref(), Some("a@b.example"));
        assert_eq!(keys().open(AccountId(2), &sealed), None);
        assert_eq!(EmailKeys::new(&MasterKey::from_bytes([2; 32])).open(AccountId(1), &sealed), None);
        assert_eq!(keys().open(AccountId(1), &sealed[..20]), None);
    }
}
