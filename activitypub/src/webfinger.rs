//! WebFinger (RFC 7033): from a handle such as `@user@example.com` to an actor's address, and what the answer says.
//!
//! Which host is asked, and whether the actor confirms what the answer says, is decided above.

use std::fmt;

use serde_json::Value;

use crate::context::is_activity_media_type;
use crate::document::{DocumentError, Fields};
use crate::limits::{LINKS_MAX, URI_BYTES_MAX, USERNAME_CHARS_MAX};
use crate::uri::{Uri, UriRules, normalise_domain};

/// A username and the domain it is at. Shown, it is `user@example.com`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handle {
    /// In the case it came in.
    pub username: String,
    /// Normalised: lower case, punycode, perhaps with a port.
    pub domain: String,
}

impl Handle {
    /// Reads `acct:user@example.com`, `@user@example.com` or `user@example.com`. None where it is none of these, also
    /// where the domain is missing.
    #[must_use]
    pub fn parse(text: &str, rules: UriRules) -> Option<Handle> {
        if text.len() > URI_BYTES_MAX * 2 {
            return None;
        }
        let text = text.trim();
        let after_scheme = text.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("acct:")).map(|_| &text[5..]);
        let text = after_scheme.unwrap_or(text);
        let (username, domain) = text.strip_prefix('@').unwrap_or(text).split_once('@')?;
        if !Handle::is_username(username) {
            return None;
        }
        Some(Handle { username: username.to_owned(), domain: normalise_domain(domain, rules)? })
    }

    /// The handle as WebFinger names it: `acct:user@example.com`.
    #[must_use]
    pub fn to_acct(&self) -> String {
        format!("acct:{self}")
    }

    /// Whether this could be a username on some server: letters and digits of any script, and a few signs. What would
    /// make a handle or an address ambiguous is in none.
    #[must_use]
    pub fn is_username(text: &str) -> bool {
        let allowed = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '~' | '+' | '!' | '$' | '=' | ':');
        let chars = text.chars().take(USERNAME_CHARS_MAX + 1).count();
        (1..=USERNAME_CHARS_MAX).contains(&chars) && text.chars().all(allowed)
    }
}

/// Reads a handle: see [`Handle::parse`].
#[must_use]
pub fn handle(text: &str, rules: UriRules) -> Option<Handle> {
    Handle::parse(text, rules)
}

impl fmt::Display for Handle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}@{}", self.username, self.domain)
    }
}

/// An answer of WebFinger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jrd {
    /// What was found, as it came.
    pub subject: String,
    /// What else it is called.
    pub aliases: Vec<String>,
    /// The actor.
    pub actor: Option<Uri>,
    /// The page for people.
    pub profile_page: Option<Uri>,
    /// Where somebody from elsewhere goes to act on something, with `{uri}` in it.
    pub subscribe_template: Option<String>,
}

impl Jrd {
    /// Reads an answer.
    ///
    /// # Errors
    /// It is no object, or has no subject.
    pub fn read(value: &Value, rules: UriRules) -> Result<Jrd, DocumentError> {
        let fields = Fields::of_document(value, rules)?;
        let subject = fields.text("subject").ok_or(DocumentError::Missing("subject"))?;
        if subject.len() > URI_BYTES_MAX * 2 {
            return Err(DocumentError::TooLong("subject"));
        }
        let links: Vec<Fields<'_>> = fields.objects("links", LINKS_MAX).collect();
        let with_rel = |rel: &'static str| links.iter().filter(move |link| link.text("rel") == Some(rel));
        let of_actor = |link: &&Fields<'_>| link.text("type").is_some_and(is_activity_media_type);
        let template = with_rel("http://ostatus.org/schema/1.0/subscribe").find_map(|link| link.text("template"));
        Ok(Jrd {
            subject: subject.to_owned(),
            aliases: fields.addresses("aliases", LINKS_MAX),
            actor: with_rel("self").filter(of_actor).find_map(|link| link.uri("href")),
            profile_page: with_rel("http://webfinger.net/rel/profile-page").find_map(|link| link.uri("href")),
            subscribe_template: template.filter(|text| text.len() <= URI_BYTES_MAX).map(str::to_owned),
        })
    }

