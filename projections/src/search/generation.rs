//! One index on disk, filled from the log up to a position that is kept with every commit.
//!
//! What a commit covers is held in memory until then, so that events fold over what was just written, and what came and
//! went in between never touches the disk.

use std::collections::{BTreeMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use chronodon_event_log::{Body, Recorded};
use chronodon_events::{Event, Position};
use serde::{Deserialize, Serialize};
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy};
use tantivy::schema::{IndexRecordOption, Value};
use tantivy::{DocSet, FutureResult, Index, IndexReader, IndexWriter, ReloadPolicy, TERMINATED, TantivyDocument, Term};

use super::document::{Document, Key, flag};
use super::error::SearchError;
use super::fold::{self, Documents};
use super::schema::{Fields, VERSION, column};
use super::words;

/// Documents that are held until a commit, at most.
pub(super) const CHANGES_MAX: usize = 10_000;
/// Memory of the writing thread.
const WRITER_BYTES: usize = 15 << 20;
/// Share of deleted documents that has a segment rewritten at once.
const DELETED_RATIO_MAX: f32 = 0.2;
/// Blocks of stored documents that a segment keeps unpacked.
const STORE_BLOCKS: usize = 4;

/// What is kept with a commit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Mark {
    /// Of the schema and of the way texts are cut.
    pub(super) version: u32,
    /// The last event that is in.
    pub(super) position: Position,
    /// It has reached the log's end once.
    pub(super) complete: bool,
    /// Streams with events that cannot be read; they are left out.
    pub(super) parked: Vec<String>,
}

/// What searches use of an index. Cheap to clone.
#[derive(Clone)]
pub(super) struct View {
    pub(super) fields: Arc<Fields>,
    pub(super) reader: IndexReader,
    /// Authors whose public statuses may be found. Only a hint: tables have the last word.
    pub(super) indexable: Arc<RwLock<HashSet<i64>>>,
}

/// An index and its writer.
pub(super) struct Generation {
    directory: PathBuf,
    view: View,
    index: Index,
    writer: IndexWriter,
    changed: BTreeMap<Key, Option<Document>>,
    mark: Mark,
}

impl Generation {
    /// The mark of the index in a directory, when there is one that this binary can use.
    pub(super) fn peek(directory: &Path) -> Option<Mark> {
        let index = Index::open_in_dir(directory).ok()?;
        let mark: Mark = serde_json::from_str(index.load_metas().ok()?.payload.as_deref()?).ok()?;
        (mark.version == VERSION && index.schema() == Fields::new().schema).then_some(mark)
    }

    /// Opens the index in a directory; makes an empty one where none can be used.
    pub(super) fn open(directory: &Path) -> Result<Self, SearchError> {
        if let Some(mark) = Self::peek(directory) {
            match Self::there(directory, mark) {
                Ok(generation) => return Ok(generation),
                Err(error) => tracing::warn!(%error, "the search index is damaged; making it anew from the log"),
            }
        }
        if directory.exists() {
            std::fs::remove_dir_all(directory)?;
        }
        std::fs::create_dir_all(directory)?;
        let index = Index::create_in_dir(directory, Fields::new().schema)?;
        Self::with(directory, index, Mark { version: VERSION, ..Mark::default() })
    }

    /// The index that is there. Where a file was cut short, tantivy panics instead of failing.
    fn there(directory: &Path, mark: Mark) -> Result<Self, SearchError> {
        let open = || Self::with(directory, Index::open_in_dir(directory)?, mark);
        catch_unwind(AssertUnwindSafe(open)).unwrap_or(Err(SearchError::CutShort))
    }

    fn with(directory: &Path, index: Index, mark: Mark) -> Result<Self, SearchError> {
        words::register(&index);
        let options = IndexWriterOptions::builder().memory_budget_per_thread(WRITER_BYTES).num_merge_threads(1).build();
        let writer = index.writer_with_options(options)?;
        let mut merging = LogMergePolicy::default();
        merging.set_del_docs_ratio_before_merge(DELETED_RATIO_MAX);
        writer.set_merge_policy(Box::new(merging));
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .doc_store_cache_num_blocks(STORE_BLOCKS)
            .try_into()?;
        let indexable = Arc::new(RwLock::new(indexable(&reader)?));
        let view = View { fields: Arc::new(Fields::new()), reader, indexable };
        Ok(Self { directory: directory.to_owned(), view, index, writer, changed: BTreeMap::new(), mark })
    }

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    pub(super) fn view(&self) -> View {
        self.view.clone()
    }

    pub(super) fn mark(&self) -> &Mark {
        &self.mark
    }

    /// From the next commit on: it has reached the log's end.
    pub(super) fn complete(&mut self) {
        self.mark.complete = true;
    }

    /// Documents that wait for a commit.
    pub(super) fn changes(&self) -> usize {
        self.changed.len()
    }

    /// Folds events, oldest first. Those that are in already are passed over.
    pub(super) fn fold(&mut self, events: &[Recorded]) -> Result<(), SearchError> {
        for event in events {
            if event.position > self.mark.position {
                self.fold_one(event)?;
                self.mark.position = event.position;
            }
        }
        Ok(())
    }

