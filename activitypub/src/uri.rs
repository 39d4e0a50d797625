//! What is an acceptable address of something on another server, and which two addresses have the same owner.
//!
//! An address is believed to belong to its host, so it must be impossible for two programs to read two hosts from one
//! text. What the parsers of the world are known to disagree about (backslashes, blanks, user names, integers as hosts)
//! is refused instead of repaired. Nothing is resolved here: whether a host's IP address may be called is
//! [`egress_policy`](crate::egress_policy).

use std::fmt;
use std::net::IpAddr;

use serde::{Serialize, Serializer};
use url::{Host, Url};

use crate::limits::{HOST_BYTES_MAX, URI_BYTES_MAX};

/// Why a text is no acceptable address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UriError {
    /// More bytes than [`URI_BYTES_MAX`].
    #[error("the address is too long")]
    TooLong,
    /// No address at all, or one that parsers disagree about.
    #[error("the address is malformed")]
    Malformed,
    /// Neither https nor, where the rules allow it, http to loopback.
    #[error("the address is not https")]
    Scheme,
    /// A user name or password.
    #[error("the address has a user name")]
    UserInfo,
    /// An IP address or a name without a dot, where the rules do not allow loopback.
    #[error("the address has no public host name")]
    Host,
    /// A fragment, where the address is to be a whole document.
    #[error("the address has a fragment")]
    Fragment,
    /// No path, where the address is to be an actor.
    #[error("the address has no path")]
    EmptyPath,
}

/// Which addresses are acceptable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UriRules {
    /// https to a host with a public name.
    #[default]
    Public,
    /// Also http, to this machine only, and its names and addresses in https: for test beds whose own domain is loopback.
    AlsoLoopback,
}

/// An acceptable address. Scheme, host and port are normalised (lower case, punycode, no default port); the rest is kept
/// as it came, because peers compare their ids as texts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uri {
    text: String,
    /// Bytes of scheme, host and port at the beginning of `text`.
    origin_bytes: usize,
}

