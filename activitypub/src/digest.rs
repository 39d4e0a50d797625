//! The digest of a body in a request's headers: `Digest` (RFC 3230) as draft-cavage signatures cover it, and
//! `Content-Digest` (RFC 9530) as RFC 9421 signatures do. SHA-256 only, as everywhere in this network.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use sfv::{BareItem, Dictionary, ListEntry, Parser};
use sha2::{Digest, Sha256};

use crate::limits::SIGNATURE_HEADER_BYTES_MAX;
use crate::signature::SignatureError;

/// The SHA-256 of a body. Made once for a body that is sent to many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyDigest([u8; 32]);

impl BodyDigest {
    /// The digest of these bytes.
    #[must_use]
    pub fn of(body: &[u8]) -> BodyDigest {
        BodyDigest(Sha256::digest(body).into())
    }

    /// The value of a `Digest` header.
    #[must_use]
    pub fn to_digest_header(&self) -> String {
        format!("SHA-256={}", BASE64.encode(self.0))
    }

    /// The value of a `Content-Digest` header.
    #[must_use]
    pub fn to_content_digest_header(&self) -> String {
        format!("sha-256=:{}:", BASE64.encode(self.0))
    }

    /// Reads a `Digest` header: a list of `algorithm=base64`, of which one is SHA-256.
    ///
    /// # Errors
    /// No SHA-256 in it, several, or no digest.
    pub fn parse_digest_header(value: &str) -> Result<BodyDigest, SignatureError> {
        let of_sha256 = |part: &str| {
            let (algorithm, digest) = part.split_once('=')?;
            algorithm.trim().eq_ignore_ascii_case("sha-256").then(|| digest.trim().to_owned())
        };
        within_bounds(value)?;
        let mut found = value.split(',').filter_map(of_sha256);
        match (found.next(), found.next()) {
            (Some(digest), None) => decode(&digest),
            (Some(_), Some(_)) => Err(SignatureError::Ambiguous("several SHA-256 digests")),
            (None, _) => Err(SignatureError::DigestUnsupported),
        }
    }

    /// Reads a `Content-Digest` header: a dictionary of byte sequences with the key `sha-256`.
    ///
    /// # Errors
    /// No SHA-256 in it, or no digest.
    pub fn parse_content_digest_header(value: &str) -> Result<BodyDigest, SignatureError> {
        within_bounds(value)?;
        let dictionary: Dictionary =
            Parser::new(value).parse().map_err(|_| SignatureError::Malformed("Content-Digest"))?;
        match dictionary.get("sha-256") {
            Some(ListEntry::Item(item)) => match &item.bare_item {
                BareItem::ByteSequence(bytes) => from_bytes(bytes),
                _ => Err(SignatureError::Malformed("Content-Digest")),
            },
            Some(ListEntry::InnerList(_)) => Err(SignatureError::Malformed("Content-Digest")),
            None => Err(SignatureError::DigestUnsupported),
        }
    }
}

fn within_bounds(value: &str) -> Result<(), SignatureError> {
    if value.len() > SIGNATURE_HEADER_BYTES_MAX { Err(SignatureError::TooLarge) } else { Ok(()) }
}

fn decode(digest: &str) -> Result<BodyDigest, SignatureError> {
    from_bytes(&BASE64.decode(digest).map_err(|_| SignatureError::Malformed("Digest"))?)
}

fn from_bytes(bytes: &[u8]) -> Result<BodyDigest, SignatureError> {
    bytes.try_into().map(BodyDigest).map_err(|_| SignatureError::Malformed("Digest"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// SHA-256 of nothing.
    const OF_NOTHING: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

    #[test]
    fn both_headers_are_written_and_read() {
        let digest = BodyDigest::of(b"");
        assert_eq!(digest.to_digest_header(), format!("SHA-256={OF_NOTHING}"));
        assert_eq!(digest.to_content_digest_header(), format!("sha-256=:{OF_NOTHING}:"));
        assert_eq!(BodyDigest::parse_digest_header(&digest.to_digest_header()), Ok(digest));
        assert_eq!(BodyDigest::parse_content_digest_header(&digest.to_content_digest_header()), Ok(digest));
        let beside = format!("SHA-512=AAAA, sha-256={OF_NOTHING}");
        assert_eq!(BodyDigest::parse_digest_header(&beside), Ok(digest));
    }

    #[test]
    fn anything_else_is_refused() {
        for header in ["", "SHA-256", "SHA-256=", "SHA-256=!", "SHA-256=AAAA", "SHA-512=AAAA", "MD5=AAAA"] {
            assert!(BodyDigest::parse_digest_header(header).is_err(), "{header}");
        }
        let twice = format!("SHA-256={OF_NOTHING},SHA-256={OF_NOTHING}");
        assert!(matches!(BodyDigest::parse_digest_header(&twice), Err(SignatureError::Ambiguous(_))));
        for header in ["", "sha-256=x", "sha-256=(:AAAA:)", "sha-256=:AAAA:", "sha-512=:AAAA:", "sha-256=:A"] {
            assert!(BodyDigest::parse_content_digest_header(header).is_err(), "{header}");
        }
        let long = format!("SHA-256={}", "A".repeat(SIGNATURE_HEADER_BYTES_MAX));
        assert_eq!(BodyDigest::parse_digest_header(&long), Err(SignatureError::TooLarge));
    }

    proptest! {
        #[test]
        fn any_header_is_read_or_refused(header in "\\PC{0,100}") {
            let _ = BodyDigest::parse_digest_header(&header);
            let _ = BodyDigest::parse_content_digest_header(&header);
        }
    }
}
