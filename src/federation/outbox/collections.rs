//! Lists as documents: a collection, and a page of one.

use chronodon_activitypub::context::with_context;
use serde_json::{Value, json};

/// A collection of which only the number is said.
pub(super) fn total(id: &str, kind: &str, total: i64) -> Value {
    with_context(json!({ "id": id, "type": kind, "totalItems": total }))
}

/// A collection in order that is given whole.
pub(super) fn whole(id: &str, items: Vec<Value>) -> Value {
    let count = items.len();
    with_context(json!({ "id": id, "type": "OrderedCollection", "totalItems": count, "orderedItems": items }))
}

/// A page, and the addresses of those around it.
#[derive(Debug, Default)]
pub(super) struct PageOf {
    /// Its own address.
    pub(super) id: String,
    /// The collection's.
    pub(super) part_of: String,
    /// The page after it.
    pub(super) next: Option<String>,
    /// The page before it.
    pub(super) prev: Option<String>,
    /// How many there are on all pages, where that is said.
    pub(super) total: Option<i64>,
    /// What is on it.
    pub(super) items: Vec<Value>,
}

impl PageOf {
    /// A page of a collection in order.
    pub(super) fn ordered(self) -> Value {
        with_context(self.render("OrderedCollectionPage", "orderedItems"))
    }

    /// A page of a collection in no order, without `@context`.
    pub(super) fn unordered(self) -> Value {
        self.render("CollectionPage", "items")
    }

    fn render(self, kind: &str, items: &str) -> Value {
        let mut page = json!({ "id": self.id, "type": kind, "partOf": self.part_of });
        for (name, address) in [("next", self.next), ("prev", self.prev)] {
            if let Some(address) = address {
                page[name] = address.into();
            }
        }
        if let Some(total) = self.total {
            page["totalItems"] = total.into();
        }
        page[items] = self.items.into();
        page
    }
}
