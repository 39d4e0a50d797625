//! The heads of the home timelines of those who were here lately. A ring is a cache of the home query, nothing more.
//!
//! A ring is filled by the query when its account comes home, and from then on by what those it follows say, fanned out
//! over the graph. Whatever changes who belongs there (a follow, an exclusive list, an edit that may) drops the ring.
//! Blocks, mutes and suspensions are looked at when it is read. A page that a ring cannot fill comes from the query.

mod exclusive;
mod hidden;
mod post;
mod ring;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use chronodon_domain::limits::{HOME_RING_FILLED_STATUSES, HOME_RING_STATUSES, HOME_RINGS_MAX};
use chronodon_event_log::{Body, Recorded};
use chronodon_events::account::AccountEvent;
use chronodon_events::list::ListEvent;
use chronodon_events::reblog::ReblogEvent;
use chronodon_events::relationship::RelationshipEvent;
use chronodon_events::status::{StatusEdited, StatusEvent};
use chronodon_events::values::Visibility;
use chronodon_events::{AccountId, Event};
use deadpool_postgres::Transaction;
use jiff::Timestamp;

use super::graph::Graph;
use crate::core::timelines::{Feed, Span, followed, membership, named_in};
use crate::{Observer, ProjectionError, Reader};
use exclusive::Exclusive;
use hidden::Hidden;
use post::{New, Post, Posts};
use ring::{Eyes, Ring};

/// How often a page is looked for again after more was learned of who is named where.
const TRIES_MAX: usize = 3;

/// The rings of this process.
pub struct Homes {
    graph: Arc<Graph>,
    filled: usize,
    kept: usize,
    rings: RwLock<HashMap<i64, Arc<Ring>>>,
    posts: Mutex<Posts>,
    exclusive: RwLock<Exclusive>,
    /// Accounts that are shown to nobody: suspended, or not let in.
    absent: RwLock<HashSet<i64>>,
    /// Accounts that are shown to nobody because of where they are, and who hides domains.
    hidden: Hidden,
    clock: AtomicU64,
    /// Rings that are being filled.
    filling: AtomicUsize,
}

impl Homes {
    /// No rings yet. `graph` must observe before them.
    #[must_use]
    pub fn new(graph: Arc<Graph>) -> Self {
        Self::of_size(graph, HOME_RING_FILLED_STATUSES, HOME_RING_STATUSES)
    }

    /// Rings that begin with `filled` entries and grow to `kept`.
    #[must_use]
    pub fn of_size(graph: Arc<Graph>, filled: usize, kept: usize) -> Self {
        Self {
            graph,
            filled,
            kept,
            rings: RwLock::default(),
            posts: Mutex::default(),
            exclusive: RwLock::default(),
            absent: RwLock::default(),
            hidden: Hidden::default(),
            clock: AtomicU64::new(0),
            filling: AtomicUsize::new(0),
        }
    }

