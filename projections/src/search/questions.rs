//! What can be asked: statuses, accounts, hashtags. Candidates come from the index, the last word from the tables.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::sync::Arc;

use chronodon_domain::text;
use chronodon_events::AccountId;
use jiff::Timestamp;

use super::error::SearchError;
use super::generation::View;
use super::indexer::blocking;
use super::newest::Filter;
use super::syntax::{self, Asked, Scope};
use super::{Search, eligible};
use crate::Reader;

/// Rounds of candidates, each larger than the one before.
const ROUNDS_MAX: usize = 4;
/// Candidates beyond what is wanted.
const MARGIN: usize = 20;
/// Candidates of one round.
const CANDIDATES_MAX: usize = 4_000;
/// Candidates for accounts, which are not asked for in rounds.
const ACCOUNTS_MAX: usize = 400;

/// A question for statuses.
#[derive(Clone, Debug)]
pub struct StatusesAsked {
    /// As it was written.
    pub query: String,
    /// Who asks.
    pub viewer: AccountId,
    /// Only by this account.
    pub author: Option<AccountId>,
    /// Only ids smaller than this.
    pub below: Option<i64>,
    /// Only ids greater than this.
    pub above: Option<i64>,
    /// How many are wanted.
    pub limit: usize,
    /// After so many others.
    pub offset: usize,
    /// When; mutes end.
    pub now: Timestamp,
    /// This server's name in handles.
    pub own_domain: String,
}

/// A question for accounts.
#[derive(Clone, Debug)]
pub struct AccountsAsked {
    /// As it was written.
    pub query: String,
    /// Who asks.
    pub viewer: Option<AccountId>,
    /// Only those whom the viewer follows.
    pub following: bool,
    /// This server's name in handles.
    pub own_domain: String,
    /// How many are wanted.
    pub limit: usize,
    /// After so many others.
    pub offset: usize,
}

impl Search {
    /// The ids of the statuses for which a query holds and that the viewer may find, newest first.
    ///
    /// # Errors
    /// When the index or the tables cannot be read.
    pub async fn statuses(&self, reader: &Reader, asked: &StatusesAsked) -> Result<Vec<i64>, SearchError> {
        let query = Arc::new(syntax::parse(&asked.query));
        self.own_writes_of(asked.viewer).await;
        let Some(view) = self.view().filter(|_| !query.nothing) else { return Ok(Vec::new()) };
        let Some(mut filter) = filter(reader, &view, &query, asked).await? else { return Ok(Vec::new()) };
        let wanted = asked.limit + asked.offset;
        let mut found: Vec<i64> = Vec::new();
        let mut candidates_max = (wanted + MARGIN).min(CANDIDATES_MAX);
        for _ in 0..ROUNDS_MAX {
            let (query, part) = (query.clone(), filter.clone());
            let candidates = self.ask(&view, move |view| view.statuses(&query, part, candidates_max)).await?;
            let Some(last) = candidates.last().copied() else { break };
            found.extend(eligible::statuses(reader, &candidates, asked.viewer, filter.scope, asked.now).await?);
            if found.len() >= wanted || candidates.len() < candidates_max {
                break;
            }
            filter.below = last;
            candidates_max = (candidates_max * 4).min(CANDIDATES_MAX);
        }
        Ok(found.into_iter().skip(asked.offset).take(asked.limit).collect())
    }

    /// The ids of the accounts for which a query holds and that the viewer may find, the likeliest first: the one of
    /// that very name, then those whom the viewer follows, then by their followers.
    ///
    /// # Errors
    /// When the index or the tables cannot be read.
    pub async fn accounts(&self, reader: &Reader, asked: &AccountsAsked) -> Result<Vec<i64>, SearchError> {
        self.findable(self.shared.own_writes.last_of_accounts()).await;
        let Some(query) = local_name(&asked.query, &asked.own_domain) else { return Ok(Vec::new()) };
        let Some(view) = self.view() else { return Ok(Vec::new()) };
        let among = match asked.viewer.filter(|_| asked.following) {
            Some(viewer) => Some(Arc::new(eligible::followed(reader, viewer).await?.into_iter().collect())),
            None => None,
        };
        let name = query.to_lowercase();
        let candidates = self.ask(&view, move |view| view.accounts(&query, among, ACCOUNTS_MAX)).await?;
        if candidates.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = eligible::accounts(reader, &candidates, asked.viewer).await?;
        found.sort_by_key(|account| {
            let username = account.username.to_lowercase();
            (username != name, !account.followed, Reverse(account.followers_count), account.id)
        });
        Ok(found.into_iter().skip(asked.offset).take(asked.limit).map(|account| account.id).collect())
    }

