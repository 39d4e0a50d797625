//! Domain blocks, as everybody and as staff see them, and domains that are let in by name.

use chronodon_projections::core::domain_policies::DomainPolicy;
use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::api::time::iso;

/// The entity DomainBlock.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "fields are those of the entity")]
pub struct DomainBlock {
    pub domain: String,
    pub digest: String,
    pub severity: String,
    pub comment: String,
}

/// A block as everybody sees it.
#[must_use]
pub fn public(row: &DomainPolicy) -> DomainBlock {
    DomainBlock {
        domain: if row.obfuscate { obfuscated(&row.domain) } else { row.domain.clone() },
        digest: digest(&row.domain),
        severity: row.severity.clone().unwrap_or_default(),
        comment: row.public_comment.clone().unwrap_or_default(),
    }
}

/// The entity Admin::DomainBlock.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "fields are those of the entity")]
pub struct AdminDomainBlock {
    pub id: String,
    pub domain: String,
    pub digest: String,
    #[serde(serialize_with = "iso")]
    pub created_at: Timestamp,
    pub severity: String,
    pub reject_media: bool,
    pub reject_reports: bool,
    pub private_comment: Option<String>,
    pub public_comment: Option<String>,
    pub obfuscate: bool,
}

/// A block as staff sees it; none where the domain is not blocked.
#[must_use]
pub fn for_staff(row: &DomainPolicy) -> Option<AdminDomainBlock> {
    Some(AdminDomainBlock {
        id: row.block_id?.to_string(),
        domain: row.domain.clone(),
        digest: digest(&row.domain),
        created_at: row.blocked_at?,
        severity: row.severity.clone()?,
        reject_media: row.reject_media,
        reject_reports: row.reject_reports,
        private_comment: row.private_comment.clone(),
        public_comment: row.public_comment.clone(),
        obfuscate: row.obfuscate,
    })
}

/// The entity Admin::DomainAllow.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "fields are those of the entity")]
pub struct AdminDomainAllow {
    pub id: String,
    pub domain: String,
    #[serde(serialize_with = "iso")]
    pub created_at: Timestamp,
}

/// A domain that is let in by name; none where it is not.
#[must_use]
pub fn allowed(row: &DomainPolicy) -> Option<AdminDomainAllow> {
    Some(AdminDomainAllow { id: row.allow_id?.to_string(), domain: row.domain.clone(), created_at: row.allowed_at? })
}

/// The middle half of a name in stars; dots stay. As Mastodon does it, so that lists can be compared.
fn obfuscated(domain: &str) -> String {
    let length = domain.chars().count();
    let open = length / 4;
    let star = |(place, c): (usize, char)| if place > open && place < length - open && c != '.' { '*' } else { c };
    domain.chars().enumerate().map(star).collect()
}

/// By which two servers find that they mean the same domain.
fn digest(domain: &str) -> String {
    hex::encode(Sha256::digest(domain.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_a_name_is_hidden_and_its_dots_are_not() {
        assert_eq!(obfuscated("bad.example.org"), "bad.*******.org");
        assert_eq!(obfuscated("a.b"), "a.*");
        assert_eq!(obfuscated(""), "");
    }

    #[test]
    fn a_digest_is_of_the_whole_name() {
        let expected = "a379a6f6eeafb9a55e378c118034e2751e682fab9f2d30ab13d2125586ce1947";
        assert_eq!(digest("example.com"), expected);
    }
}