    /// A page of the home timeline of `viewer`: ids, newest first. The same as the query's.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn page(
        &self,
        reader: &Reader,
        viewer: AccountId,
        span: Span,
        now: Timestamp,
    ) -> Result<Vec<i64>, ProjectionError> {
        match self.from_ring(reader, viewer, span, now).await? {
            Some(page) => Ok(page),
            None => followed(reader, viewer, Feed::Home, span, now).await,
        }
    }

    /// The same, from the account's ring alone; none when that does not reach so far.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn from_ring(
        &self,
        reader: &Reader,
        viewer: AccountId,
        span: Span,
        now: Timestamp,
    ) -> Result<Option<Vec<i64>>, ProjectionError> {
        self.hidden.catch_up(reader).await?;
        if self.hidden.hides_domains(viewer) {
            return Ok(None);
        }
        let Some(ring) = self.ring(reader, viewer).await? else { return Ok(None) };
        for _ in 0..TRIES_MAX {
            match ring.page(span, |eyes| self.eyes(viewer, now, eyes)) {
                ring::Look::Page(page) => return Ok(Some(page)),
                ring::Look::Beyond => return Ok(None),
                ring::Look::Unknown(posts) => learn(reader, &posts).await?,
            }
        }
        Ok(None)
    }

    /// Whether the reblog `id` would repeat what stands just below it on the home timeline of `viewer`, as far as its
    /// ring tells.
    #[must_use]
    pub fn repeats(&self, viewer: AccountId, id: i64, now: Timestamp) -> bool {
        let ring = read(&self.rings).get(&viewer.get()).cloned();
        ring.is_some_and(|ring| ring.repeats(id, |eyes| self.eyes(viewer, now, eyes)))
    }

    /// How many rings there are.
    #[must_use]
    pub fn rings(&self) -> usize {
        read(&self.rings).len()
    }

    /// What `viewer` does not want to see of these accounts, or may not.
    fn eyes(&self, viewer: AccountId, now: Timestamp, authors: &HashSet<i64>) -> Eyes {
        let mut eyes = Eyes::default();
        let absent = read(&self.absent);
        for id in authors.iter().copied() {
            let other = AccountId(id);
            let is_other = other != viewer;
            if is_other && (self.graph.blocks(viewer, other) || self.graph.mutes(viewer, other, now)) {
                eyes.unwelcome.insert(id);
            }
            if absent.contains(&id) || self.hidden.contains(id) || (is_other && self.graph.blocks(other, viewer)) {
                eyes.hidden.insert(id);
            }
        }
        eyes
    }

    /// The ring of `viewer`, filled; none while another request fills it.
    async fn ring(&self, reader: &Reader, viewer: AccountId) -> Result<Option<Arc<Ring>>, ProjectionError> {
        let used = self.clock.fetch_add(1, Ordering::Relaxed);
        if let Some(ring) = read(&self.rings).get(&viewer.get()) {
            ring.touch(used);
            return Ok(ring.is_ready().then(|| ring.clone()));
        }
        let mut filling = Filling::begin(self, viewer);
        let Some(ring) = self.begin(viewer, used) else {
            filling.done = true;
            return Ok(None);
        };
        let (entries, exhausted) = membership(reader, viewer, self.filled).await?;
        let posts: Vec<_> = {
            let mut posts = lock(&self.posts);
            entries.iter().map(|entry| posts.known(entry)).collect()
        };
        let unknown: Vec<_> = posts.iter().map(|post| post.shown().clone()).filter(|post| !post.is_known()).collect();
        learn(reader, &unknown).await?;
        filling.done = ring.fill(posts, exhausted);
        Ok(filling.done.then_some(ring))
    }

    /// An empty ring to be filled; none when another request was quicker.
    fn begin(&self, viewer: AccountId, used: u64) -> Option<Arc<Ring>> {
        let mut rings = write(&self.rings);
        if rings.contains_key(&viewer.get()) {
            return None;
        }
        if rings.len() >= HOME_RINGS_MAX {
            drop_oldest(&mut rings);
        }
        let ring = Arc::new(Ring::new(viewer.get(), used, self.kept));
        rings.insert(viewer.get(), ring.clone());
        Some(ring)
    }

    fn drop_ring(&self, viewer: i64) {
        if let Some(ring) = write(&self.rings).remove(&viewer) {
            ring.spoil();
        }
    }

    fn notice(&self, event: &Event) {
        match event {
            Event::Status(StatusEvent::Posted(e)) => self.fan_out(&New::posted(e)),
            Event::Status(StatusEvent::Edited(e)) => self.edited(e),
            Event::Status(StatusEvent::Deleted(e)) => self.ended(e.status_id.get()),
            Event::Reblog(ReblogEvent::Created(e)) => self.fan_out(&New::reblogged(e)),
            Event::Reblog(ReblogEvent::Removed(e)) => self.ended(e.reblog_id.get()),
            Event::Relationship(RelationshipEvent::FollowCreated(e)) => self.drop_ring(e.account_id.get()),
            Event::Relationship(RelationshipEvent::FollowChanged(e)) => self.drop_ring(e.account_id.get()),
            Event::Relationship(RelationshipEvent::FollowRemoved(e)) => self.drop_ring(e.account_id.get()),
            Event::List(event) => self.listed(event),
            Event::Account(event) => self.judged(event),
            Event::AccountDomainBlock(event) => self.hidden.hide(event),
            Event::DomainPolicy(_) => self.hidden.policies_changed(),
            _ => {}
        }
    }

    /// Hands a new status to the rings of its author and of followers on whose home timeline it belongs.
    fn fan_out(&self, new: &New<'_>) {
        let rings = read(&self.rings);
        if rings.is_empty() {
            return;
        }
        let exclusive = read(&self.exclusive);
        let mut made: Option<Arc<Post>> = None;
        let mut push = |ring: &Ring| {
            let post = made.get_or_insert_with(|| lock(&self.posts).new_post(new));
            ring.push(post.clone());
        };
        if let Some(ring) = rings.get(&new.author) {
            push(ring);
        }
        self.graph.followers_of(AccountId(new.author), |viewer, flags| {
            if viewer.get() != new.author
                && let Some(ring) = rings.get(&viewer.get())
                && new.belongs(&self.graph, viewer, flags)
                && !exclusive.keeps_away(viewer.get(), new.author)
            {
                push(ring);
            }
        });
    }

    /// Who is named is known anew. Whom an edit brings or takes a status is left to the query: those who follow in some
    /// languages only, and those whom a direct status names.
    fn edited(&self, e: &StatusEdited) {
        let post = lock(&self.posts).get(e.status_id.get());
        let named: Vec<i64> = e.mentions.iter().map(|mention| mention.account_id.get()).collect();
        let followers_have_it = post.as_ref().is_some_and(|post| !post.direct);
        if let Some(post) = post {
            post.names_too(&named);
        }
        if self.rings() == 0 {
            return;
        }
        let mut dropped = Vec::new();
        self.graph.followers_of(e.account_id, |viewer, flags| {
            if flags.has_languages || (!followers_have_it && named.contains(&viewer.get())) {
                dropped.push(viewer.get());
            }
        });
        dropped.into_iter().for_each(|viewer| self.drop_ring(viewer));
    }

    fn ended(&self, id: i64) {
        if let Some(post) = lock(&self.posts).end(id) {
            post.end();
        }
        if self.filling.load(Ordering::SeqCst) > 0 {
            read(&self.rings).values().for_each(|ring| ring.without(id));
        }
    }

    fn listed(&self, event: &ListEvent) {
        if let Some(owner) = write(&self.exclusive).apply(event) {
            self.drop_ring(owner);
        }
    }

    fn judged(&self, event: &AccountEvent) {
        let mut absent = write(&self.absent);
        match event {
            AccountEvent::Registered(e) if !e.approved => {
                absent.insert(e.account_id.get());
            }
            AccountEvent::Suspended(e) => {
                absent.insert(e.account_id.get());
            }
            AccountEvent::Approved(e) => {
                absent.remove(&e.account_id.get());
            }
            AccountEvent::Unsuspended(e) => {
                absent.remove(&e.account_id.get());
            }
            _ => {}
        }
    }
}

