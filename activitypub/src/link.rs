//! The pages and files that an object names as its own: `url` is a text, a link with a media type, or a list of either.

use crate::document::{Fields, cut, is_longer};
use crate::limits::{MEDIA_TYPE_CHARS_MAX, URLS_MAX};
use crate::uri::Uri;

/// One page or file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) href: Uri,
    /// In lower case, without parameters.
    pub(crate) media_type: Option<String>,
    pub(crate) height: Option<u64>,
}

impl Link {
    /// All links of a field, in their order; also those that hang below a playlist, as PeerTube has them.
    pub(crate) fn read_all(fields: &Fields<'_>, name: &str) -> Vec<Link> {
        let mut links = Vec::new();
        for value in fields.list(name, URLS_MAX) {
            match (value.as_str(), Fields::of(value, fields.rules)) {
                (Some(text), _) => {
                    let href = Uri::parse(text, fields.rules).ok();
                    links.extend(href.map(|href| Link { href, media_type: None, height: None }));
                }
                (None, Some(link)) => {
                    links.extend(Link::read(&link));
                    links.extend(link.objects("tag", URLS_MAX).filter_map(|tag| Link::read(&tag)));
                }
                (None, None) => {}
            }
            if links.len() >= URLS_MAX {
                break;
            }
        }
        links.truncate(URLS_MAX);
        links
    }

    fn read(link: &Fields<'_>) -> Option<Link> {
        let href = link.uri("href").or_else(|| link.uri("url"))?;
        Some(Link { href, media_type: media_type(link), height: link.number("height") })
    }

    /// The page for people among them: the first of HTML, else the first of no known type.
    pub(crate) fn page(links: &[Link]) -> Option<Uri> {
        let of = |wanted: Option<&str>| links.iter().find(|link| link.media_type.as_deref() == wanted);
        of(Some("text/html")).or_else(|| of(None)).map(|link| link.href.clone())
    }
}

/// An object's `mediaType`, in lower case and without parameters.
pub(crate) fn media_type(fields: &Fields<'_>) -> Option<String> {
    let text = fields.text("mediaType")?;
    let essence = text.split(';').next()?.trim();
    let well_formed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '+' | '-' | '_');
    let acceptable =
        !is_longer(essence, MEDIA_TYPE_CHARS_MAX) && essence.contains('/') && essence.chars().all(well_formed);
    acceptable.then(|| cut(essence, MEDIA_TYPE_CHARS_MAX).to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::uri::UriRules;

    fn read(value: Value) -> Vec<Link> {
        let value = json!({ "url": value });
        Link::read_all(&Fields::of(&value, UriRules::Public).unwrap(), "url")
    }

    #[test]
    fn a_page_is_html_or_of_no_known_type() {
        let page = |value: Value| Link::page(&read(value)).map(|uri| uri.to_string());
        let link = |kind: &str, path: &str| json!({"type": "Link", "mediaType": kind, "href": format!("https://a.example/{path}")});
        assert_eq!(page(json!("https://a.example/1")).as_deref(), Some("https://a.example/1"));
        let several = json!([link("video/mp4", "v"), "https://a.example/1", link("text/html; charset=utf-8", "2")]);
        assert_eq!(page(several).as_deref(), Some("https://a.example/2"));
        assert_eq!(page(json!([link("video/mp4", "v")])), None);
        assert_eq!(page(json!("javascript:alert(1)")), None);
    }

    #[test]
    fn files_below_a_playlist_are_found_and_many_are_not_read() {
        let file = json!({"type": "Link", "mediaType": "VIDEO/MP4", "href": "https://a.example/v", "height": 480});
        let playlist = json!({"type": "Link", "mediaType": "application/x-mpegURL", "href": "https://a.example/l", "tag": [file, 1]});
        let links = read(json!([playlist]));
        assert_eq!(links.len(), 2);
        assert_eq!((links[1].media_type.as_deref(), links[1].height), (Some("video/mp4"), Some(480)));
        assert_eq!(read(json!(vec!["https://a.example/1"; 1_000])).len(), URLS_MAX);
    }
}
