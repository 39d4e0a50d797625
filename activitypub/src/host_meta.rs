//! `/.well-known/host-meta` (RFC 6415): where a domain's WebFinger is, if not where it is expected. One attribute of one
//! element is wanted, so no XML is parsed: the text is searched once, from left to right, and entities other than the
//! five of XML are refused.

use crate::limits::{LINKS_MAX, URI_BYTES_MAX};
use crate::uri::{Uri, UriRules};

/// Bytes of such a document that are read.
const DOCUMENT_BYTES_MAX: usize = 64 * 1024;
/// What stands in a template for what is looked up.
const PLACE: &str = "{uri}";

/// The template of the link `lrdd`: an address with `{uri}` in it.
#[must_use]
pub fn read_template(xml: &str) -> Option<String> {
    if xml.len() > DOCUMENT_BYTES_MAX || xml.contains("<!") && !only_comments(xml) {
        return None;
    }
    let elements = xml.split("<Link").skip(1).take(LINKS_MAX);
    let lrdd = |element: &&str| attribute(element, "rel").as_deref() == Some("lrdd");
    let template = elements.filter(lrdd).find_map(|element| attribute(element, "template"))?;
    (template.len() <= URI_BYTES_MAX && template.contains(PLACE)).then_some(template)
}

/// The address at which the resource (`acct:user@example.com`) is looked up.
#[must_use]
pub fn fill_template(template: &str, resource: &str, rules: UriRules) -> Option<Uri> {
    let encoded: String = url::form_urlencoded::byte_serialize(resource.as_bytes()).collect();
    Uri::parse(&template.replacen(PLACE, &encoded, 1), rules).ok()
}

/// The address at which an origin's (`https://example.com`) WebFinger is expected.
#[must_use]
pub fn well_known(origin: &str, resource: &str, rules: UriRules) -> Option<Uri> {
    fill_template(&format!("{origin}/.well-known/webfinger?resource={PLACE}"), resource, rules)
}

/// Whether every `<!` begins a comment: a document type or a section of raw text has no business here.
fn only_comments(xml: &str) -> bool {
    xml.split("<!").skip(1).all(|after| after.starts_with("--"))
}

/// The value of an attribute of the element that `text` goes on with.
fn attribute(text: &str, name: &str) -> Option<String> {
    let mut rest = text.split('>').next()?;
    while let Some((before, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, next) = after[1..].split_once(quote)?;
        if before.trim() == name {
            return unescape(value);
        }
        rest = next;
    }
    None
}

fn unescape(value: &str) -> Option<String> {
    let mut parts = value.split('&');
    let mut text = parts.next()?.to_owned();
    for part in parts {
        let (entity, rest) = part.split_once(';')?;
        text.push(match entity {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => return None,
        });
        text.push_str(rest);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn document(link: &str) -> String {
        format!(
            "<?xml version=\"1.0\"?>\n<!-- x -->\n<XRD xmlns=\"http://docs.oasis-open.org/ns/xri/xrd-1.0\">\n  {link}\n</XRD>\n"
        )
    }

    #[test]
    fn the_template_is_found() {
        let expected = "https://a.example/finger?a=b&resource={uri}";
        for link in [
            "<Link rel=\"lrdd\" template=\"https://a.example/finger?a=b&amp;resource={uri}\"/>",
            "<Link type='application/xrd+xml' template='https://a.example/finger?a=b&amp;resource={uri}' rel='lrdd' />",
            "<Link rel=\"x\" template=\"https://b.example/{uri}\"/><Link rel = \"lrdd\"\n template = \"https://a.example/finger?a=b&amp;resource={uri}\"></Link>",
        ] {
            assert_eq!(read_template(&document(link)).as_deref(), Some(expected), "{link}");
        }
        let uri = fill_template(expected, "acct:ann@a.example", UriRules::Public).unwrap();
        assert_eq!(uri.as_str(), "https://a.example/finger?a=b&resource=acct%3Aann%40a.example");
    }

    #[test]
    fn anything_else_is_none() {
        for link in [
            "",
            "<Link rel=\"lrdd\"/>",
            "<Link rel=\"lrdd\" template=\"https://a.example/\"/>",
            "<Link rel=\"lrdd\" template=\"https://a.example/{uri}&x;\"/>",
            "<Link rel=\"lrdd\" template=\"https://a.example/{uri}",
            "<Link rel=lrdd template=https://a.example/{uri} />",
            "<!DOCTYPE x [<!ENTITY y \"z\">]><Link rel=\"lrdd\" template=\"https://a.example/{uri}\"/>",
        ] {
            assert_eq!(read_template(&document(link)), None, "{link}");
        }
        assert_eq!(read_template(&document(&" ".repeat(DOCUMENT_BYTES_MAX))), None);
        assert_eq!(fill_template("file:///{uri}", "x", UriRules::Public), None);
        assert_eq!(fill_template("https://127.0.0.1/{uri}", "x", UriRules::Public), None);
    }

    #[test]
    fn where_it_is_expected() {
        let uri = well_known("https://a.example", "acct:ann@a.example", UriRules::Public).unwrap();
        assert_eq!(uri.as_str(), "https://a.example/.well-known/webfinger?resource=acct%3Aann%40a.example");
        assert_eq!(well_known("http://127.0.0.1", "x", UriRules::Public), None);
    }

    proptest! {
        #[test]
        fn any_text_has_a_template_or_not(text in "[<>Link rel='\"/{}=uri&;!]{0,120}") {
            let _ = read_template(&text);
        }
    }
}
