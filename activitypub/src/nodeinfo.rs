//! NodeInfo: what software another server says it runs. The index (`/.well-known/nodeinfo`) links to documents by the
//! version of their schema.

use serde_json::Value;

use crate::document::{DocumentError, Fields, cut};
use crate::limits::{LINKS_MAX, SOFTWARE_CHARS_MAX};
use crate::uri::{Uri, UriRules};

/// The schemas that we read and write, best first, as `rel`.
pub const SCHEMAS: [&str; 3] = [
    "http://nodeinfo.diaspora.software/ns/schema/2.1",
    "http://nodeinfo.diaspora.software/ns/schema/2.0",
    "http://nodeinfo.diaspora.software/ns/schema/1.0",
];

/// Reads the index: the address of the document to read.
///
/// # Errors
/// It is no object, or links to no document that we read.
pub fn read_index(value: &Value, rules: UriRules) -> Result<Uri, DocumentError> {
    let fields = Fields::of_document(value, rules)?;
    let links: Vec<Fields<'_>> = fields.objects("links", LINKS_MAX).collect();
    let of_schema =
        |rel: &&str| links.iter().find(|link| link.text("rel") == Some(rel)).and_then(|link| link.uri("href"));
    SCHEMAS.iter().find_map(of_schema).ok_or(DocumentError::Missing("links"))
}

/// What a server says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeInfo {
    /// The software's name, in lower case.
    pub software: String,
    /// Its version, as it came; may be empty.
    pub version: String,
}

impl NodeInfo {
    /// Reads a document.
    ///
    /// # Errors
    /// It is no object, or names no software.
    pub fn read(value: &Value) -> Result<NodeInfo, DocumentError> {
        let fields = Fields::of_document(value, UriRules::Public)?;
        let software = fields.object("software").ok_or(DocumentError::Missing("software"))?;
        let name = software.text("name").ok_or(DocumentError::Missing("software"))?;
        Ok(NodeInfo {
            software: cut(name.trim(), SOFTWARE_CHARS_MAX).to_lowercase(),
            version: cut(software.text("version").unwrap_or_default().trim(), SOFTWARE_CHARS_MAX),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_index_leads_to_the_best_document() {
        let index = |links: Value| read_index(&json!({ "links": links }), UriRules::Public).map(|uri| uri.to_string());
        let link = |schema: usize, address: &str| json!({"rel": SCHEMAS[schema], "href": address});
        let both = json!([link(1, "https://a.example/2.0"), link(0, "https://a.example/2.1")]);
        assert_eq!(index(both).as_deref(), Ok("https://a.example/2.1"));
        let broken = json!([link(1, "https://a.example/2.0"), link(0, "file:///x")]);
        assert_eq!(index(broken).as_deref(), Ok("https://a.example/2.0"));
        assert_eq!(index(json!([{"rel": "self", "href": "https://a.example/"}])), Err(DocumentError::Missing("links")));
    }

    #[test]
    fn software_has_a_name_and_perhaps_a_version() {
        let read = |value: Value| NodeInfo::read(&value);
        let software =
            |name: &str, version: &str| Ok(NodeInfo { software: name.to_owned(), version: version.to_owned() });
        assert_eq!(read(json!({"software": {"name": "Mastodon", "version": "4.4.0"}})), software("mastodon", "4.4.0"));
        assert_eq!(read(json!({"software": {"name": "x", "version": 4}})), software("x", ""));
        assert_eq!(read(json!({"software": "x"})), Err(DocumentError::Missing("software")));
        let long = read(json!({"software": {"name": "n".repeat(10_000), "version": "v".repeat(10_000)}})).unwrap();
        assert_eq!((long.software.len(), long.version.len()), (SOFTWARE_CHARS_MAX, SOFTWARE_CHARS_MAX));
    }
}
