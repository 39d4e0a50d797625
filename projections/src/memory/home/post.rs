//! What rings hold of a status: once for all rings that have it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, Weak};

use chronodon_events::AccountId;
use chronodon_events::reblog::ReblogCreated;
use chronodon_events::status::StatusPosted;

use super::is_direct;
use crate::core::timelines::Entry;
use crate::memory::graph::{Flags, Graph};

/// Posts that are remembered although no ring holds them any more, before they are looked for.
const STALE_MIN: usize = 10_000;

/// A status or a reblog.
#[derive(Debug)]
pub(super) struct Post {
    pub(super) id: i64,
    pub(super) author: i64,
    /// It is known to be direct. Of what was loaded that is not known.
    pub(super) direct: bool,
    reblog_of: Option<Arc<Post>>,
    gone: AtomicBool,
    named: RwLock<Named>,
}

/// Who is named in a status, in any version of it.
#[derive(Debug, Default)]
struct Named {
    edits: u32,
    /// None: not known.
    accounts: Option<Box<[i64]>>,
}

impl Post {
    /// What it shows: the reblogged status, or itself.
    pub(super) fn shown(self: &Arc<Self>) -> &Arc<Self> {
        self.reblog_of.as_ref().unwrap_or(self)
    }

    pub(super) fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Relaxed) || self.reblog_of.as_ref().is_some_and(|shown| shown.is_gone())
    }

    pub(super) fn end(&self) {
        self.gone.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_known(&self) -> bool {
        self.named(|accounts| accounts.is_some())
    }

    pub(super) fn edits(&self) -> u32 {
        self.named.read().unwrap_or_else(PoisonError::into_inner).edits
    }

    /// Calls `with` with those who are named, if that is known.
    pub(super) fn named<T>(&self, with: impl FnOnce(Option<&[i64]>) -> T) -> T {
        with(self.named.read().unwrap_or_else(PoisonError::into_inner).accounts.as_deref())
    }

    /// Learns who is named, unless it was edited since that was looked up.
    pub(super) fn names(&self, accounts: Vec<i64>, edits: u32) {
        let mut named = self.named.write().unwrap_or_else(PoisonError::into_inner);
        if named.edits == edits && named.accounts.is_none() {
            named.accounts = Some(accounts.into());
        }
    }

    /// An edit names these.
    pub(super) fn names_too(&self, more: &[i64]) {
        let mut named = self.named.write().unwrap_or_else(PoisonError::into_inner);
        named.edits += 1;
        if let Some(before) = named.accounts.take() {
            let new = more.iter().filter(|account| !before.contains(account));
            named.accounts = Some(before.iter().chain(new).copied().collect());
        }
    }
}

/// A status or reblog that was just made.
pub(super) struct New<'a> {
    id: i64,
    pub(super) author: i64,
    reblog_of: Option<(i64, i64)>,
    direct: bool,
    named: Vec<i64>,
    reply_to: Option<i64>,
    language: Option<&'a str>,
}

impl<'a> New<'a> {
    pub(super) fn posted(e: &'a StatusPosted) -> Self {
        Self {
            id: e.status_id.get(),
            author: e.account_id.get(),
            reblog_of: None,
            direct: is_direct(e.visibility),
            named: e.mentions.iter().map(|mention| mention.account_id.get()).collect(),
            reply_to: e.in_reply_to.as_ref().map(|parent| parent.account_id.get()),
            language: e.language.as_deref(),
        }
    }

    pub(super) fn reblogged(e: &ReblogCreated) -> Self {
        Self {
            id: e.reblog_id.get(),
            author: e.account_id.get(),
            reblog_of: Some((e.status.status_id.get(), e.status.account_id.get())),
            direct: is_direct(e.visibility),
            named: Vec::new(),
            reply_to: None,
            language: None,
        }
    }

    /// Whether it is on the home timeline of a follower. It says what the home query says.
    pub(super) fn belongs(&self, graph: &Graph, viewer: AccountId, flags: Flags) -> bool {
        let author = AccountId(self.author);
        if self.direct && !self.named.contains(&viewer.get()) {
            return false;
        }
        if self.reblog_of.is_some() && !flags.reblogs {
            return false;
        }
        if let Some(language) = self.language.filter(|_| flags.has_languages)
            && let Some(wanted) = graph.languages(viewer, author)
            && !wanted.iter().any(|word| word == language)
        {
            return false;
        }
        self.reply_to.is_none_or(|to| to == self.author || to == viewer.get() || graph.follows(viewer, AccountId(to)))
    }
}

/// All posts that rings hold, by id.
#[derive(Debug, Default)]
pub(super) struct Posts {
    by_id: HashMap<i64, Weak<Post>>,
    sweep_at: usize,
}

impl Posts {
    pub(super) fn get(&self, id: i64) -> Option<Arc<Post>> {
        self.by_id.get(&id)?.upgrade()
    }

    /// The post of a new status.
    pub(super) fn new_post(&mut self, new: &New<'_>) -> Arc<Post> {
        let reblog_of = new.reblog_of.map(|(id, author)| self.status(id, author));
        let accounts = if reblog_of.is_some() { None } else { Some(new.named.clone().into()) };
        self.get(new.id).unwrap_or_else(|| self.insert(new.id, new.author, new.direct, reblog_of, accounts))
    }

    /// The post of an entry of the query.
    pub(super) fn known(&mut self, entry: &Entry) -> Arc<Post> {
        match entry.reblog_of {
            None => self.status(entry.id, entry.author),
            Some((id, author)) => {
                let shown = self.status(id, author);
                self.get(entry.id).unwrap_or_else(|| self.insert(entry.id, entry.author, false, Some(shown), None))
            }
        }
    }

    /// Forgets a post and returns it, for it has ended.
    pub(super) fn end(&mut self, id: i64) -> Option<Arc<Post>> {
        self.by_id.remove(&id)?.upgrade()
    }

    fn status(&mut self, id: i64, author: i64) -> Arc<Post> {
        // What is not known to be otherwise may be direct: an edit that names somebody then asks the query.
        self.get(id).unwrap_or_else(|| self.insert(id, author, true, None, None))
    }

    fn insert(
        &mut self,
        id: i64,
        author: i64,
        direct: bool,
        reblog_of: Option<Arc<Post>>,
        accounts: Option<Box<[i64]>>,
    ) -> Arc<Post> {
        if self.by_id.len() >= self.sweep_at.max(STALE_MIN) {
            self.by_id.retain(|_, post| post.strong_count() > 0);
            self.sweep_at = self.by_id.len() * 2;
        }
        let named = RwLock::new(Named { edits: 0, accounts });
        let post = Arc::new(Post { id, author, direct, reblog_of, gone: AtomicBool::new(false), named });
        self.by_id.insert(id, Arc::downgrade(&post));
        post
    }
}
