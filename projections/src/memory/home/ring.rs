//! One account's ring: the newest entries of its home timeline, by id.

use std::collections::{HashSet, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chronodon_domain::limits::HOME_REBLOG_WINDOW_STATUSES as WINDOW;

use super::post::Post;
use crate::core::timelines::{End, Shown, Span, evaluated, once};

/// A ring. The runner alone writes to it; readers hold its lock for as long as a page takes.
pub(super) struct Ring {
    viewer: i64,
    /// Entries, at most.
    kept: usize,
    used: AtomicU64,
    state: Mutex<State>,
}

enum State {
    /// The query runs; what happens meanwhile is kept.
    Filling { pushed: Vec<Arc<Post>>, ended: HashSet<i64> },
    /// Holds everything above `floor`, smallest id first.
    Ready { posts: VecDeque<Arc<Post>>, floor: i64 },
    /// Dropped. A page must not come from it.
    Spoiled,
}

/// What a viewer does not see.
#[derive(Default)]
pub(super) struct Eyes {
    /// Nothing by them, and nothing that names them: blocked or muted.
    pub(super) unwelcome: HashSet<i64>,
    /// Nothing by them: they block the viewer, or are suspended.
    pub(super) hidden: HashSet<i64>,
}

/// What came of looking for a page.
pub(super) enum Look {
    Page(Vec<i64>),
    /// The ring does not reach so far.
    Beyond,
    /// It must first be learned who is named in these.
    Unknown(Vec<Arc<Post>>),
}

struct Seen {
    id: i64,
    shown: i64,
}

impl Shown for Seen {
    fn shown(&self) -> i64 {
        self.shown
    }
}

impl Ring {
    pub(super) fn new(viewer: i64, used: u64, kept: usize) -> Self {
        let state = State::Filling { pushed: Vec::new(), ended: HashSet::new() };
        Self { viewer, kept, used: AtomicU64::new(used), state: Mutex::new(state) }
    }

    pub(super) fn touch(&self, used: u64) {
        self.used.store(used, Ordering::Relaxed);
    }

    pub(super) fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    pub(super) fn is_ready(&self) -> bool {
        matches!(*self.state(), State::Ready { .. })
    }

    pub(super) fn spoil(&self) {
        *self.state() = State::Spoiled;
    }

    /// Adds an entry in its place.
    pub(super) fn push(&self, post: Arc<Post>) {
        match &mut *self.state() {
            State::Filling { pushed, .. } => pushed.push(post),
            State::Ready { posts, floor } => {
                if post.id > *floor {
                    insert(posts, post);
                }
                if posts.len() > self.kept
                    && let Some(lowest) = posts.pop_front()
                {
                    *floor = lowest.id;
                }
            }
            State::Spoiled => {}
        }
    }

    /// A status ended while the query runs, which may have found it still.
    pub(super) fn without(&self, id: i64) {
        if let State::Filling { ended, .. } = &mut *self.state() {
            ended.insert(id);
        }
    }

    /// Takes what the query found: everything down to the smallest id in it. False when it was dropped meanwhile.
    pub(super) fn fill(&self, found: Vec<Arc<Post>>, exhausted: bool) -> bool {
        let mut state = self.state();
        let State::Filling { pushed, ended } = &mut *state else { return false };
        let lowest = found.iter().map(|post| post.id).min();
        let floor = if exhausted { i64::MIN } else { lowest.map_or(i64::MAX, |lowest| lowest - 1) };
        let mut posts: Vec<_> = found.into_iter().chain(std::mem::take(pushed)).collect();
        posts.retain(|post| post.id > floor && !ended.contains(&post.id) && !ended.contains(&post.shown().id));
        posts.sort_unstable_by_key(|post| post.id);
        posts.dedup_by_key(|post| post.id);
        *state = State::Ready { posts: posts.into(), floor };
        true
    }

    /// Looks for a page. `eyes` tells what the viewer does not see of some accounts.
    pub(super) fn page(&self, span: Span, eyes: impl Fn(&HashSet<i64>) -> Eyes) -> Look {
        let state = self.state();
        let State::Ready { posts, floor } = &*state else { return Look::Beyond };
        let complete = *floor == i64::MIN;
        let from = match span.end {
            End::Newest => posts.partition_point(|post| post.id < span.below),
            End::Oldest => posts.len(),
        };
        let mut wanted = span.limit + WINDOW;
        loop {
            let (seen, all) = match self.seen(posts, from, wanted, span, &eyes) {
                Ok(seen) => seen,
                Err(unknown) => return Look::Unknown(unknown),
            };
            if let Some(page) = cut(&seen, span, all && complete) {
                return Look::Page(page);
            }
            if all {
                return Look::Beyond;
            }
            wanted *= 2;
        }
    }

    /// Whether an entry repeats what the viewer sees just below it.
    pub(super) fn repeats(&self, id: i64, eyes: impl Fn(&HashSet<i64>) -> Eyes) -> bool {
        let state = self.state();
        let State::Ready { posts, .. } = &*state else { return false };
        let from = posts.partition_point(|post| post.id <= id);
        let Some(shown) = from.checked_sub(1).and_then(|at| posts.get(at)).filter(|post| post.id == id) else {
            return false;
        };
        let shown = shown.shown().id;
        let span = Span::newest(0);
        let seen = self.seen(posts, from - 1, WINDOW, span, &eyes).map(|(seen, _)| seen).unwrap_or_default();
        seen.iter().any(|below| below.shown == shown)
    }

    /// The entries below place `from` that the viewer sees, newest first: `wanted` of them, and at least as many below
    /// where the span begins as decide about repeats. Also whether these are all.
    fn seen(
        &self,
        posts: &VecDeque<Arc<Post>>,
        from: usize,
        wanted: usize,
        span: Span,
        eyes: &impl Fn(&HashSet<i64>) -> Eyes,
    ) -> Result<(Vec<Seen>, bool), Vec<Arc<Post>>> {
        let mut seen: Vec<Seen> = Vec::with_capacity(wanted.min(from));
        let mut left = from;
        let mut below_span = 0;
        while left > 0 {
            let enough = match span.end {
                End::Newest => seen.len() >= wanted,
                End::Oldest => below_span >= WINDOW,
            };
            if enough {
                return Ok((seen, false));
            }
            let begin = left.saturating_sub(wanted);
            let chunk = || posts.range(begin..left).rev().filter(|post| !post.is_gone());
            let unknown: Vec<_> =
                chunk().filter(|post| post.author != self.viewer).map(Post::shown).filter(|p| !p.is_known()).collect();
            if !unknown.is_empty() {
                return Err(unknown.into_iter().cloned().collect());
            }
            let eyes = eyes(&chunk().flat_map(concerned).collect());
            for post in chunk().filter(|post| eyes.see(post, self.viewer)) {
                below_span += usize::from(post.id <= span.above);
                seen.push(Seen { id: post.id, shown: post.shown().id });
            }
            left = begin;
        }
        Ok((seen, true))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The page of a list, newest first, that begins at or above the span; none when more of the list must be seen.
fn cut(seen: &[Seen], span: Span, complete: bool) -> Option<Vec<i64>> {
    let certain = evaluated(seen.len(), complete);
    let lowest = certain.checked_sub(1).and_then(|last| seen.get(last)).map_or(i64::MAX, |entry| entry.id);
    let inside = |entry: &&Seen| entry.id >= lowest && entry.id > span.above && entry.id < span.below;
    let page: Vec<_> = once(seen).into_iter().filter(inside).map(|entry| entry.id).collect();
    let reaches = complete || lowest <= span.above;
    match span.end {
        End::Newest if page.len() >= span.limit => Some(page[..span.limit].to_vec()),
        End::Newest => reaches.then_some(page),
        End::Oldest => reaches.then(|| page[page.len().saturating_sub(span.limit)..].to_vec()),
    }
}

impl Eyes {
    fn see(&self, post: &Arc<Post>, viewer: i64) -> bool {
        let shown = post.shown();
        let sees = |author: i64| !self.hidden.contains(&author) && !self.unwelcome.contains(&author);
        sees(post.author)
            && sees(shown.author)
            && (post.author == viewer
                || self.unwelcome.is_empty()
                || shown.named(|named| named.is_none_or(|named| !named.iter().any(|id| self.unwelcome.contains(id)))))
    }
}

/// Everyone whom the viewer may not want to see there.
fn concerned(post: &Arc<Post>) -> Vec<i64> {
    let mut accounts = vec![post.author, post.shown().author];
    post.shown().named(|named| accounts.extend(named.unwrap_or_default()));
    accounts
}

fn insert(posts: &mut VecDeque<Arc<Post>>, post: Arc<Post>) {
    let place = posts.iter().rposition(|other| other.id <= post.id);
    match place {
        Some(place) if posts[place].id == post.id => {}
        Some(place) => posts.insert(place + 1, post),
        None => posts.push_front(post),
    }
}