    /// The handle that the subject is.
    #[must_use]
    pub fn handle(&self, rules: UriRules) -> Option<Handle> {
        Handle::parse(&self.subject, rules)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn parsed(text: &str) -> Option<String> {
        handle(text, UriRules::Public).map(|handle| handle.to_string())
    }

    #[test]
    fn handles_as_people_and_servers_write_them() {
        for text in ["acct:Ann@example.com", "ACCT:Ann@Example.com", "@Ann@example.com", " Ann@example.com "] {
            assert_eq!(parsed(text).as_deref(), Some("Ann@example.com"), "{text}");
        }
        assert_eq!(parsed("@ü.b-c@bücher.example").as_deref(), Some("ü.b-c@xn--bcher-kva.example"));
        let local = handle("acct:127.0.0.1:3000@127.0.0.1:3000", UriRules::AlsoLoopback);
        assert_eq!(local.map(|handle| handle.domain).as_deref(), Some("127.0.0.1:3000"));
    }

    #[test]
    fn what_is_no_handle_is_none() {
        let long = format!("{}@example.com", "a".repeat(USERNAME_CHARS_MAX + 1));
        for text in [
            "",
            "@",
            "@ann",
            "ann@",
            "@@example.com",
            "a b@example.com",
            "a@b@example.com",
            "a@b/c",
            "a@127.0.0.1",
            "a/../b@example.com",
            "a?b@example.com",
            "a#b@example.com",
            "<a>@example.com",
            "a\u{202e}b@example.com",
            "äacct:",
            &long,
        ] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }

    fn jrd(value: Value) -> Result<Jrd, DocumentError> {
        Jrd::read(&value, UriRules::Public)
    }

    #[test]
    fn the_actor_is_the_self_link_of_the_right_type() {
        let link =
            |kind: &str, path: &str| json!({"rel": "self", "type": kind, "href": format!("https://a.example/{path}")});
        let profile = "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"";
        for (links, found) in [
            (json!([link("application/activity+json", "1")]), Some("https://a.example/1")),
            (json!([link("text/html", "0"), link(profile, "1")]), Some("https://a.example/1")),
            (json!([link("application/ld+json", "0"), link("text/html", "0")]), None),
            (json!([{"rel": "self", "type": "application/activity+json", "href": "file:///etc/passwd"}]), None),
            (json!("none"), None),
        ] {
            let read = jrd(json!({"subject": "acct:ann@a.example", "links": links})).unwrap();
            assert_eq!(read.actor.as_ref().map(Uri::as_str), found);
        }
    }

    #[test]
    fn the_other_links_and_names() {
        let read = jrd(json!({"subject": "acct:ann@a.example", "aliases": ["https://a.example/@ann", 1], "links": [
            {"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": "https://a.example/@ann"},
            {"rel": "http://ostatus.org/schema/1.0/subscribe", "template": "https://a.example/interact?uri={uri}"},
        ]}))
        .unwrap();
        assert_eq!(read.handle(UriRules::Public).unwrap().to_string(), "ann@a.example");
        assert_eq!(read.aliases, ["https://a.example/@ann"]);
        assert_eq!(read.profile_page.unwrap().as_str(), "https://a.example/@ann");
        assert_eq!(read.subscribe_template.as_deref(), Some("https://a.example/interact?uri={uri}"));
        assert_eq!(jrd(json!([])), Err(DocumentError::NotAnObject));
        assert_eq!(jrd(json!({"links": []})), Err(DocumentError::Missing("subject")));
    }

    proptest! {
        #[test]
        fn any_text_is_a_handle_or_not(text in "\\PC{0,60}") {
            if let Some(handle) = handle(&text, UriRules::Public) {
                prop_assert_eq!(Handle::parse(&handle.to_acct(), UriRules::Public), Some(handle));
            }
        }
    }
}
