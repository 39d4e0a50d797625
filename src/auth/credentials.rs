//! Who can sign in with what: the table `vault.credentials`. None of it is an event.
//!
//! Credentials are stored before the account's event, so that the address is unique. Those whose account never came
//! to be are orphans, and make way when their address is stored again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use chronodon_domain::Refusal;
use chronodon_event_log::MasterKey;
use chronodon_events::AccountId;
use chronodon_projections::Reader;
use chronodon_projections::core::accounts;
use deadpool_postgres::Pool;
use jiff::{SignedDuration, Timestamp};

use super::emails::{Email, EmailKeys};
use super::passwords::{self, Passwords};
use super::{codes, sessions, tokens};
use crate::clock;
use crate::commands::CommandError;

/// How long an account may take to come to be after its credentials.
const ORPHAN_AGE: SignedDuration = SignedDuration::from_mins(10);
/// Wrong passwords for one account or login in an hour, as in Mastodon.
const FAILURES_MAX: u32 = 25;
const FAILURES_PERIOD: Duration = Duration::from_secs(60 * 60);
const FAILURE_COUNTERS_MAX: u64 = 100_000;

/// What a person signs in with.
#[derive(Clone, Copy)]
pub struct NewCredentials<'a> {
    /// Whose. The account need not be there yet.
    pub account_id: AccountId,
    /// As it was typed.
    pub email: &'a str,
    /// As it was typed.
    pub password: &'a str,
}

/// The vault's credentials.
pub struct Credentials {
    pool: Pool,
    reader: Reader,
    keys: EmailKeys,
    passwords: Passwords,
    /// Wrong passwords by account or by hash of a login that nobody has; absent where nothing is limited.
    failures: Option<moka::sync::Cache<Vec<u8>, Arc<AtomicU32>>>,
}

impl Credentials {
    /// Credentials in the vault of `pool`. `limited`: whether wrong passwords are counted.
    #[must_use]
    pub fn new(pool: Pool, reader: Reader, master: &MasterKey, limited: bool) -> Self {
        let counters =
            moka::sync::Cache::builder().max_capacity(FAILURE_COUNTERS_MAX).time_to_live(FAILURES_PERIOD).build();
        let (keys, passwords) = (EmailKeys::new(master), Passwords::new());
        Self { pool, reader, keys, passwords, failures: limited.then_some(counters) }
    }

    /// Stores credentials, before the event that makes their account.
    ///
    /// # Errors
    /// When address or password are out of bounds, or somebody has the address (`ERR_TAKEN`).
    pub async fn store(&self, new: NewCredentials<'_>) -> Result<(), CommandError> {
        let email = Email::parse(new.email)?;
        passwords::check(new.password)?;
        let hash = self.passwords.hash(new.password).await?;
        if self.insert(new.account_id, &email, &hash).await? {
            return Ok(());
        }
        if self.make_way(&email).await? && self.insert(new.account_id, &email, &hash).await? {
            return Ok(());
        }
        Err(Refusal::invalid("email", "ERR_TAKEN", "has already been taken").into())
    }

    /// The account that signs in with this e-mail address or username and this password. Takes as long when there is
    /// none. Whether the account may be used is another question.
    ///
    /// # Errors
    /// [`CommandError::Throttled`] after too many wrong passwords, [`CommandError::Busy`] when too many others try.
    pub async fn verify(&self, login: &str, password: &str) -> Result<Option<AccountId>, CommandError> {
        let login = login.trim().trim_start_matches('@').to_lowercase();
        let named = accounts::id_of_local_username(&self.reader, &login).await?;
        let email_hash = self.keys.hash(&login);
        let stored = self.find(named, &email_hash).await?;
        let counted = stored.as_ref().map_or(email_hash, |(id, _)| id.get().to_be_bytes().to_vec());
        self.count_attempt(&counted)?;
        let (id, hash) = stored.unzip();
        let right = self.passwords.verify(password, hash).await?;
        if let (true, Some(failures)) = (right, &self.failures) {
            failures.invalidate(&counted);
        }
        Ok(id.filter(|_| right))
    }