impl Uri {
    /// Reads an address.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str, rules: UriRules) -> Result<Uri, UriError> {
        if text.len() > URI_BYTES_MAX {
            return Err(UriError::TooLong);
        }
        if text.chars().any(|c| c.is_control() || c.is_whitespace() || matches!(c, '\\' | '<' | '>' | '"')) {
            return Err(UriError::Malformed);
        }
        let rest = after_scheme(text)?;
        let authority_bytes = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(authority_bytes);
        if authority.contains('@') {
            return Err(UriError::UserInfo);
        }
        let url = Url::parse(text).map_err(|_| UriError::Malformed)?;
        accept_host(&url, authority, rules)?;
        let origin = url.origin().ascii_serialization();
        if origin.len() + tail.len() > URI_BYTES_MAX {
            return Err(UriError::TooLong);
        }
        Ok(Uri { text: format!("{origin}{tail}"), origin_bytes: origin.len() })
    }

    /// Reads the address of an actor: a document of its own, so it has a path and no fragment.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse_actor(text: &str, rules: UriRules) -> Result<Uri, UriError> {
        let uri = Uri::parse(text, rules)?;
        if uri.fragment().is_some() {
            return Err(UriError::Fragment);
        }
        if uri.tail().is_empty() {
            return Err(UriError::EmptyPath);
        }
        Ok(uri)
    }

    /// The address, as it is sent and compared.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Scheme, host and, where it is not the scheme's own, port: `https://example.com:8443`.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.text[..self.origin_bytes]
    }

    /// Host and, where it is not the scheme's own, port: `example.com:8443`. This names the server in every list of
    /// domains.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.origin().split_once("://").map_or("", |(_, authority)| authority)
    }

    /// The host alone: a name in lower case and punycode, or an IP address.
    #[must_use]
    pub fn host(&self) -> &str {
        let authority = self.authority();
        match authority.rfind(':') {
            Some(colon) if !authority.ends_with(']') => &authority[..colon],
            _ => authority,
        }
    }

    /// Whether both are on one host: what one says about the other is believed.
    #[must_use]
    pub fn same_authority(&self, other: &Uri) -> bool {
        self.authority() == other.authority()
    }

    /// What stands after `#`.
    #[must_use]
    pub fn fragment(&self) -> Option<&str> {
        self.text.split_once('#').map(|(_, fragment)| fragment)
    }

    /// The document that the address is in: itself, without what stands after `#`.
    #[must_use]
    pub fn document(&self) -> Uri {
        let text = self.text.split_once('#').map_or(self.text.as_str(), |(document, _)| document);
        Uri { text: text.to_owned(), origin_bytes: self.origin_bytes }
    }

    /// The address as a request's target.
    #[must_use]
    pub fn to_url(&self) -> Url {
        Url::parse(&self.text).expect("it was parsed when it was made")
    }

    /// What stands after the host: path, query and fragment.
    fn tail(&self) -> &str {
        &self.text[self.origin_bytes..]
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl Serialize for Uri {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// A domain as it stands in lists and handles, normalised: lower case, punycode, perhaps with a port. None where it is no
/// domain.
#[must_use]
pub fn normalise_domain(domain: &str, rules: UriRules) -> Option<String> {
    if domain.is_empty() || domain.len() > URI_BYTES_MAX / 2 || domain.contains(['/', '?', '#']) {
        return None;
    }
    Uri::parse(&format!("https://{domain}"), rules).ok().map(|uri| uri.authority().to_owned())
}

/// What stands after `https://` or `http://`, both slashes being there and no third.
fn after_scheme(text: &str) -> Result<&str, UriError> {
    let (scheme, rest) = text.split_once(':').ok_or(UriError::Malformed)?;
    if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
        return Err(UriError::Scheme);
    }
    let rest = rest.strip_prefix("//").ok_or(UriError::Malformed)?;
    if rest.is_empty() || rest.starts_with('/') { Err(UriError::Malformed) } else { Ok(rest) }
}

fn accept_host(url: &Url, authority: &str, rules: UriRules) -> Result<(), UriError> {
    let host = url.host().ok_or(UriError::Malformed)?;
    let loopback = is_loopback(&host);
    let public = match &host {
        Host::Domain(name) => !loopback && is_public_name(name),
        Host::Ipv4(_) | Host::Ipv6(_) => false,
    };
    // 2130706433, 0x7f.1 and the like become 127.0.0.1 in the parser: an IP address must be written as one.
    let written_as_read = match &host {
        Host::Ipv4(address) => authority.split(':').next() == Some(address.to_string().as_str()),
        _ => true,
    };
    match (url.scheme(), rules) {
        _ if !written_as_read || url.port() == Some(0) => Err(UriError::Host),
        ("https", _) if public => Ok(()),
        (_, UriRules::AlsoLoopback) if loopback => Ok(()),
        ("https", _) => Err(UriError::Host),
        _ => Err(UriError::Scheme),
    }
}

/// A name with a dot, of the characters that names have, and no trailing dot: `example.com.` would be a second name for
/// one host.
fn is_public_name(name: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    name.len() <= HOST_BYTES_MAX && name.contains('.') && name.split('.').all(label)
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => IpAddr::V4(*address).is_loopback(),
        Host::Ipv6(address) => IpAddr::V6(*address).is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn public(text: &str) -> Result<String, UriError> {
        Uri::parse(text, UriRules::Public).map(|uri| uri.to_string())
    }

    #[test]
    fn the_origin_is_normalised_and_the_rest_is_kept() {
        for (text, read) in [
            ("https://example.com/users/a", "https://example.com/users/a"),
            ("HTTPS://Example.COM:443/Users/A", "https://example.com/Users/A"),
            ("https://example.com:8443/a", "https://example.com:8443/a"),
            ("https://bücher.example/ü", "https://xn--bcher-kva.example/ü"),
            ("https://example.com", "https://example.com"),
            ("https://example.com?author=1", "https://example.com?author=1"),
            ("https://example.com/a/../b#x", "https://example.com/a/../b#x"),
        ] {
            assert_eq!(public(text).as_deref(), Ok(read));
        }
    }

    #[test]
    fn what_parsers_disagree_about_is_refused() {
        use UriError::{Host, Malformed, Scheme, TooLong, UserInfo};
        for (text, why) in [
            ("", Malformed),
            ("/users/a", Malformed),
            ("users/a", Malformed),
            ("//example.com/a", Malformed),
            ("https:example.com", Malformed),
            ("https:/example.com", Malformed),
            ("https:///example.com", Malformed),
            ("https://", Malformed),
            ("https://exam ple.com/", Malformed),
            ("https://example.com/\n", Malformed),
            ("https://example.com/a\0", Malformed),
            ("\thttps://example.com/", Malformed),
            ("https://good.example\\@evil.example/", Malformed),
            ("https://user@example.com/", UserInfo),
            ("https://good.example@evil.example/", UserInfo),
            ("https://:@evil.example/", UserInfo),
            ("http://example.com/", Scheme),
            ("javascript:alert(1)", Scheme),
            ("data:text/html,x", Scheme),
            ("file:///etc/passwd", Scheme),
            ("ftp://example.com/", Scheme),
            ("https://localhost/", Host),
            ("https://a.localhost/", Host),
            ("https://example/", Host),
            ("https://example.com./", Host),
            ("https://example..com/", Host),
            ("https://127.0.0.1/", Host),
            ("https://8.8.8.8/", Host),
            ("https://[::1]/", Host),
            ("https://2130706433/", Host),
            ("https://0x7f.1/", Host),
            ("https://017700000001/", Host),
            ("https://example.com:0/", Host),
            ("https://example.com:65536/", Malformed),
        ] {
            assert_eq!(public(text), Err(why), "{text:?}");
        }
        assert_eq!(public(&format!("https://example.com/{}", "a".repeat(URI_BYTES_MAX))), Err(TooLong));
        assert!(public(&format!("https://{}.com/", "a".repeat(300))).is_err());
    }

    #[test]
    fn http_is_for_loopback_only_and_only_if_allowed() {
        let loopback = |text| Uri::parse(text, UriRules::AlsoLoopback).map(|uri| uri.to_string());
        for text in ["http://localhost:3000/a", "http://127.0.0.1:1/a", "http://[::1]:80/a", "https://a.localhost/"] {
            assert!(loopback(text).is_ok(), "{text}");
        }
        assert_eq!(loopback("http://example.com/"), Err(UriError::Scheme));
        assert_eq!(loopback("https://10.0.0.1/"), Err(UriError::Host));
        assert_eq!(loopback("http://2130706433/"), Err(UriError::Host));
        assert_eq!(loopback("http://0x7f.1/"), Err(UriError::Host));
    }

    #[test]
    fn an_actor_is_a_document_of_its_own() {
        let actor = |text| Uri::parse_actor(text, UriRules::Public).map(|_| ());
        assert_eq!(actor("https://example.com/users/a"), Ok(()));
        assert_eq!(actor("https://example.com/?author=1"), Ok(()), "WordPress");
        assert_eq!(actor("https://example.com/users/a#me"), Err(UriError::Fragment));
        assert_eq!(actor("https://example.com"), Err(UriError::EmptyPath));
    }

    #[test]
    fn the_parts() {
        let uri = Uri::parse("https://Example.com:8443/a?b#c", UriRules::Public).unwrap();
        assert_eq!((uri.origin(), uri.authority()), ("https://example.com:8443", "example.com:8443"));
        assert_eq!((uri.host(), uri.fragment()), ("example.com", Some("c")));
        assert_eq!(uri.document().as_str(), "https://example.com:8443/a?b");
        let other = Uri::parse("https://example.com/a", UriRules::Public).unwrap();
        assert!(!uri.same_authority(&other), "another port is another server");
        let loopback = Uri::parse("http://[::1]:80/a", UriRules::AlsoLoopback).unwrap();
        assert_eq!(loopback.host(), "[::1]");
    }

    #[test]
    fn domains() {
        assert_eq!(normalise_domain("Bücher.Example", UriRules::Public).as_deref(), Some("xn--bcher-kva.example"));
        assert_eq!(normalise_domain("example.com:443", UriRules::Public).as_deref(), Some("example.com"));
        for hostile in ["", "a", "a/b.example", "u@example.com", "example.com#", "127.0.0.1", "exa mple.com"] {
            assert_eq!(normalise_domain(hostile, UriRules::Public), None, "{hostile:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,200}") {
            let _ = Uri::parse(&text, UriRules::AlsoLoopback);
        }

        #[test]
        fn what_was_read_reads_as_itself(text in "https?://[a-zA-Z0-9ü.:@\\[\\]-]{1,30}[/?#]?[a-z/?#%.]{0,20}") {
            for rules in [UriRules::Public, UriRules::AlsoLoopback] {
                if let Ok(uri) = Uri::parse(&text, rules) {
                    prop_assert_eq!(Uri::parse(uri.as_str(), rules), Ok(uri.clone()));
                    let url = uri.to_url();
                    prop_assert_eq!(url.host_str(), Some(uri.host()));
                    prop_assert_eq!(url.username(), "");
                }
            }
        }
    }
}