    fn fold_one(&mut self, event: &Recorded) -> Result<(), SearchError> {
        match &event.body {
            // The only lawful thing to do with an erased payload is nothing.
            Body::Erased(_) => Ok(()),
            Body::Event(body) if fold::concerns(body) && !self.is_parked(event) => fold::apply(self, body),
            Body::Event(_) => Ok(()),
            Body::Unreadable { event_type, .. } if !is_known(event_type) => {
                Err(SearchError::UnknownEvent(event.position))
            }
            Body::Unreadable { reason, .. } => {
                tracing::error!(position = %event.position, %reason, "search leaves out a stream that it cannot read");
                if !self.is_parked(event) {
                    self.mark.parked.push(event.stream.to_string());
                }
                Ok(())
            }
        }
    }

    fn is_parked(&self, event: &Recorded) -> bool {
        !self.mark.parked.is_empty() && self.mark.parked.contains(&event.stream.to_string())
    }

    /// Makes all that was folded durable and findable.
    pub(super) fn commit(&mut self) -> Result<(), SearchError> {
        for (key, document) in &self.changed {
            self.writer.delete_term(self.view.fields.key_term(*key));
            if let Some(document) = document {
                self.writer.add_document(self.view.fields.index(document))?;
            }
        }
        let mut commit = self.writer.prepare_commit()?;
        commit.set_payload(&serde_json::to_string(&self.mark).expect("marks have JSON forms"));
        commit.commit()?;
        self.view.reader.reload()?;
        let changed = std::mem::take(&mut self.changed);
        let mut indexable = self.view.indexable.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        for (key, document) in changed {
            match (key, document) {
                (Key::Account(id), Some(Document::Account(account))) if account.indexable => indexable.insert(id),
                (Key::Account(id), _) => indexable.remove(&id),
                _ => false,
            };
        }
        Ok(())
    }

    /// Whether segments still hold what was deleted.
    pub(super) fn holds_deleted(&self) -> Result<bool, SearchError> {
        Ok(self.index.searchable_segment_metas()?.iter().any(tantivy::SegmentMeta::has_deletes))
    }

    /// Begins to rewrite the segments that hold what was deleted. [`Self::tidy`] when that is done.
    pub(super) fn purge(&mut self) -> Result<Vec<FutureResult<Option<tantivy::SegmentMeta>>>, SearchError> {
        let metas = self.index.searchable_segment_metas()?;
        let holding = metas.iter().filter(|meta| meta.has_deletes()).map(tantivy::SegmentMeta::id);
        Ok(holding.map(|id| self.writer.merge(&[id])).collect())
    }

    /// Lets go of segments that were replaced, and removes their files.
    pub(super) fn tidy(&self) -> Result<(), SearchError> {
        self.view.reader.reload()?;
        self.writer.garbage_collect_files().wait()?;
        Ok(())
    }

    /// The document as it was at the last commit.
    fn committed(&self, key: Key) -> Result<Option<Document>, SearchError> {
        let term = self.view.fields.key_term(key);
        let searcher = self.view.reader.searcher();
        for (segment, reader) in (0..).zip(searcher.segment_readers()) {
            let postings = reader.inverted_index(term.field())?.read_postings(&term, IndexRecordOption::Basic)?;
            let Some(mut postings) = postings else { continue };
            while postings.doc() != TERMINATED {
                if !reader.is_deleted(postings.doc()) {
                    let address = tantivy::DocAddress::new(segment, postings.doc());
                    return Ok(self.whole(&searcher.doc(address)?));
                }
                postings.advance();
            }
        }
        Ok(None)
    }

    fn whole(&self, stored: &TantivyDocument) -> Option<Document> {
        let json = stored.get_first(self.view.fields.whole)?.as_str()?;
        serde_json::from_str(json).ok()
    }
}

impl Documents for Generation {
    fn get(&self, key: Key) -> Result<Option<Document>, SearchError> {
        match self.changed.get(&key) {
            Some(changed) => Ok(changed.clone()),
            None => self.committed(key),
        }
    }

    fn put(&mut self, document: Document) {
        self.changed.insert(document.key(), Some(document));
    }

    fn remove(&mut self, key: Key) {
        self.changed.insert(key, None);
    }
}

/// Whether this binary writes the type: then the payload is malformed, else a newer binary wrote it.
fn is_known(event_type: &str) -> bool {
    Event::types().any(|known| known.name == event_type)
}

fn indexable(reader: &IndexReader) -> Result<HashSet<i64>, SearchError> {
    let mut indexable = HashSet::new();
    for segment in reader.searcher().segment_readers() {
        let accounts = segment.fast_fields().column_opt::<i64>(column::ACCOUNT)?;
        let flags = segment.fast_fields().column_opt::<u64>(column::FLAGS)?;
        let (Some(accounts), Some(flags)) = (accounts, flags) else { continue };
        for doc in segment.doc_ids_alive() {
            if let Some(account) = accounts.first(doc)
                && flags.first(doc).is_some_and(|flags| flags & flag::INDEXABLE != 0)
            {
                indexable.insert(account);
            }
        }
    }
    Ok(indexable)
}

/// A term of a text field.
pub(super) fn term(field: tantivy::schema::Field, word: &str) -> Term {
    Term::from_field_text(field, word)
}
