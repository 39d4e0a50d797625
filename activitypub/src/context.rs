//! What our documents open with (`@context`), and how documents are asked for and named: the media types.

use serde_json::{Value, json};

/// The media type of what we send.
pub const ACTIVITY_JSON: &str = "application/activity+json";
/// The other name of the same.
pub const LD_JSON: &str = "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"";
/// What we ask others for.
pub const ACCEPT: &str =
    "application/activity+json, application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"";
/// The vocabulary that everybody shares.
pub const ACTIVITY_STREAMS: &str = "https://www.w3.org/ns/activitystreams";

/// The `@context` of every document of ours: the shared vocabulary, keys, and the extensions that Mastodon made or took
/// up. Those who do not read JSON-LD do not read it; those who do find every term of ours in it.
#[must_use]
pub fn context() -> Value {
    json!([
        ACTIVITY_STREAMS,
        "https://w3id.org/security/v1",
        "https://purl.archive.org/socialweb/webfinger",
        {
            "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
            "sensitive": "as:sensitive",
            "Hashtag": "as:Hashtag",
            "movedTo": {"@id": "as:movedTo", "@type": "@id"},
            "alsoKnownAs": {"@id": "as:alsoKnownAs", "@type": "@id"},
            "toot": "http://joinmastodon.org/ns#",
            "Emoji": "toot:Emoji",
            "featured": {"@id": "toot:featured", "@type": "@id"},
            "featuredTags": {"@id": "toot:featuredTags", "@type": "@id"},
            "focalPoint": {"@container": "@list", "@id": "toot:focalPoint"},
            "blurhash": "toot:blurhash",
            "discoverable": "toot:discoverable",
            "indexable": "toot:indexable",
            "memorial": "toot:memorial",
            "suspended": "toot:suspended",
            "votersCount": "toot:votersCount",
            "attributionDomains": {"@container": "@set", "@id": "toot:attributionDomains"},
            "schema": "http://schema.org#",
            "PropertyValue": "schema:PropertyValue",
            "value": "schema:value",
            "ostatus": "http://ostatus.org#",
            "atomUri": "ostatus:atomUri",
            "inReplyToAtomUri": "ostatus:inReplyToAtomUri",
            "conversation": "ostatus:conversation",
            "QuoteRequest": "https://w3id.org/fep/044f#QuoteRequest",
            "QuoteAuthorization": "https://w3id.org/fep/044f#QuoteAuthorization",
            "quote": {"@id": "https://w3id.org/fep/044f#quote", "@type": "@id"},
            "quoteAuthorization": {"@id": "https://w3id.org/fep/044f#quoteAuthorization", "@type": "@id"},
            "quoteUri": "http://fedibird.com/ns#quoteUri",
            "_misskey_quote": "https://misskey-hub.net/ns#_misskey_quote",
            "gts": "https://gotosocial.org/ns#",
            "interactionPolicy": {"@id": "gts:interactionPolicy", "@type": "@id"},
            "canQuote": {"@id": "gts:canQuote", "@type": "@id"},
            "automaticApproval": {"@id": "gts:automaticApproval", "@type": "@id"},
            "manualApproval": {"@id": "gts:manualApproval", "@type": "@id"},
            "interactingObject": {"@id": "gts:interactingObject", "@type": "@id"},
            "interactionTarget": {"@id": "gts:interactionTarget", "@type": "@id"}
        }
    ])
}

/// The document with our `@context` in it.
#[must_use]
pub fn with_context(mut document: Value) -> Value {
    if let Value::Object(fields) = &mut document {
        fields.insert("@context".to_owned(), context());
    }
    document
}

/// Whether who asks with this `Accept` prefers an activity to a page for people. What is preferred alike goes by the
/// order in which it stands; wildcards ask for the page, as does nothing at all.
#[must_use]
pub fn accepts_activity(accept: &str) -> bool {
    let mut best: Option<(f32, bool)> = None;
    for range in split_outside_quotes(accept, ',') {
        let essence = essence(range);
        let activity = matches!(essence.as_str(), ACTIVITY_JSON | "application/ld+json" | "application/json");
        let page = matches!(essence.as_str(), "text/html" | "application/xhtml+xml" | "text/*" | "*/*");
        let quality = quality(range);
        if (activity || page) && quality > 0.0 && best.is_none_or(|(known, _)| quality > known) {
            best = Some((quality, activity));
        }
    }
    best.is_some_and(|(_, activity)| activity)
}

