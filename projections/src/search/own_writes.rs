//! Whose writes cannot be found yet.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chronodon_event_log::{Body, Recorded};
use chronodon_events::{AccountId, ActorId, Event, Position};

use super::fold;

/// Accounts that are remembered. While more have written, some find their newest posts a moment later.
const ACCOUNTS_MAX: usize = 10_000;

/// By account: its last write that had not been committed when it was seen.
#[derive(Debug, Default)]
pub(super) struct OwnWrites {
    last: Mutex<HashMap<AccountId, Position>>,
    /// The last change of any account.
    accounts: AtomicU64,
    watching: AtomicBool,
}

impl OwnWrites {
    /// From now on there is an index that will contain them.
    pub(super) fn watch(&self) {
        self.watching.store(true, Ordering::Relaxed);
    }

    /// These events have been acknowledged; those up to `findable` can be found.
    pub(super) fn applied(&self, events: &[Arc<Recorded>], findable: Position) {
        if !self.watching.load(Ordering::Relaxed) {
            return;
        }
        for event in events.iter().filter(|event| event.position > findable) {
            let Body::Event(body) = &event.body else { continue };
            if matches!(body, Event::Account(_)) {
                self.accounts.store(event.position.0, Ordering::Release);
            }
            let ActorId::Account(account) = event.meta.actor else { continue };
            if fold::concerns(body) {
                let mut last = self.last();
                if last.len() < ACCOUNTS_MAX || last.contains_key(&account) {
                    last.insert(account, event.position);
                }
            }
        }
    }

    /// Everything up to here can be found.
    pub(super) fn findable(&self, position: Position) {
        let mut last = self.last();
        last.retain(|_, written| *written > position);
        if last.is_empty() {
            last.shrink_to(ACCOUNTS_MAX / 100);
        }
    }

    /// The account's last write that cannot be found yet.
    pub(super) fn last_of(&self, account: AccountId) -> Option<Position> {
        self.last().get(&account).copied()
    }

    /// The last change of an account, of any of them. They are rare, and people look each other up at once.
    pub(super) fn last_of_accounts(&self) -> Position {
        Position(self.accounts.load(Ordering::Acquire))
    }

    fn last(&self) -> MutexGuard<'_, HashMap<AccountId, Position>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
