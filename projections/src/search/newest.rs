//! Collects the newest statuses that pass a filter over columns.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::ColumnValues;
use tantivy::{DocId, Score, SegmentReader};

use super::document::flag;
use super::schema::column;
use super::syntax::{Scope, Times};

/// Which statuses may be hits. What the tables would refuse anyhow is left out early; they have the last word.
#[derive(Clone)]
pub(super) struct Filter {
    /// Who searches.
    pub(super) viewer: i64,
    /// Only ids smaller than this.
    pub(super) below: i64,
    /// Only ids greater than this.
    pub(super) above: i64,
    /// Only by these, when there are any.
    pub(super) authors: Vec<i64>,
    /// Not by these.
    pub(super) not_authors: Vec<i64>,
    pub(super) flags: u64,
    pub(super) without_flags: u64,
    pub(super) times: Vec<Times>,
    pub(super) scope: Scope,
    /// Statuses that the viewer has touched.
    pub(super) touched: Arc<HashSet<i64>>,
    /// Authors whose public statuses may be found.
    pub(super) indexable: Arc<RwLock<HashSet<i64>>>,
}

impl Filter {
    fn passes(&self, id: i64, author: i64, created: i64, flags: u64) -> bool {
        id < self.below
            && id > self.above
            && flags & self.flags == self.flags
            && flags & self.without_flags == 0
            && (self.authors.is_empty() || self.authors.contains(&author))
            && !self.not_authors.contains(&author)
            && self.times.iter().all(|times| times.hold(created))
            && self.may_be_found(id, author, flags)
    }

    fn may_be_found(&self, id: i64, author: i64, flags: u64) -> bool {
        let library = || author == self.viewer || self.touched.contains(&id);
        let public = || {
            let indexable = || self.indexable.read().unwrap_or_else(PoisonError::into_inner).contains(&author);
            flags & flag::PUBLIC != 0 && indexable()
        };
        match self.scope {
            Scope::All => library() || public(),
            Scope::Library => library(),
            Scope::Public => public(),
        }
    }
}

/// Collects at most `limit` ids, newest first.
pub(super) struct Newest {
    pub(super) filter: Arc<Filter>,
    pub(super) limit: usize,
}

impl Collector for Newest {
    type Fruit = Vec<i64>;
    type Child = Option<NewestOfSegment>;

    fn for_segment(&self, _: u32, segment: &SegmentReader) -> tantivy::Result<Self::Child> {
        let columns = segment.fast_fields();
        let ids = |name| columns.column_opt::<i64>(name);
        let (status, author, created) = (ids(column::STATUS)?, ids(column::AUTHOR)?, ids(column::CREATED)?);
        let flags = columns.column_opt::<u64>(column::FLAGS)?;
        // A segment without statuses has no such columns.
        let (Some(status), Some(author), Some(created), Some(flags)) = (status, author, created, flags) else {
            return Ok(None);
        };
        Ok(Some(NewestOfSegment {
            filter: self.filter.clone(),
            limit: self.limit,
            status: status.first_or_default_col(i64::MIN),
            author: author.first_or_default_col(0),
            created: created.first_or_default_col(0),
            flags: flags.first_or_default_col(0),
            newest: BinaryHeap::new(),
        }))
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, segments: Vec<Option<Vec<i64>>>) -> tantivy::Result<Vec<i64>> {
        let mut ids: Vec<i64> = segments.into_iter().flatten().flatten().collect();
        ids.sort_unstable_by_key(|id| Reverse(*id));
        ids.dedup();
        ids.truncate(self.limit);
        Ok(ids)
    }
}

pub(super) struct NewestOfSegment {
    filter: Arc<Filter>,
    limit: usize,
    status: Arc<dyn ColumnValues<i64>>,
    author: Arc<dyn ColumnValues<i64>>,
    created: Arc<dyn ColumnValues<i64>>,
    flags: Arc<dyn ColumnValues<u64>>,
    newest: BinaryHeap<Reverse<i64>>,
}

impl SegmentCollector for NewestOfSegment {
    type Fruit = Vec<i64>;

    fn collect(&mut self, doc: DocId, _: Score) {
        let id = self.status.get_val(doc);
        let full = self.newest.len() >= self.limit;
        // Other documents have the smallest id that there is, which is above nothing.
        if full && self.newest.peek().is_some_and(|Reverse(oldest)| id <= *oldest) {
            return;
        }
        let (author, created, flags) = (self.author.get_val(doc), self.created.get_val(doc), self.flags.get_val(doc));
        if !self.filter.passes(id, author, created, flags) {
            return;
        }
        self.newest.push(Reverse(id));
        if full {
            self.newest.pop();
        }
    }

    fn harvest(self) -> Vec<i64> {
        self.newest.into_iter().map(|Reverse(id)| id).collect()
    }
}
