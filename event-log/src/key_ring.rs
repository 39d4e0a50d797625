//! The keys in use: made when first needed, unwrapped once, cached within bounds, destroyed for good.
//!
//! Every account has a random key, kept in the vault wrapped with the master key. An object (a status, a media file)
//! has a random secret beside it; its payloads are sealed with a key made of both, so destroying either erases them.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use chronodon_events::{AccountId, KeyId};

use crate::seal::{self, Secret};
use crate::vault::{Stored, Vault};
use crate::{AppendError, KeyError, MasterKey, NewSecret};

/// Unwrapped account keys kept in memory: about 150 bytes each.
const CACHED_ACCOUNTS_MAX: u64 = 100_000;

const MASTER_CHECK: &[u8] = b"chronodon master key check";

/// The keys of one vault under one master key.
pub struct KeyRing {
    vault: Arc<dyn Vault>,
    wrapping: Secret,
    cache: AccountCache,
}

/// An account's key, as far as anybody knows.
#[derive(Clone)]
enum AccountKey {
    Present { root: Secret, payload: Secret },
    Destroyed,
}

impl AccountKey {
    fn present(root: Secret) -> Self {
        Self::Present { payload: root.payload_key(), root }
    }
}

/// What there is to open an event with.
pub(crate) enum Found {
    Key(Secret),
    Destroyed,
    Missing(&'static str),
}

/// The keys of a page of events, loaded together.
#[derive(Default)]
pub(crate) struct Keys {
    accounts: HashMap<i64, AccountKey>,
    objects: HashMap<i64, Stored>,
}

/// The keys of an append, and those of them that are to become durable with it.
#[derive(Default)]
pub(crate) struct SealingKeys {
    pub(crate) keys: HashMap<KeyId, Secret>,
    pub(crate) new_secrets: Vec<NewSecret>,
}

impl KeyRing {
    /// Opens a vault with its master key; the first one ever used becomes the vault's own.
    ///
    /// # Errors
    /// [`KeyError::WrongMasterKey`] when the vault was made under another one.
    pub async fn open(master: &MasterKey, vault: Arc<dyn Vault>) -> Result<Self, KeyError> {
        let check = Secret(master.derive("master check"));
        let kept = vault.master_check(seal::seal(&check, b"master check", MASTER_CHECK)).await?;
        if seal::open(&check, b"master check", &kept).as_deref() != Some(MASTER_CHECK) {
            return Err(KeyError::WrongMasterKey);
        }
        let wrapping = Secret(master.derive("account key wrapping"));
        Ok(Self { vault, wrapping, cache: AccountCache::new(CACHED_ACCOUNTS_MAX) })
    }

    /// Erases an account: whatever was sealed with its key, its objects included. The event that says so comes first.
    ///
    /// # Errors
    /// When the vault cannot be reached.
    pub async fn destroy_account(&self, account: AccountId) -> Result<(), KeyError> {
        self.vault.destroy_account(account.get()).await?;
        self.cache.forget(account.get());
        Ok(())
    }

    /// Erases an object: a status or media file by its id. The event that says so comes first.
    ///
    /// # Errors
    /// When the vault cannot be reached.
    pub async fn destroy_object(&self, object: i64) -> Result<(), KeyError> {
        self.vault.destroy_object(object).await
    }

    /// Drops an account's key from this process's memory, because another process destroyed it.
    pub fn forget_cached_account(&self, account: AccountId) {
        self.cache.forget(account.get());
    }

    /// Everything there is of these keys, in one query or none.
    pub(crate) async fn load(&self, wanted: impl IntoIterator<Item = KeyId>) -> Result<Keys, KeyError> {
        let mut keys = Keys::default();
        let (mut accounts, mut objects) = (HashSet::new(), HashSet::new());
        let generation = self.cache.generation();
        for key in wanted {
            let account = key.subject.get();
            if !keys.accounts.contains_key(&account) && !accounts.contains(&account) {
                match self.cache.get(account) {
                    Some(cached) => drop(keys.accounts.insert(account, cached)),
                    None => drop(accounts.insert(account)),
                }
            }
            objects.extend(key.object);
        }
        if accounts.is_empty() && objects.is_empty() {
            return Ok(keys);
        }
        let accounts: Vec<i64> = accounts.into_iter().collect();
        let objects: Vec<i64> = objects.into_iter().collect();
        let stored = self.vault.load(&accounts, &objects).await?;
        keys.objects = stored.objects;
        for (account, stored) in stored.accounts {
            let key = self.unwrap(account, stored)?;
            self.cache.insert(account, key.clone(), generation);
            keys.accounts.insert(account, key);
        }
        Ok(keys)
    }

