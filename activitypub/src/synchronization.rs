//! Synchronisation of followers (FEP-8fcf): a delivery's header says which followers at the receiving server its sender
//! knows of, as a digest, so that the two can notice when their lists differ.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::limits::SIGNATURE_HEADER_BYTES_MAX;
use crate::uri::{Uri, UriRules};

/// The name of the header.
pub const HEADER: &str = "collection-synchronization";

/// Parameters of the header that are looked at.
const PARAMETERS_MAX: usize = 16;

/// What the header says. Shown, it is the header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Synchronization {
    /// The sender's followers.
    pub collection_id: Uri,
    /// Where those of them that are on the receiving server are listed.
    pub url: Uri,
    /// The digest of their addresses.
    pub digest: FollowersDigest,
}

impl Synchronization {
    /// Reads the header. None where it is not one, says something twice, or its addresses are on two servers.
    #[must_use]
    pub fn read(header: &str, rules: UriRules) -> Option<Synchronization> {
        if header.len() > SIGNATURE_HEADER_BYTES_MAX {
            return None;
        }
        let parameters = parameters(header)?;
        let single = |name: &str| {
            let mut values = parameters.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
            match (values.next(), values.next()) {
                (Some((_, value)), None) => Some(*value),
                _ => None,
            }
        };
        let collection_id = Uri::parse(single("collectionId")?, rules).ok()?;
        let url = Uri::parse(single("url")?, rules).ok()?;
        let digest = FollowersDigest::parse(single("digest")?)?;
        (url.origin() == collection_id.origin()).then_some(Synchronization { collection_id, url, digest })
    }
}

impl fmt::Display for Synchronization {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Synchronization { collection_id, url, digest } = self;
        write!(formatter, "collectionId=\"{collection_id}\", url=\"{url}\", digest=\"{digest}\"")
    }
}

/// The exclusive or of the SHA-256 of addresses: the same in any order, and cheap to change by one. Shown, it is
/// hexadecimal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FollowersDigest([u8; 32]);

impl FollowersDigest {
    /// The digest of these addresses, each of which must be there once.
    #[must_use]
    pub fn of<'a>(uris: impl IntoIterator<Item = &'a str>) -> FollowersDigest {
        let mut digest = FollowersDigest::default();
        for uri in uris {
            digest.toggle(uri);
        }
        digest
    }

    /// Adds an address, or takes it out if it is in.
    pub fn toggle(&mut self, uri: &str) {
        for (byte, other) in self.0.iter_mut().zip(Sha256::digest(uri.as_bytes())) {
            *byte ^= other;
        }
    }

    /// Reads 64 hexadecimal digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<FollowersDigest> {
        let mut digest = FollowersDigest::default();
        hex::decode_to_slice(text, &mut digest.0).ok()?;
        Some(digest)
    }
}

impl fmt::Display for FollowersDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(self.0))
    }
}

/// The pairs of `name="value"`, separated by commas.
fn parameters(header: &str) -> Option<Vec<(&str, &str)>> {
    let mut parameters = Vec::new();
    let mut rest = header.trim();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        let (value, after) = after.trim_start().strip_prefix('"')?.split_once('"')?;
        parameters.push((name.trim(), value));
        rest = match after.trim_start() {
            "" => "",
            after => after.strip_prefix(',')?.trim_start(),
        };
        if parameters.len() > PARAMETERS_MAX {
            return None;
        }
    }
    Some(parameters)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DIGEST: &str = "c33f48cd341ef046a206b8a72ec97af65079f9a3a9b90eef79c5920dce45c61f";

    fn read(header: &str) -> Option<Synchronization> {
        Synchronization::read(header, UriRules::Public)
    }

    #[test]
    fn the_example_of_the_proposal() {
        let followers = ["https://testing.example.org/users/1", "https://testing.example.org/users/2"];
        assert_eq!(FollowersDigest::of(followers).to_string(), DIGEST);
        assert_eq!(FollowersDigest::of(followers.into_iter().rev()).to_string(), DIGEST);
        assert_eq!(FollowersDigest::of([]).to_string(), "0".repeat(64));
    }

    #[test]
    fn what_is_written_is_read() {
        let header = format!("collectionId=\"https://a.example/f\", url=\"https://a.example/s\", digest=\"{DIGEST}\"");
        let read_header = read(&header).unwrap();
        assert_eq!(read_header.to_string(), header);
        let other_order =
            format!("digest=\"{DIGEST}\" ,url=\"https://a.example/s\",collectionid=\"https://a.example/f\",x=\"y\"");
        assert_eq!(read(&other_order), Some(read_header));
    }

    #[test]
    fn anything_else_is_none() {
        let with = |id: &str, url: &str, digest: &str| {
            read(&format!("collectionId=\"{id}\", url=\"{url}\", digest=\"{digest}\""))
        };
        assert!(with("https://a.example/f", "https://a.example/s", DIGEST).is_some());
        assert_eq!(with("https://a.example/f", "https://b.example/s", DIGEST), None);
        assert_eq!(with("javascript:1", "https://a.example/s", DIGEST), None);
        assert_eq!(with("https://a.example/f", "https://a.example/s", &DIGEST[1..]), None);
        for header in ["", "x", "collectionId=", "collectionId=\"", "a=\"b\" c=\"d\"", &"a=\"\",".repeat(100)] {
            assert_eq!(read(header), None, "{header}");
        }
        let twice = format!(
            "collectionId=\"https://a.example/f\", url=\"https://a.example/s\", digest=\"{DIGEST}\", digest=\"{DIGEST}\""
        );
        assert_eq!(read(&twice), None);
    }

    proptest! {
        #[test]
        fn any_header_is_read_or_not(header in "[a-zA-Z=\", :/]{0,80}") {
            let _ = read(&header);
        }

        #[test]
        fn toggled_twice_is_not_there(one in ".{0,20}", other in ".{0,20}") {
            let mut digest = FollowersDigest::of([one.as_str()]);
            digest.toggle(&other);
            digest.toggle(&other);
            prop_assert_eq!(digest, FollowersDigest::of([one.as_str()]));
        }
    }
}
