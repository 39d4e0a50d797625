//! What this server thinks of another: blocked in some way, or let in by name.

use serde::{Deserialize, Serialize};

use crate::{KeyId, Payload};

event_enum! {
    /// What can happen to the policy for a domain.
    pub enum DomainPolicyEvent {
        "domain.allowed" 1 => Allowed(DomainAllowed),
        "domain.blocked" 1 => Blocked(DomainBlocked),
        "domain.disallowed" 1 => Disallowed(DomainDisallowed),
        "domain.unblocked" 1 => Unblocked(DomainUnblocked),
    }
}

/// How far a block goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Accounts there are as any others; only what is rejected by name is rejected.
    Noop,
    /// Accounts there are shown to those who follow them or ask for them by name.
    Silence,
    /// Nothing comes from there or goes there, and nobody sees what is here of it.
    Suspend,
}

impl Severity {
    /// The severity as Mastodon's API and the read models write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Noop => "noop",
            Self::Silence => "silence",
            Self::Suspend => "suspend",
        }
    }

    /// The severity with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Noop, Self::Silence, Self::Suspend].into_iter().find(|severity| severity.as_str() == name)
    }
}

/// A domain was blocked, or is blocked otherwise than before. The block covers its subdomains.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainBlocked {
    /// In lower case and punycode.
    pub domain: String,
    /// How far it goes.
    pub severity: Severity,
    /// No files are fetched from there.
    pub reject_media: bool,
    /// Reports from there are thrown away.
    pub reject_reports: bool,
    /// The reason, for everybody.
    pub public_comment: Option<String>,
    /// The reason, for staff.
    pub private_comment: Option<String>,
    /// Where blocks are published the name is hidden in part.
    pub obfuscate: bool,
}

impl Payload for DomainBlocked {
    fn key(&self) -> KeyId {
        KeyId::INSTANCE
    }
}

/// A block was lifted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainUnblocked {
    /// In lower case and punycode.
    pub domain: String,
}

impl Payload for DomainUnblocked {
    fn key(&self) -> KeyId {
        KeyId::INSTANCE
    }
}

/// A domain was let in by name, for servers that federate with those alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainAllowed {
    /// In lower case and punycode.
    pub domain: String,
}

impl Payload for DomainAllowed {
    fn key(&self) -> KeyId {
        KeyId::INSTANCE
    }
}

/// A domain is let in by name no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainDisallowed {
    /// In lower case and punycode.
    pub domain: String,
}

impl Payload for DomainDisallowed {
    fn key(&self) -> KeyId {
        KeyId::INSTANCE
    }
}
