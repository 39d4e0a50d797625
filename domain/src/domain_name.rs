//! Names of other servers, as policies and handles write them: lower case, punycode, no dot at the end.

use url::{Host, Url};

/// The longest name, a port included.
const BYTES_MAX: usize = 253 + ":65535".len();

/// A name as it is stored; none where the text is no name. Only a loopback host, which test beds have, keeps a port.
#[must_use]
pub fn canonical(text: &str) -> Option<String> {
    let name = text.trim().trim_end_matches('.');
    if name.is_empty() || name.len() > 4 * BYTES_MAX || name.contains(is_no_part) {
        return None;
    }
    // A port that the scheme has anyway would be dropped: this one has none.
    let url = Url::parse(&format!("ws://{name}")).ok()?;
    let host = url.host()?;
    let name = match url.port() {
        Some(port) if is_loopback(&host) => format!("{host}:{port}"),
        None if !has_port(name) || is_loopback(&host) => host.to_string(),
        _ => return None,
    };
    let is_named = match host {
        Host::Domain(domain) => domain.split('.').all(is_label),
        Host::Ipv4(_) | Host::Ipv6(_) => true,
    };
    (is_named && name.len() <= BYTES_MAX).then_some(name)
}

/// The name itself, and whatever it is part of: `a.b.example`, `b.example`, `example`.
pub fn with_parents(name: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(name), |name| name.split_once('.').map(|(_, parent)| parent))
}

/// What would make something else of it.
const fn is_no_part(c: char) -> bool {
    matches!(c, '/' | '\\' | '?' | '#' | '@' | '*' | '%') || c.is_whitespace()
}

fn is_label(label: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    !label.is_empty() && label.len() <= 63 && label.bytes().all(letter)
}

fn has_port(name: &str) -> bool {
    name.rsplit_once(':').is_some_and(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_host_has_one_name() {
        for (text, name) in [
            ("Example.ORG", "example.org"),
            (" example.org. ", "example.org"),
            ("com", "com"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("127.0.0.1:3000", "127.0.0.1:3000"),
            ("localhost", "localhost"),
            ("192.0.2.7", "192.0.2.7"),
        ] {
            assert_eq!(canonical(text).as_deref(), Some(name), "{text}");
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let long = "a".repeat(64);
        for text in
            ["", ".", "a..b", "a b", "https://a.example", "a.example/x", "u@a.example", "*.a.example", "a.example:8080"]
        {
            assert_eq!(canonical(text), None, "{text}");
        }
        assert_eq!(canonical(&long), None);
        assert_eq!(canonical(&["abcdefghi"; 40].join(".")), None);
        assert_eq!(canonical("a.example:443"), None);
        assert_eq!(canonical("a.example:80"), None);
    }

    #[test]
    fn parents_are_nearest_first() {
        assert_eq!(with_parents("a.b.example").collect::<Vec<_>>(), ["a.b.example", "b.example", "example"]);
    }

    proptest! {
        #[test]
        fn a_canonical_name_is_its_own(text in "\\PC{0,40}|[a-zA-Z.:0-9äß-]{1,30}") {
            if let Some(name) = canonical(&text) {
                prop_assert_eq!(canonical(&name), Some(name.clone()));
                prop_assert!(name.len() <= BYTES_MAX && with_parents(&name).count() < BYTES_MAX);
            }
        }
    }
}
