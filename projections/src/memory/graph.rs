//! Who follows, blocks and mutes whom. It says what the tables `follows`, `blocks` and `mutes` say, at their checkpoint.
//!
//! Questions take a lock for a lookup only: walking over followers holds none, and changes copy what is walked over.

mod edges;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use chronodon_event_log::{Body, Recorded};
use chronodon_events::relationship::{FollowChanged, FollowCreated, MuteCreated, RelationshipEvent};
use chronodon_events::{AccountId, Event};
use deadpool_postgres::Transaction;
use futures::{TryStreamExt, pin_mut};
use jiff::Timestamp;
use serde_json::Value;
use tokio_postgres::types::ToSql;

pub use edges::Flags;

use crate::{Observer, ProjectionError};
use edges::Edges;

/// `(who, about whom)`
type Pair = (i64, i64);

/// The graph of this process. Ask it from anywhere; only its runner changes it.
#[derive(Debug, Default)]
pub struct Graph {
    state: RwLock<State>,
}

#[derive(Debug, Default)]
struct State {
    /// By the followed.
    followers: HashMap<i64, Arc<Edges>>,
    /// By the follower.
    following: HashMap<i64, Arc<Edges>>,
    /// Of the few follows that are limited to some languages.
    languages: HashMap<Pair, Arc<[String]>>,
    blocks: HashSet<Pair>,
    mutes: HashMap<Pair, Mute>,
}

#[derive(Clone, Copy, Debug)]
struct Mute {
    notifications: bool,
    expires_at: Option<Timestamp>,
}

impl Graph {
    /// Calls `each` with every follower of `account`, in order of their ids. Followers that come or go meanwhile do
    /// not count, and `each` may ask the graph.
    pub fn followers_of(&self, account: AccountId, mut each: impl FnMut(AccountId, Flags)) {
        let followers = self.read().followers.get(&account.get()).cloned();
        followers.iter().flat_map(|edges| edges.iter()).for_each(|(id, flags)| each(AccountId(id), flags));
    }

    /// Calls `each` with every account that `account` follows, in order of their ids.
    pub fn following_of(&self, account: AccountId, mut each: impl FnMut(AccountId, Flags)) {
        let following = self.read().following.get(&account.get()).cloned();
        following.iter().flat_map(|edges| edges.iter()).for_each(|(id, flags)| each(AccountId(id), flags));
    }

    /// How many follow `account`.
    #[must_use]
    pub fn followers_count(&self, account: AccountId) -> usize {
        self.read().followers.get(&account.get()).map_or(0, |edges| edges.len())
    }

    /// What `account` wants to see of `target`, when it follows it.
    #[must_use]
    pub fn follow(&self, account: AccountId, target: AccountId) -> Option<Flags> {
        self.read().following.get(&account.get())?.get(target.get())
    }

    /// Whether `account` follows `target`.
    #[must_use]
    pub fn follows(&self, account: AccountId, target: AccountId) -> bool {
        self.follow(account, target).is_some()
    }

    /// The languages to which `account` has limited its follow of `target`; none: it is not limited. Ask only where
    /// [`Flags::has_languages`].
    #[must_use]
    pub fn languages(&self, account: AccountId, target: AccountId) -> Option<Arc<[String]>> {
        self.read().languages.get(&(account.get(), target.get())).cloned()
    }

    /// Whether `account` blocks `target`.
    #[must_use]
    pub fn blocks(&self, account: AccountId, target: AccountId) -> bool {
        self.read().blocks.contains(&(account.get(), target.get()))
    }

    /// Whether `account` mutes `target` at the time `now`.
    #[must_use]
    pub fn mutes(&self, account: AccountId, target: AccountId, now: Timestamp) -> bool {
        self.mute(account, target, now).is_some()
    }

    /// Whether `account` mutes the notifications from `target` at the time `now`.
    #[must_use]
    pub fn mutes_notifications(&self, account: AccountId, target: AccountId, now: Timestamp) -> bool {
        self.mute(account, target, now).is_some_and(|mute| mute.notifications)
    }

    fn mute(&self, account: AccountId, target: AccountId, now: Timestamp) -> Option<Mute> {
        let mute = self.read().mutes.get(&(account.get(), target.get())).copied()?;
        mute.expires_at.is_none_or(|expires_at| expires_at > now).then_some(mute)
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait::async_trait]
impl Observer for Graph {
    async fn load(&self, tx: &Transaction<'_>) -> Result<(), ProjectionError> {
        *self.write() = load(tx).await?;
        Ok(())
    }

