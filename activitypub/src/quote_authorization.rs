//! The word of an author that somebody may quote a post (FEP-044f): a document on the author's server, which stands there
//! for as long as the word holds.

use serde_json::Value;

use crate::document::{DocumentError, Fields};
use crate::uri::{Uri, UriRules};

/// The name of its type.
pub const TYPE: &str = "QuoteAuthorization";

/// The word of an author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuoteAuthorization {
    /// Its address.
    pub id: Uri,
    /// The author, on the same server.
    pub attributed_to: Uri,
    /// The post that quotes.
    pub interacting_object: Uri,
    /// The post that is quoted, on the author's server.
    pub interaction_target: Uri,
}

impl QuoteAuthorization {
    /// Reads the document.
    ///
    /// # Errors
    /// It is none, or its author or the quoted post is on another server than itself.
    pub fn read(value: &Value, rules: UriRules) -> Result<QuoteAuthorization, DocumentError> {
        let fields = Fields::of_document(value, rules)?;
        if !fields.is(TYPE) {
            return Err(DocumentError::WrongType);
        }
        let id = fields.required_uri("id")?;
        let own = |name| match fields.required_uri(name)? {
            uri if uri.origin() == id.origin() => Ok(uri),
            _ => Err(DocumentError::Foreign(name)),
        };
        Ok(QuoteAuthorization {
            attributed_to: own("attributedTo")?,
            interacting_object: fields.required_uri("interactingObject")?,
            interaction_target: own("interactionTarget")?,
            id,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Value {
        json!({"id": "https://a.example/users/ann/quote_authorizations/1", "type": TYPE,
            "attributedTo": "https://a.example/users/ann", "interactingObject": "https://b.example/1",
            "interactionTarget": "https://a.example/users/ann/statuses/1"})
    }

    #[test]
    fn it_names_an_author_and_two_posts() {
        let read = QuoteAuthorization::read(&document(), UriRules::Public).unwrap();
        assert_eq!(read.attributed_to.as_str(), "https://a.example/users/ann");
        assert_eq!(read.interacting_object.as_str(), "https://b.example/1");
        assert_eq!(read.interaction_target.as_str(), "https://a.example/users/ann/statuses/1");
    }

    #[test]
    fn nobody_authorizes_for_another_server() {
        for name in ["attributedTo", "interactionTarget"] {
            let mut foreign = document();
            foreign[name] = json!("https://c.example/users/ann");
            assert_eq!(QuoteAuthorization::read(&foreign, UriRules::Public), Err(DocumentError::Foreign(name)));
            foreign[name] = Value::Null;
            assert_eq!(QuoteAuthorization::read(&foreign, UriRules::Public), Err(DocumentError::Missing(name)));
        }
        let mut other = document();
        other["type"] = json!("Note");
        assert_eq!(QuoteAuthorization::read(&other, UriRules::Public), Err(DocumentError::WrongType));
    }
}
