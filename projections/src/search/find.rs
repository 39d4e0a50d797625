//! Questions to the index. Its answers are candidates: what may be shown is for the tables to say.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use tantivy::collector::{FilterCollector, TopDocs};
use tantivy::query::{AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, Occur, PhraseQuery, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocAddress, Score, Term};

use super::error::SearchError;
use super::generation::{View, term};
use super::newest::{Filter, Newest};
use super::schema::column;
use super::syntax::Asked;
use super::words;

/// How much more an account's whole username counts than the beginning of a name.
const USERNAME_BOOST: Score = 20.0;
/// How much more the beginning of a name counts than a word of the note.
const NAME_BOOST: Score = 4.0;
/// Words of one query for accounts.
const WORDS_MAX: usize = 8;
/// Hashtags of one segment that are looked at.
const TAGS_MAX: usize = 2_000;

type Clause = (Occur, Box<dyn Query>);

impl View {
    /// The newest statuses for which a query holds, at most `limit`.
    pub(super) fn statuses(&self, asked: &Asked, filter: Filter, limit: usize) -> Result<Vec<i64>, SearchError> {
        if asked.nothing || limit == 0 {
            return Ok(Vec::new());
        }
        let query = self.status_query(asked, &filter);
        Ok(self.reader.searcher().search(&*query, &Newest { filter: Arc::new(filter), limit })?)
    }

    fn status_query(&self, asked: &Asked, filter: &Filter) -> Box<dyn Query> {
        let fields = &*self.fields;
        let mut clauses: Vec<Clause> = Vec::new();
        clauses.extend(asked.with.iter().map(|words| (Occur::Must, in_a_row(fields.text, words))));
        clauses.extend(asked.tags.iter().map(|tag| (Occur::Must, has(term(fields.tag, tag)))));
        clauses.extend(any_of(asked.languages.iter().map(|language| term(fields.language, language))));
        clauses.extend(any_of(filter.authors.iter().map(|author| Term::from_field_i64(fields.author, *author))));
        if clauses.is_empty() {
            clauses.push((Occur::Must, Box::new(AllQuery)));
        }
        clauses.extend(asked.without.iter().map(|words| (Occur::MustNot, in_a_row(fields.text, words))));
        clauses.extend(asked.without_tags.iter().map(|tag| (Occur::MustNot, has(term(fields.tag, tag)))));
        let languages = asked.without_languages.iter().map(|language| term(fields.language, language));
        clauses.extend(languages.map(|language| (Occur::MustNot, has(language))));
        Box::new(BooleanQuery::new(clauses))
    }

    /// The accounts whose names begin with the words of a query, or whose notes hold them; best first. Only those in
    /// `among`, when there is such a set.
    pub(super) fn accounts(
        &self,
        query: &str,
        among: Option<Arc<HashSet<i64>>>,
        limit: usize,
    ) -> Result<Vec<i64>, SearchError> {
        let words = words::words(query);
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let query = self.account_query(query, &words);
        let searcher = self.reader.searcher();
        let best = TopDocs::with_limit(limit).order_by_score();
        let best = FilterCollector::new(
            column::ACCOUNT.to_owned(),
            move |id: i64| among.as_ref().is_none_or(|among| among.contains(&id)),
            best,
        );
        let hits: Vec<(Score, DocAddress)> = searcher.search(&query, &best)?;
        let mut ids = Vec::with_capacity(hits.len());
        for (_, hit) in hits {
            let accounts = searcher.segment_reader(hit.segment_ord).fast_fields().i64(column::ACCOUNT)?;
            ids.extend(accounts.first(hit.doc_id));
        }
        Ok(ids)
    }

    fn account_query(&self, query: &str, words: &[String]) -> BooleanQuery {
        let fields = &*self.fields;
        let mut clauses: Vec<Clause> = Vec::new();
        for word in words.iter().take(WORDS_MAX) {
            let name = has(term(fields.name, &words::beginning(word)));
            let mut either: Vec<Clause> = vec![(Occur::Should, Box::new(BoostQuery::new(name, NAME_BOOST)))];
            let note = words::stems(word).iter().map(|stem| term(fields.note, stem)).map(has).next();
            either.extend(note.map(|note| (Occur::Should, note)));
            clauses.push((Occur::Must, Box::new(BooleanQuery::new(either))));
        }
        let username = query.trim().trim_start_matches('@').to_lowercase();
        let username = ConstScoreQuery::new(has(term(fields.username, &username)), USERNAME_BOOST);
        clauses.push((Occur::Should, Box::new(username)));
        BooleanQuery::new(clauses)
    }

    /// The hashtags that begin like this, as keys, the most used first.
    pub(super) fn tags(&self, beginning: &str, limit: usize) -> Result<Vec<String>, SearchError> {
        let mut found: BTreeMap<String, u64> = BTreeMap::new();
        for segment in self.reader.searcher().segment_readers() {
            let index = segment.inverted_index(self.fields.tag)?;
            let mut terms = index.terms().range().ge(beginning.as_bytes()).into_stream()?;
            for _ in 0..TAGS_MAX {
                if !terms.advance() || !terms.key().starts_with(beginning.as_bytes()) {
                    break;
                }
                let uses = u64::from(terms.value().doc_freq);
                *found.entry(String::from_utf8_lossy(terms.key()).into_owned()).or_default() += uses;
            }
        }
        let mut found: Vec<_> = found.into_iter().collect();
        found.sort_by_key(|(tag, uses)| (tag != beginning, std::cmp::Reverse(*uses)));
        Ok(found.into_iter().map(|(tag, _)| tag).take(limit).collect())
    }
}

fn has(term: Term) -> Box<dyn Query> {
    Box::new(TermQuery::new(term, IndexRecordOption::Basic))
}

fn in_a_row(field: Field, words: &[String]) -> Box<dyn Query> {
    match words {
        [word] => has(term(field, word)),
        words => Box::new(PhraseQuery::new(words.iter().map(|word| term(field, word)).collect())),
    }
}

fn any_of(terms: impl Iterator<Item = Term>) -> Option<Clause> {
    let terms: Vec<Clause> = terms.map(|term| (Occur::Should, has(term))).collect();
    (!terms.is_empty()).then(|| (Occur::Must, Box::new(BooleanQuery::new(terms)) as Box<dyn Query>))
}