    fn applied(&self, events: &[Arc<Recorded>]) {
        for event in events {
            // The lock is let go between events, so that a long batch keeps nobody waiting.
            if let Body::Event(Event::Relationship(event)) = &event.body {
                self.write().apply(event);
            }
        }
    }
}

async fn load(tx: &Transaction<'_>) -> Result<State, ProjectionError> {
    let mut state = State::default();
    let sql = "SELECT account_id, target_id, reblogs, notify, nullif(languages, '[]') FROM follows ORDER BY 2, 1";
    each_row(tx, sql, |row| {
        let pair = (row.get(0), row.get(1));
        let languages = row.get::<_, Option<Value>>(4).map_or_else(Vec::new, words);
        state.follow(pair, row.get(2), row.get(3), languages);
    })
    .await?;
    each_row(tx, "SELECT account_id, target_id FROM blocks", |row| {
        state.blocks.insert((row.get(0), row.get(1)));
    })
    .await?;
    each_row(tx, "SELECT account_id, target_id, notifications, expires_at FROM mutes", |row| {
        let mute = Mute { notifications: row.get(2), expires_at: row.get(3) };
        state.mutes.insert((row.get(0), row.get(1)), mute);
    })
    .await?;
    state.shrink();
    Ok(state)
}

/// Reads row by row: a table may be larger than memory should be for it.
async fn each_row(
    tx: &Transaction<'_>,
    sql: &str,
    mut each: impl FnMut(&tokio_postgres::Row),
) -> Result<(), ProjectionError> {
    let rows = tx.query_raw(sql, std::iter::empty::<&(dyn ToSql + Sync)>()).await?;
    pin_mut!(rows);
    while let Some(row) = rows.try_next().await? {
        each(&row);
    }
    Ok(())
}

fn words(languages: Value) -> Vec<String> {
    serde_json::from_value(languages).unwrap_or_default()
}

impl State {
    fn apply(&mut self, event: &RelationshipEvent) {
        match event {
            RelationshipEvent::FollowCreated(e) => self.created(e),
            RelationshipEvent::FollowChanged(e) => self.changed(e),
            RelationshipEvent::FollowRemoved(e) => self.unfollow((e.account_id.get(), e.target_id.get())),
            RelationshipEvent::BlockCreated(e) => {
                self.blocks.insert((e.account_id.get(), e.target_id.get()));
            }
            RelationshipEvent::BlockRemoved(e) => {
                self.blocks.remove(&(e.account_id.get(), e.target_id.get()));
            }
            RelationshipEvent::MuteCreated(MuteCreated { account_id, target_id, notifications, expires_at }) => {
                let mute = Mute { notifications: *notifications, expires_at: *expires_at };
                self.mutes.insert((account_id.get(), target_id.get()), mute);
            }
            RelationshipEvent::MuteRemoved(e) => {
                self.mutes.remove(&(e.account_id.get(), e.target_id.get()));
            }
            RelationshipEvent::FollowRequested(_)
            | RelationshipEvent::FollowRequestWithdrawn(_)
            | RelationshipEvent::FollowRequestRejected(_)
            | RelationshipEvent::NoteSet(_) => {}
        }
    }

    fn created(&mut self, e: &FollowCreated) {
        self.follow((e.account_id.get(), e.target_id.get()), e.reblogs, e.notify, e.languages.clone());
    }

    /// A request may change too; that is nothing here.
    fn changed(&mut self, e: &FollowChanged) {
        let pair = (e.account_id.get(), e.target_id.get());
        if self.following.get(&pair.0).is_some_and(|edges| edges.get(pair.1).is_some()) {
            self.follow(pair, e.reblogs, e.notify, e.languages.clone());
        }
    }

    fn follow(&mut self, pair: Pair, reblogs: bool, notify: bool, languages: Vec<String>) {
        let flags = Flags { reblogs, notify, has_languages: !languages.is_empty() };
        Arc::make_mut(self.following.entry(pair.0).or_default()).insert(pair.1, flags);
        Arc::make_mut(self.followers.entry(pair.1).or_default()).insert(pair.0, flags);
        if languages.is_empty() {
            self.languages.remove(&pair);
        } else {
            self.languages.insert(pair, languages.into());
        }
    }

    fn unfollow(&mut self, (account, target): Pair) {
        remove(&mut self.following, account, target);
        remove(&mut self.followers, target, account);
        self.languages.remove(&(account, target));
    }

    fn shrink(&mut self) {
        for edges in self.followers.values_mut().chain(self.following.values_mut()) {
            Arc::make_mut(edges).shrink();
        }
    }
}

fn remove(of: &mut HashMap<i64, Arc<Edges>>, from: i64, to: i64) {
    let Some(edges) = of.get_mut(&from) else { return };
    Arc::make_mut(edges).remove(to);
    if edges.len() == 0 {
        of.remove(&from);
    }
}
