//! Something that a document speaks of: by its address alone, or with what the sender says it looks like.
//!
//! What is embedded is the sender's word. Whether to believe it (its origin is the sender's) or to fetch it from where it
//! belongs is decided above.

use serde_json::Value;

use crate::document::{DocumentError, Fields};
use crate::uri::{Uri, UriRules};

/// Something spoken of.
#[derive(Clone, Debug, PartialEq)]
pub enum Reference {
    /// Its address.
    Id(Uri),
    /// What it looks like, says the sender.
    Embedded {
        /// Its address, where it has one that is acceptable.
        id: Option<Uri>,
        /// The object.
        value: Value,
    },
}

impl Reference {
    /// Reads a text, a link or an object.
    ///
    /// # Errors
    /// Anything else, or a text that is no acceptable address.
    pub fn read(value: &Value, rules: UriRules) -> Result<Reference, DocumentError> {
        let parse = |text: &str| Uri::parse(text, rules).map_err(|error| DocumentError::Address("reference", error));
        if let Some(text) = value.as_str() {
            return Ok(Reference::Id(parse(text)?));
        }
        let fields = Fields::of_document(value, rules)?;
        match fields.text("href") {
            Some(href) if fields.is("Link") && fields.get("id").is_none() => Ok(Reference::Id(parse(href)?)),
            _ => Ok(Reference::Embedded { id: fields.uri("id"), value: value.clone() }),
        }
    }

    /// The field's one reference, or the first of several.
    pub(crate) fn first(fields: &Fields<'_>, name: &str) -> Option<Reference> {
        fields.list(name, 1).next().and_then(|value| Reference::read(value, fields.rules).ok())
    }

    /// All references of the field that can be read.
    pub(crate) fn all(fields: &Fields<'_>, name: &str, max: usize) -> Vec<Reference> {
        fields.list(name, max).filter_map(|value| Reference::read(value, fields.rules).ok()).collect()
    }

    /// Its address.
    #[must_use]
    pub fn id(&self) -> Option<&Uri> {
        match self {
            Reference::Id(id) => Some(id),
            Reference::Embedded { id, .. } => id.as_ref(),
        }
    }

    /// What it looks like, says the sender.
    #[must_use]
    pub fn embedded(&self) -> Option<&Value> {
        match self {
            Reference::Id(_) => None,
            Reference::Embedded { value, .. } => Some(value),
        }
    }

    /// Its types, says the sender; none where only its address is known.
    #[must_use]
    pub fn types(&self) -> Vec<&str> {
        let rules = UriRules::Public;
        self.embedded().and_then(|value| Fields::of(value, rules)).map_or_else(Vec::new, |it| it.types().collect())
    }

    /// Whether one of its types is this.
    #[must_use]
    pub fn is(&self, kind: &str) -> bool {
        self.types().contains(&kind)
    }

    /// Whether it is said to have been deleted.
    #[must_use]
    pub fn is_tombstone(&self) -> bool {
        self.is("Tombstone")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: Value) -> Result<Reference, DocumentError> {
        Reference::read(&value, UriRules::Public)
    }

    #[test]
    fn by_address_or_embedded() {
        let by_address = read(json!("https://a.example/1")).unwrap();
        assert_eq!(by_address.id().map(Uri::as_str), Some("https://a.example/1"));
        assert!(by_address.types().is_empty() && by_address.embedded().is_none());
        assert_eq!(read(json!({"type": "Link", "href": "https://a.example/1"})), Ok(by_address));
        let embedded = read(json!({"id": "https://a.example/1", "type": ["Tombstone", "X"]})).unwrap();
        assert_eq!(embedded.id().map(Uri::as_str), Some("https://a.example/1"));
        assert_eq!(embedded.types(), ["Tombstone", "X"]);
        assert!(embedded.is_tombstone() && !embedded.is("Note"));
    }

    #[test]
    fn an_embedded_object_may_have_no_address() {
        let tag = json!({"type": "Hashtag", "href": "https://a.example/tags/a", "name": "#a"});
        for value in
            [tag, json!({"type": "Note"}), json!({"id": null}), json!({"id": "javascript:1"}), json!({"id": 5})]
        {
            assert_eq!(read(value).unwrap().id(), None);
        }
        for value in [json!(null), json!(1), json!([]), json!("x"), json!("http://a.example/1")] {
            assert!(read(value).is_err());
        }
    }
}