/// Whether a document of this `Content-Type` may be believed to be what its address says: its server means it to be an
/// activity. A file that somebody uploaded there has another type.
#[must_use]
pub fn is_activity_media_type(content_type: &str) -> bool {
    match essence(content_type).as_str() {
        ACTIVITY_JSON => true,
        "application/ld+json" => {
            let profile = parameter(content_type, "profile");
            profile.is_some_and(|profile| profile.split_ascii_whitespace().any(|name| name == ACTIVITY_STREAMS))
        }
        _ => false,
    }
}

/// Type and subtype, in lower case.
fn essence(range: &str) -> String {
    range.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn quality(range: &str) -> f32 {
    let quality = parameter(range, "q").map_or(Ok(1.0), |text| text.parse::<f32>());
    quality.ok().filter(|quality| (0.0..=1.0).contains(quality)).unwrap_or(0.0)
}

fn parameter<'a>(range: &'a str, name: &str) -> Option<&'a str> {
    let parameters = split_outside_quotes(range, ';').skip(1);
    let mut pairs = parameters.filter_map(|parameter| parameter.split_once('='));
    let (_, value) = pairs.find(|(key, _)| key.trim().eq_ignore_ascii_case(name))?;
    let value = value.trim();
    Some(value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value))
}

fn split_outside_quotes(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |c: char| {
        quoted ^= c == '"';
        c == separator && !quoted
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn who_prefers_an_activity_gets_one() {
        for accept in [
            ACTIVITY_JSON,
            LD_JSON,
            ACCEPT,
            "application/activity+json, text/html",
            "text/html;q=0.5, application/activity+json",
            "application/ld+json;profile=\"https://www.w3.org/ns/activitystreams\", text/html;q=0.1, */*;q=0.1",
            "APPLICATION/Activity+JSON",
            "application/json",
            "image/png, application/activity+json;q=0.2",
        ] {
            assert!(accepts_activity(accept), "{accept}");
        }
    }

    #[test]
    fn everybody_else_gets_the_page() {
        for accept in [
            "",
            "*/*",
            "text/html",
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "text/html, application/activity+json",
            "application/activity+json;q=0.9, text/html",
            "application/activity+json;q=0",
            "application/activity+json;q=2",
            "application/activity+json;q=x",
            "image/png",
        ] {
            assert!(!accepts_activity(accept), "{accept}");
        }
    }

    #[test]
    fn a_document_says_that_it_is_one() {
        for kind in [
            ACTIVITY_JSON,
            LD_JSON,
            "application/activity+json; charset=utf-8",
            "application/ld+json;charset=utf-8;profile=\"http://example.com https://www.w3.org/ns/activitystreams\"",
            "application/ld+json; profile=https://www.w3.org/ns/activitystreams",
        ] {
            assert!(is_activity_media_type(kind), "{kind}");
        }
        for kind in [
            "",
            "application/json",
            "application/ld+json",
            "text/html",
            "application/ld+json; profile=\"x\"",
            "text/plain; x=application/activity+json",
            "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams-x\"",
        ] {
            assert!(!is_activity_media_type(kind), "{kind}");
        }
    }

    #[test]
    fn the_context_opens_with_the_shared_vocabulary() {
        let context = context();
        assert_eq!(context[0], ACTIVITY_STREAMS);
        assert_eq!(context[3]["Hashtag"], "as:Hashtag");
        assert_eq!(with_context(json!({"id": 1})), json!({"@context": context, "id": 1}));
    }

    proptest! {
        #[test]
        fn any_header_is_answered(header in "[a-z*/;=\"q0-9., +]{0,80}") {
            let _ = (accepts_activity(&header), is_activity_media_type(&header));
        }
    }
}
