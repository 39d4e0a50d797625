//! The private keys of this server's actors: the table `vault.actor_keys`.
//!
//! A key is made when its actor first signs or is first shown, on a thread of its own. Of two processes that make one at
//! once, the first wins and the other takes what it finds. Must not know what is signed.

use std::sync::Arc;
use std::time::Duration;

use chronodon_activitypub::key::{KeyError, RsaSigner, Signer, generate_rsa};
use chronodon_event_log::MasterKey;
use chronodon_events::AccountId;
use deadpool_postgres::{Pool, PoolError};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::clock;
use crate::seal::Seal;

/// Keys in memory; those that were not used the longest go first.
const KEPT_MAX: u64 = 2_000;
/// How long a key stays in memory that another process may have destroyed.
const KEPT_FOR: Duration = Duration::from_secs(10 * 60);
/// Keys made at a time: each takes a processor.
const MADE_AT_ONCE_MAX: usize = 2;

/// Why an actor has no key.
#[derive(Clone, Debug, thiserror::Error)]
pub enum KeysError {
    /// The database cannot be reached or refuses.
    #[error("actor keys: {0}")]
    Database(Arc<str>),
    /// It was destroyed, with its account.
    #[error("the key of account {0} was destroyed")]
    Destroyed(AccountId),
    /// What is stored cannot be opened: another master key, or damage.
    #[error("the key of account {0} cannot be opened")]
    Sealed(AccountId),
    /// No key could be made or read.
    #[error("actor keys: {0}")]
    Key(#[from] KeyError),
}

impl From<tokio_postgres::Error> for KeysError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error.to_string().into())
    }
}

impl From<PoolError> for KeysError {
    fn from(error: PoolError) -> Self {
        Self::Database(error.to_string().into())
    }
}

/// What an actor of this server signs with.
pub struct KeyPair {
    /// The address of the key: the actor's, and `#main-key`.
    pub key_id: String,
    /// The public half, SPKI in PEM.
    pub public_pem: String,
    signer: Arc<dyn Signer>,
}

impl KeyPair {
    /// A pair of a signer and its public half, for who has them from elsewhere.
    #[must_use]
    pub fn new(actor_uri: &str, public_pem: String, signer: Arc<dyn Signer>) -> Self {
        Self { key_id: format!("{actor_uri}#main-key"), public_pem, signer }
    }

    /// The private half.
    #[must_use]
    pub fn signer(&self) -> &dyn Signer {
        &*self.signer
    }
}

/// The vault's actor keys.
#[derive(Clone)]
pub struct Keys {
    pool: Pool,
    seal: Seal,
    kept: moka::future::Cache<AccountId, Arc<KeyPair>>,
    making: Arc<Semaphore>,
}

impl Keys {
    /// Keys in the vault of `pool`.
    #[must_use]
    pub fn new(pool: Pool, master: &MasterKey) -> Self {
        let kept = moka::future::Cache::builder().max_capacity(KEPT_MAX).time_to_live(KEPT_FOR).build();
        let making = Arc::new(Semaphore::new(MADE_AT_ONCE_MAX));
        Self { pool, seal: Seal::new(master, "actor keys"), kept, making }
    }

    /// The key of an account of this server, whose actor has this address; of [`AccountId::INSTANCE`] for the server's
    /// own actor. Made if there is none, which takes a second.
    ///
    /// # Errors
    /// When the key was destroyed, or the database refuses.
    pub async fn of(&self, account: AccountId, actor_uri: &str) -> Result<Arc<KeyPair>, KeysError> {
        let found = self.kept.try_get_with(account, self.find_or_make(account, actor_uri)).await;
        found.map_err(|error| KeysError::clone(&error))
    }

