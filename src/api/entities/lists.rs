//! List.

use chronodon_projections::core::lists::List as Row;
use serde::Serialize;

/// The entity List.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "fields are those of the entity")]
pub struct List {
    pub id: String,
    pub title: String,
    pub replies_policy: String,
    pub exclusive: bool,
}

impl From<Row> for List {
    fn from(row: Row) -> Self {
        Self { id: row.id.to_string(), title: row.title, replies_policy: row.replies_policy, exclusive: row.exclusive }
    }
}