    /// The hashtags, as keys, that begin like `name` and that the viewer may know of: that very one first, then by use.
    ///
    /// # Errors
    /// When the index or the tables cannot be read.
    pub async fn tags(
        &self,
        reader: &Reader,
        name: &str,
        viewer: Option<AccountId>,
        (limit, offset): (usize, usize),
    ) -> Result<Vec<String>, SearchError> {
        let beginning = text::hashtag_key(name.trim().trim_start_matches(['#', '＃']));
        if beginning.is_empty() || beginning.contains(char::is_whitespace) {
            return Ok(Vec::new());
        }
        if let Some(viewer) = viewer {
            self.own_writes_of(viewer).await;
        }
        let Some(view) = self.view() else { return Ok(Vec::new()) };
        let candidates_max = limit + offset + MARGIN;
        let candidates = self.ask(&view, move |view| view.tags(&beginning, candidates_max)).await?;
        if candidates.is_empty() {
            return Ok(Vec::new());
        }
        let found = eligible::tags(reader, &candidates, viewer).await?;
        Ok(found.into_iter().skip(offset).take(limit).collect())
    }

    /// Asks the index, away from the threads that serve.
    async fn ask<T: Send + 'static>(
        &self,
        view: &Arc<View>,
        question: impl FnOnce(&View) -> Result<T, SearchError> + Send + 'static,
    ) -> Result<T, SearchError> {
        let _permit = self.permits.acquire().await.map_err(|_| SearchError::CutShort)?;
        let view = view.clone();
        blocking(move || question(&view)).await
    }
}

/// A query without the sign of a handle and without our own domain; nothing for a handle of another server, of which
/// none is known here.
fn local_name(query: &str, own_domain: &str) -> Option<String> {
    let name = query.trim().trim_start_matches('@');
    match name.split_once('@') {
        Some((name, domain)) if domain.eq_ignore_ascii_case(own_domain) => Some(name.to_owned()),
        Some(_) => None,
        None => Some(name.to_owned()),
    }
}

/// Nothing, when the query asks for authors that are not there.
async fn filter(
    reader: &Reader,
    view: &View,
    query: &Asked,
    asked: &StatusesAsked,
) -> Result<Option<Filter>, SearchError> {
    let Some((authors, not_authors)) = authors(reader, query, asked).await? else { return Ok(None) };
    let touched = match query.scope {
        Scope::Public => HashSet::new(),
        Scope::All | Scope::Library => eligible::touched(reader, asked.viewer).await?.into_iter().collect(),
    };
    Ok(Some(Filter {
        viewer: asked.viewer.get(),
        below: asked.below.unwrap_or(i64::MAX),
        above: asked.above.unwrap_or(i64::MIN),
        authors,
        not_authors,
        flags: query.flags,
        without_flags: query.without_flags,
        times: query.times.clone(),
        scope: query.scope,
        touched: Arc::new(touched),
        indexable: view.indexable.clone(),
    }))
}

/// The accounts that a query names after `from:` and `-from:`.
async fn authors(
    reader: &Reader,
    query: &Asked,
    asked: &StatusesAsked,
) -> Result<Option<(Vec<i64>, Vec<i64>)>, SearchError> {
    let own = format!("@{}", asked.own_domain.to_lowercase());
    let local = |name: &String| name.strip_suffix(&own).unwrap_or(name).to_owned();
    let (from, not_from): (Vec<_>, Vec<_>) =
        (query.from.iter().map(local).collect(), query.not_from.iter().map(local).collect());
    let names: Vec<_> = from.iter().chain(&not_from).filter(|name| *name != "me").cloned().collect();
    let known = if names.is_empty() { Vec::new() } else { eligible::authors(reader, &names).await? };
    let id = |name: &String| {
        if name == "me" {
            return Some(asked.viewer.get());
        }
        known.iter().find(|(known, _)| known == name).map(|(_, id)| *id)
    };
    let mut authors: Vec<i64> = from.iter().filter_map(id).collect();
    if let Some(author) = asked.author {
        authors = if from.is_empty() || authors.contains(&author.get()) { vec![author.get()] } else { Vec::new() };
    }
    let asked_for_some = !from.is_empty() || asked.author.is_some();
    Ok((!asked_for_some || !authors.is_empty()).then(|| (authors, not_from.iter().filter_map(id).collect())))
}