    /// Destroys the private half for good. Nothing of the account's can be signed any more.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn destroy(&self, account: AccountId) -> Result<(), KeysError> {
        let sql = "INSERT INTO vault.actor_keys (account_id, private_sealed, public_pem, created_at)
                   VALUES ($1, '', '', $2)
                   ON CONFLICT (account_id) DO UPDATE SET private_sealed = ''";
        self.pool.get().await?.execute(sql, &[&account.get(), &clock::now()]).await?;
        self.kept.invalidate(&account).await;
        Ok(())
    }

    async fn find_or_make(&self, account: AccountId, actor_uri: &str) -> Result<Arc<KeyPair>, KeysError> {
        if let Some(found) = self.find(account, actor_uri).await? {
            return Ok(found);
        }
        self.make(account).await?;
        self.find(account, actor_uri).await?.ok_or_else(|| KeysError::Database("a key was stored and is gone".into()))
    }

    async fn find(&self, account: AccountId, actor_uri: &str) -> Result<Option<Arc<KeyPair>>, KeysError> {
        let sql = "SELECT private_sealed, public_pem FROM vault.actor_keys WHERE account_id = $1";
        let Some(row) = self.pool.get().await?.query_opt(sql, &[&account.get()]).await? else { return Ok(None) };
        let (sealed, public_pem): (&[u8], String) = (row.get(0), row.get(1));
        if sealed.is_empty() {
            return Err(KeysError::Destroyed(account));
        }
        let pem = Zeroizing::new(self.seal.open(account, sealed).ok_or(KeysError::Sealed(account))?);
        let pem = std::str::from_utf8(&pem).map_err(|_| KeysError::Sealed(account))?;
        let signer = Arc::new(RsaSigner::from_pkcs8_pem(pem)?);
        Ok(Some(Arc::new(KeyPair::new(actor_uri, public_pem, signer))))
    }

    async fn make(&self, account: AccountId) -> Result<(), KeysError> {
        let permit = self.making.acquire().await.expect("the semaphore is never closed");
        let made = tokio::task::spawn_blocking(generate_rsa).await.expect("making a key does not panic")?;
        drop(permit);
        let sealed = self.seal.seal(account, made.private_pem.as_bytes());
        let sql = "INSERT INTO vault.actor_keys (account_id, private_sealed, public_pem, created_at)
                   VALUES ($1, $2, $3, $4) ON CONFLICT (account_id) DO NOTHING";
        let client = self.pool.get().await?;
        client.execute(sql, &[&account.get(), &sealed, &made.public_pem, &clock::now()]).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use chronodon_activitypub::key::PublicKey;
    use chronodon_private_postgres::test::{TestDatabase, database};
    use deadpool_postgres::{Manager, Runtime};
    use tokio_postgres::NoTls;

    use super::*;

    const ACTOR: &str = "https://social.example/users/alice";

    async fn opened() -> (TestDatabase, Pool) {
        let database = database().await;
        crate::server_tables::migrate(&database.config()).await.unwrap();
        let manager = Manager::new(database.config(), NoTls);
        let pool = Pool::builder(manager).runtime(Runtime::Tokio1).max_size(4).build().unwrap();
        (database, pool)
    }

    #[tokio::test]
    async fn two_processes_agree_on_one_key_that_stays() {
        let (_database, pool) = opened().await;
        let master = MasterKey::from_bytes([1; 32]);
        let (one, two) = (Keys::new(pool.clone(), &master), Keys::new(pool.clone(), &master));
        let alice = AccountId(1);
        let (a, b) = tokio::join!(one.of(alice, ACTOR), two.of(alice, ACTOR));
        let (a, b) = (a.unwrap(), b.unwrap());
        assert_eq!((&a.key_id, &a.public_pem), (&format!("{ACTOR}#main-key"), &b.public_pem));
        let signature = b.signer().sign(b"message").unwrap();
        assert!(PublicKey::from_pem(&a.public_pem).unwrap().verifies(b"message", &signature));
        let other = one.of(AccountId::INSTANCE, "https://social.example/actor").await.unwrap();
        assert_ne!(other.public_pem, a.public_pem);
        let stranger = Keys::new(pool, &MasterKey::from_bytes([2; 32]));
        assert!(matches!(stranger.of(alice, ACTOR).await, Err(KeysError::Sealed(_))));
    }

    #[tokio::test]
    async fn a_destroyed_key_is_gone_and_no_other_takes_its_place() {
        let (_database, pool) = opened().await;
        let master = MasterKey::from_bytes([1; 32]);
        let keys = Keys::new(pool.clone(), &master);
        keys.of(AccountId(1), ACTOR).await.unwrap();
        for account in [AccountId(1), AccountId(2)] {
            keys.destroy(account).await.unwrap();
            assert!(matches!(keys.of(account, ACTOR).await, Err(KeysError::Destroyed(_))));
            assert!(matches!(Keys::new(pool.clone(), &master).of(account, ACTOR).await, Err(KeysError::Destroyed(_))));
        }
    }
}
