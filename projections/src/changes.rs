//! Which rows a fold has touched: what those follow who keep something that they made of rows.

use std::collections::BTreeMap;

use crate::Row;

/// The rows that a fold has written or removed, by table; some of them may be as they were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    unknown: bool,
    tables: BTreeMap<&'static str, Rows>,
}

/// Rows of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rows {
    /// None of them.
    None,
    /// Those with these ids as their keys.
    These(Vec<i64>),
    /// Nobody knows which.
    Any,
}

impl Changes {
    /// Any row of any table: another process folded, or the tables are others.
    #[must_use]
    pub const fn unknown() -> Self {
        Self { unknown: true, tables: BTreeMap::new() }
    }

    /// The rows of a table that may have changed.
    #[must_use]
    pub fn of<R: Row>(&self) -> Rows {
        if self.unknown { Rows::Any } else { self.tables.get(R::TABLE).cloned().unwrap_or(Rows::None) }
    }

    /// Adds what has changed in a table that was not named yet.
    pub(crate) fn add(&mut self, table: &'static str, rows: Rows) {
        if rows != Rows::None {
            self.tables.insert(table, rows);
        }
    }
}
