//! A collection, or a page of one: what somebody posted, who follows whom, what replies to what.
//!
//! How many pages are followed, and whether their items are believed, is decided above.

use serde_json::Value;

use crate::document::{DocumentError, Fields};
use crate::limits::PAGE_ITEMS_MAX;
use crate::reference::Reference;
use crate::uri::{Uri, UriRules};

/// What a collection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CollectionKind {
    /// In no order.
    Collection,
    /// A page of one in no order.
    CollectionPage,
    /// In order.
    OrderedCollection,
    /// A page of one in order.
    OrderedCollectionPage,
}

impl CollectionKind {
    /// The kind of this name.
    #[must_use]
    pub fn of(name: &str) -> Option<CollectionKind> {
        match name {
            "Collection" => Some(CollectionKind::Collection),
            "CollectionPage" => Some(CollectionKind::CollectionPage),
            "OrderedCollection" => Some(CollectionKind::OrderedCollection),
            "OrderedCollectionPage" => Some(CollectionKind::OrderedCollectionPage),
            _ => None,
        }
    }

    /// Whether it is one page of several.
    #[must_use]
    pub fn is_page(self) -> bool {
        matches!(self, CollectionKind::CollectionPage | CollectionKind::OrderedCollectionPage)
    }
}

/// A collection or a page of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Collection {
    /// Its address; an embedded page may have none.
    pub id: Option<Uri>,
    /// What it is.
    pub kind: CollectionKind,
    /// How many items there are on all pages.
    pub total_items: Option<u64>,
    /// The first page, often embedded.
    pub first: Option<Reference>,
    /// The page after this, never this again.
    pub next: Option<Reference>,
    /// The page before this.
    pub prev: Option<Uri>,
    /// The collection that this is a page of.
    pub part_of: Option<Uri>,
    /// What is on it, as far as it can be read.
    pub items: Vec<Reference>,
    /// Whom or what it belongs to.
    pub attributed_to: Option<Uri>,
}

impl Collection {
    /// Reads a collection or a page.
    ///
    /// # Errors
    /// It is neither, or its id is no acceptable address.
    pub fn read(value: &Value, rules: UriRules) -> Result<Collection, DocumentError> {
        let fields = Fields::of_document(value, rules)?;
        let kind = fields.types().find_map(CollectionKind::of).ok_or(DocumentError::WrongType)?;
        let id = fields.get("id").map(|_| fields.required_uri("id")).transpose()?;
        let items = if fields.get("orderedItems").is_some() { "orderedItems" } else { "items" };
        let is_another = |page: &Reference| page.id().is_none() || page.id() != id.as_ref();
        Ok(Collection {
            kind,
            total_items: fields.number("totalItems"),
            first: Reference::first(&fields, "first").filter(is_another),
            next: Reference::first(&fields, "next").filter(is_another),
            prev: fields.uri("prev"),
            part_of: fields.uri("partOf"),
            items: Reference::all(&fields, items, PAGE_ITEMS_MAX),
            attributed_to: fields.uri("attributedTo"),
            id,
        })
    }
}

/// A page of a collection: a [`Collection`] whose kind says so.
pub type CollectionPage = Collection;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: Value) -> Result<Collection, DocumentError> {
        Collection::read(&value, UriRules::Public)
    }

    #[test]
    fn a_collection_with_its_first_page() {
        let read = read(json!({"id": "https://a.example/r", "type": "Collection", "totalItems": 7, "first": {
            "type": "CollectionPage", "partOf": "https://a.example/r", "next": "https://a.example/r?page=2",
            "items": ["https://a.example/1", {"id": "https://a.example/2", "type": "Note"}, "none", 5]}}))
        .unwrap();
        assert!(!read.kind.is_page() && read.items.is_empty() && read.total_items == Some(7));
        let page = Collection::read(read.first.unwrap().embedded().unwrap(), UriRules::Public).unwrap();
        assert!(page.kind.is_page() && page.id.is_none());
        let items: Vec<&str> = page.items.iter().filter_map(Reference::id).map(Uri::as_str).collect();
        assert_eq!(items, ["https://a.example/1", "https://a.example/2"]);
        assert_eq!(page.next.unwrap().id().unwrap().as_str(), "https://a.example/r?page=2");
    }

    #[test]
    fn ordered_and_of_one_item() {
        let one = read(
            json!({"type": "OrderedCollectionPage", "orderedItems": "https://a.example/1", "prev": "https://a.example/p"}),
        );
        let one = one.unwrap();
        assert_eq!((one.items.len(), one.prev.is_some()), (1, true));
    }

    #[test]
    fn a_page_that_leads_to_itself_ends() {
        let page = read(json!({"id": "https://a.example/p", "type": "CollectionPage", "next": "https://a.example/p",
            "first": {"id": "https://a.example/p"}}));
        let page = page.unwrap();
        assert_eq!((page.next, page.first), (None, None));
    }

    #[test]
    fn what_is_none_is_refused_and_long_ones_are_cut() {
        assert_eq!(read(json!({"type": "Note"})), Err(DocumentError::WrongType));
        assert!(read(json!({"type": "Collection", "id": "x"})).is_err());
        let many = read(json!({"type": "Collection", "items": vec!["https://a.example/1"; PAGE_ITEMS_MAX + 1]}));
        assert_eq!(many.unwrap().items.len(), PAGE_ITEMS_MAX);
    }
}
