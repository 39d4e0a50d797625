//! What is asked for, and whether an answer is that.

use mime::Mime;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An object of ActivityPub.
    Document,
    /// A WebFinger answer.
    Jrd,
    /// Other JSON, such as NodeInfo.
    Json,
    /// HTML, XML or plain text.
    Text,
    /// Anything.
    File,
}

const ACTIVITY_STREAMS: &str = "https://www.w3.org/ns/activitystreams";

impl Kind {
    /// The `Accept` header.
    pub(super) fn accept(self) -> &'static str {
        match self {
            Self::Document => {
                "application/activity+json, application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\""
            }
            Self::Jrd => "application/jrd+json, application/json",
            Self::Json => "application/json",
            Self::Text => "text/html, application/xrd+xml, application/xml, text/plain",
            Self::File => "*/*",
        }
    }

    /// Whether an answer with this `Content-Type` is what was asked for. A document must say that it is one, as in
    /// Mastodon: on servers that let people upload files, what says otherwise may be anybody's. WebFinger answers are
    /// often plain files on plain web servers, and may be of any type that such a server gives them.
    pub(super) fn takes(self, content_type: Option<&str>) -> bool {
        let Some(given) = content_type else { return matches!(self, Self::Jrd | Self::File) };
        if self == Self::File {
            return true;
        }
        let Ok(given) = given.parse::<Mime>() else { return false };
        let (essence, json) =
            (given.essence_str(), given.subtype() == mime::JSON || given.suffix() == Some(mime::JSON));
        match self {
            Self::Document => match essence {
                "application/activity+json" => true,
                "application/ld+json" => given
                    .get_param("profile")
                    .is_some_and(|profile| profile.as_str().split_ascii_whitespace().any(|it| it == ACTIVITY_STREAMS)),
                _ => false,
            },
            Self::Jrd => json || matches!(essence, "application/octet-stream" | "text/plain"),
            Self::Json => json,
            Self::Text => {
                given.type_() == mime::TEXT || given.subtype() == mime::XML || given.suffix() == Some(mime::XML)
            }
            Self::File => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_says_that_it_is_one() {
        for good in [
            "application/activity+json",
            "application/activity+json; charset=utf-8",
            "Application/Activity+JSON",
            "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"",
            "application/ld+json;profile=\"https://a.example https://www.w3.org/ns/activitystreams\";charset=utf-8",
        ] {
            assert!(Kind::Document.takes(Some(good)), "{good}");
        }
        for bad in [
            "application/json",
            "application/ld+json",
            "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams-not\"",
            "text/html",
            "text/plain; application/activity+json",
            "application/octet-stream",
            "",
            ";",
        ] {
            assert!(!Kind::Document.takes(Some(bad)), "{bad}");
        }
        assert!(!Kind::Document.takes(None));
    }

    #[test]
    fn the_others() {
        assert!(Kind::Jrd.takes(Some("application/jrd+json; charset=utf-8")) && Kind::Jrd.takes(None));
        assert!(Kind::Jrd.takes(Some("application/json")) && !Kind::Jrd.takes(Some("text/html")));
        assert!(
            Kind::Json.takes(Some("application/json; profile=\"http://nodeinfo.diaspora.software/ns/schema/2.0#\""))
        );
        assert!(!Kind::Json.takes(None) && !Kind::Json.takes(Some("text/plain")));
        assert!(Kind::Text.takes(Some("application/xrd+xml")) && Kind::Text.takes(Some("text/html")));
        assert!(!Kind::Text.takes(Some("image/png")) && Kind::File.takes(Some("image/png")));
    }
}
