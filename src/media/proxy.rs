//! Addresses under which this server shows files of other servers, so that nobody's reader calls those.
//!
//! An address carries the file's own, signed: only what this server has shown somewhere can be asked for. It also names
//! what the file belongs to, so that copies go when that goes.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use chronodon_event_log::MasterKey;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Bytes of a signature.
const MAC_BYTES: usize = 16;

/// Signs and reads addresses of the proxy. The same master key always gives the same addresses.
#[derive(Clone)]
pub struct ProxyAddresses {
    hmac: Hmac<Sha256>,
    base_url: String,
}

/// A file of another server, and what it belongs to: an account or an attachment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteFile {
    /// The id of its account or attachment.
    pub owner: i64,
    /// Where it is.
    pub url: String,
}

impl ProxyAddresses {
    /// Addresses below `base_url`.
    #[must_use]
    pub fn new(master: &MasterKey, base_url: &str) -> Self {
        let key = master.derive("media proxy");
        Self { hmac: Hmac::new_from_slice(&key).expect("HMAC takes keys of any length"), base_url: base_url.to_owned() }
    }

    /// The address here of a file elsewhere.
    #[must_use]
    pub fn address(&self, owner: i64, url: &str) -> String {
        let mac = BASE64.encode(&self.mac(owner, url)[..MAC_BYTES]);
        format!("{}/media_proxy/{owner}/{mac}/{}", self.base_url, BASE64.encode(url))
    }

    /// The file that an address names; nothing when this server has not made it.
    #[must_use]
    pub fn read(&self, owner: i64, mac: &str, encoded_url: &str) -> Option<RemoteFile> {
        let url = String::from_utf8(BASE64.decode(encoded_url).ok()?).ok()?;
        let mac = BASE64.decode(mac).ok()?;
        let mut expected = self.hmac.clone();
        expected.update(&owner.to_be_bytes());
        expected.update(url.as_bytes());
        if mac.len() != MAC_BYTES || expected.verify_truncated_left(&mac).is_err() {
            return None;
        }
        Some(RemoteFile { owner, url })
    }

    fn mac(&self, owner: i64, url: &str) -> [u8; 32] {
        let mut hmac = self.hmac.clone();
        hmac.update(&owner.to_be_bytes());
        hmac.update(url.as_bytes());
        hmac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_signed_is_read() {
        let addresses = ProxyAddresses::new(&MasterKey::from_bytes([7; 32]), "https://social.example");
        let address = addresses.address(7, "https://elsewhere.example/a.png");
        let parts: Vec<_> = address.split('/').collect();
        let [.., owner, mac, url] = parts[..] else { panic!("{address}") };
        let file = RemoteFile { owner: 7, url: "https://elsewhere.example/a.png".to_owned() };
        assert_eq!(addresses.read(owner.parse().unwrap(), mac, url), Some(file));
        assert_eq!(addresses.read(8, mac, url), None);
        assert_eq!(addresses.read(7, mac, &BASE64.encode("http://10.0.0.1/")), None);
        assert_eq!(addresses.read(7, "", url), None);
    }
}