#[async_trait::async_trait]
impl Observer for Homes {
    async fn load(&self, tx: &Transaction<'_>) -> Result<(), ProjectionError> {
        let absent = tx.query("SELECT id FROM accounts WHERE suspended OR NOT approved", &[]).await?;
        *write(&self.absent) = absent.iter().map(|row| row.get(0)).collect();
        *write(&self.exclusive) = Exclusive::load(tx).await?;
        self.hidden.load(tx).await?;
        write(&self.rings).drain().for_each(|(_, ring)| ring.spoil());
        Ok(())
    }

    fn applied(&self, events: &[Arc<Recorded>]) {
        for recorded in events {
            if let Body::Event(event) = &recorded.body {
                self.notice(event);
            }
        }
    }
}

/// While it stands, a ring is being filled. One that is not filled in the end is no ring: the request may be given up.
struct Filling<'a> {
    homes: &'a Homes,
    viewer: AccountId,
    done: bool,
}

impl<'a> Filling<'a> {
    fn begin(homes: &'a Homes, viewer: AccountId) -> Self {
        homes.filling.fetch_add(1, Ordering::SeqCst);
        Self { homes, viewer, done: false }
    }
}

impl Drop for Filling<'_> {
    fn drop(&mut self) {
        self.homes.filling.fetch_sub(1, Ordering::SeqCst);
        if !self.done {
            self.homes.drop_ring(self.viewer.get());
        }
    }
}

/// Asks the tables who is named in posts of which that is not known.
async fn learn(reader: &Reader, posts: &[Arc<Post>]) -> Result<(), ProjectionError> {
    if posts.is_empty() {
        return Ok(());
    }
    let edits: Vec<_> = posts.iter().map(|post| post.edits()).collect();
    let ids: Vec<_> = posts.iter().map(|post| post.id).collect();
    let mut named: HashMap<i64, Vec<i64>> = HashMap::new();
    for (status, account) in named_in(reader, &ids).await? {
        named.entry(status).or_default().push(account);
    }
    for (post, edits) in posts.iter().zip(edits) {
        post.names(named.remove(&post.id).unwrap_or_default(), edits);
    }
    Ok(())
}

/// Forgets the tenth of the rings that was not asked for the longest.
fn drop_oldest(rings: &mut HashMap<i64, Arc<Ring>>) {
    let mut used: Vec<_> = rings.iter().map(|(viewer, ring)| (ring.used(), *viewer)).collect();
    used.sort_unstable();
    for (_, viewer) in used.into_iter().take(HOME_RINGS_MAX.div_ceil(10)) {
        rings.remove(&viewer).into_iter().for_each(|ring| ring.spoil());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a status of this visibility reaches only those it names.
const fn is_direct(visibility: Visibility) -> bool {
    !visibility.reaches_followers()
}
