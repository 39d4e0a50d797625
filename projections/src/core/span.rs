//! Which part of a list of join rows to read. Not a read model of its own.

/// A part of a list that is ordered by a cursor: the position of a join row, or an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Only cursors smaller than this.
    pub below: Option<i64>,
    /// Only cursors greater than this.
    pub above: Option<i64>,
    /// The oldest of that range, in that order, rather than the newest.
    pub oldest: bool,
    /// Most rows.
    pub limit: usize,
}

impl Span {
    /// The exclusive bounds and the number of rows, as parameters.
    pub(super) fn params(&self) -> (i64, i64, i64) {
        let limit = i64::try_from(self.limit).unwrap_or(i64::MAX);
        (self.below.unwrap_or(i64::MAX), self.above.unwrap_or(i64::MIN), limit)
    }

    /// `ASC` or `DESC`.
    pub(super) const fn order(&self) -> &'static str {
        if self.oldest { "ASC" } else { "DESC" }
    }
}

/// A row of such a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Joined {
    /// Where it stands.
    pub cursor: i64,
    /// The status or account that it leads to.
    pub id: i64,
}

impl Joined {
    pub(super) fn read(row: &tokio_postgres::Row) -> Self {
        Self { cursor: row.get(0), id: row.get(1) }
    }
}