    /// Keys to seal with; those that do not exist yet are made. The made ones are not cached: should the append turn
    /// out to be a retry, the vault has others. `objects_are_new` saves the look at the vault for
    /// objects: should one exist after all, the append fails with [`AppendError::KeyTaken`].
    pub(crate) async fn for_sealing(
        &self,
        wanted: &[KeyId],
        objects_are_new: bool,
    ) -> Result<SealingKeys, AppendError> {
        let asked = wanted.iter().map(|key| if objects_are_new { KeyId::account(key.subject) } else { *key });
        let mut known = self.load(asked).await?;
        let mut sealing = SealingKeys::default();
        for &key in wanted {
            if sealing.keys.contains_key(&key) {
                continue;
            }
            self.make_missing(key, &mut known, &mut sealing);
            match known.find(key) {
                Found::Key(secret) => drop(sealing.keys.insert(key, secret)),
                Found::Destroyed => return Err(AppendError::KeyDestroyed(key)),
                Found::Missing(_) => return Err(KeyError::Damaged(key.subject.get()).into()),
            }
        }
        Ok(sealing)
    }

    fn make_missing(&self, key: KeyId, known: &mut Keys, sealing: &mut SealingKeys) {
        let account = key.subject.get();
        if let Entry::Vacant(missing) = known.accounts.entry(account) {
            let root = Secret::random();
            let bytes = seal::seal(&self.wrapping, &wrap_binding(account), &root.0);
            sealing.new_secrets.push(NewSecret { key: KeyId::account(key.subject), bytes });
            missing.insert(AccountKey::present(root));
        }
        if let Some(object) = key.object
            && !known.objects.contains_key(&object)
        {
            let bytes = Secret::random().0.to_vec();
            sealing.new_secrets.push(NewSecret { key, bytes: bytes.clone() });
            known.objects.insert(object, Stored::Present(bytes));
        }
    }

    fn unwrap(&self, account: i64, stored: Stored) -> Result<AccountKey, KeyError> {
        let Stored::Present(wrapped) = stored else {
            return Ok(AccountKey::Destroyed);
        };
        seal::open(&self.wrapping, &wrap_binding(account), &wrapped)
            .and_then(|root| root.try_into().ok())
            .map(|root| AccountKey::present(Secret(root)))
            .ok_or(KeyError::Damaged(account))
    }
}

impl Keys {
    pub(crate) fn find(&self, key: KeyId) -> Found {
        let (root, payload) = match self.accounts.get(&key.subject.get()) {
            None => return Found::Missing("the account's key is missing"),
            Some(AccountKey::Destroyed) => return Found::Destroyed,
            Some(AccountKey::Present { root, payload }) => (root, payload),
        };
        let Some(object) = key.object else {
            return Found::Key(payload.clone());
        };
        match self.objects.get(&object) {
            None => Found::Missing("the object's secret is missing"),
            Some(Stored::Destroyed) => Found::Destroyed,
            Some(Stored::Present(secret)) => match secret.as_slice().try_into() {
                Ok(secret) => Found::Key(root.object_key(&Secret(secret))),
                Err(_) => Found::Missing("the object's secret is damaged"),
            },
        }
    }
}

fn wrap_binding(account: i64) -> Vec<u8> {
    [&b"account key "[..], &account.to_be_bytes()].concat()
}

/// Account keys in memory. A key that was loaded before some account was forgotten is not cached after it.
struct AccountCache {
    keys: moka::sync::Cache<i64, AccountKey>,
    generation: Mutex<u64>,
}

impl AccountCache {
    fn new(accounts_max: u64) -> Self {
        Self { keys: moka::sync::Cache::new(accounts_max), generation: Mutex::new(0) }
    }

    fn generation(&self) -> u64 {
        *self.generation.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, account: i64) -> Option<AccountKey> {
        self.keys.get(&account)
    }

    fn insert(&self, account: i64, key: AccountKey, loaded_in: u64) {
        let generation = self.generation.lock().unwrap_or_else(PoisonError::into_inner);
        if *generation == loaded_in {
            self.keys.insert(account, key);
        }
    }

    fn forget(&self, account: i64) {
        let mut generation = self.generation.lock().unwrap_or_else(PoisonError::into_inner);
        *generation += 1;
        self.keys.invalidate(&account);
    }
}