    /// Another password. Ends every token, code and session of the account.
    ///
    /// # Errors
    /// When the password is out of bounds, or the account has no credentials.
    pub async fn change_password(&self, account: AccountId, password: &str) -> Result<(), CommandError> {
        passwords::check(password)?;
        let hash = self.passwords.hash(password).await?;
        let sql = "UPDATE vault.credentials SET password_hash = $2, updated_at = $3 WHERE account_id = $1";
        let client = self.pool.get().await?;
        if client.execute(sql, &[&account.get(), &hash, &clock::now()]).await? == 0 {
            return Err(Refusal::NotFound.into());
        }
        drop(client);
        end_access(&self.pool, account).await
    }

    /// The address of an account.
    ///
    /// # Errors
    /// When the database cannot be read, or the address was sealed under another master key.
    pub async fn email_of(&self, account: AccountId) -> Result<Option<String>, CommandError> {
        let sql = "SELECT email_sealed FROM vault.credentials WHERE account_id = $1";
        let Some(row) = self.pool.get().await?.query_opt(sql, &[&account.get()]).await? else { return Ok(None) };
        let email = self.keys.open(account, row.get(0));
        email.map(Some).ok_or_else(|| CommandError::Unreadable(format!("the e-mail address of account {account}")))
    }

    /// Forgets the credentials of an account, and ends its tokens, codes and sessions.
    ///
    /// # Errors
    /// When the database refuses or cannot be reached.
    pub async fn remove(&self, account: AccountId) -> Result<(), CommandError> {
        let sql = "DELETE FROM vault.credentials WHERE account_id = $1";
        self.pool.get().await?.execute(sql, &[&account.get()]).await?;
        end_access(&self.pool, account).await
    }

    async fn insert(&self, account: AccountId, email: &Email, hash: &str) -> Result<bool, CommandError> {
        let sql = "INSERT INTO vault.credentials (account_id, email_hmac, email_sealed, password_hash, updated_at)
                   VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
        let (hmac, sealed) = (self.keys.hash(email.as_str()), self.keys.seal(account, email));
        let client = self.pool.get().await?;
        Ok(client.execute(sql, &[&account.get(), &hmac, &sealed, &hash, &clock::now()]).await? == 1)
    }

    async fn find(
        &self,
        named: Option<AccountId>,
        email_hmac: &[u8],
    ) -> Result<Option<(AccountId, String)>, CommandError> {
        let sql = "SELECT account_id, password_hash FROM vault.credentials WHERE account_id = $1 OR email_hmac = $2";
        let client = self.pool.get().await?;
        let row = client.query_opt(sql, &[&named.map(AccountId::get), &email_hmac]).await?;
        Ok(row.map(|row| (AccountId(row.get(0)), row.get(1))))
    }

    /// Removes the credentials with this address when they are an orphan's. Whether it did.
    async fn make_way(&self, email: &Email) -> Result<bool, CommandError> {
        let sql = "SELECT account_id, updated_at FROM vault.credentials WHERE email_hmac = $1";
        let client = self.pool.get().await?;
        let Some(row) = client.query_opt(sql, &[&self.keys.hash(email.as_str())]).await? else { return Ok(true) };
        let (account, updated_at) = (row.get::<_, i64>(0), row.get::<_, Timestamp>(1));
        let young = updated_at > clock::now() - ORPHAN_AGE;
        if young || !accounts::by_ids(&self.reader, &[account]).await?.is_empty() {
            return Ok(false);
        }
        let sql = "DELETE FROM vault.credentials WHERE account_id = $1 AND updated_at = $2";
        client.execute(sql, &[&account, &updated_at]).await?;
        Ok(true)
    }

    fn count_attempt(&self, counted: &[u8]) -> Result<(), CommandError> {
        let Some(failures) = &self.failures else { return Ok(()) };
        let count = failures.get_with(counted.to_vec(), Arc::default).fetch_add(1, Ordering::Relaxed);
        if count < FAILURES_MAX { Ok(()) } else { Err(CommandError::Throttled) }
    }
}

/// Ends every token, code and session of an account. What the log says of its apps stays, see `App::end_access`.
pub(super) async fn end_access(pool: &Pool, account: AccountId) -> Result<(), CommandError> {
    codes::drop_all(pool, account).await?;
    sessions::end_all(pool, account).await?;
    tokens::revoke_all(pool, account).await
}
