//! Access tokens: made here, kept as hashes, found by their hash.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chronodon_events::{AccountId, AppId, TokenId};
use deadpool_postgres::{GenericClient, Pool};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::commands::CommandError;

/// Random bytes of a secret.
const SECRET_BYTES: usize = 32;

/// A new secret, for a token, a code or a session: 43 URL-safe characters.
#[must_use]
pub fn secret() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; SECRET_BYTES]>())
}

/// What is stored of a secret.
#[must_use]
pub fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

/// A token to be stored.
#[derive(Clone, Debug)]
pub struct NewToken<'a> {
    /// Its id.
    pub id: TokenId,
    /// The secret that its bearer shows.
    pub secret: &'a str,
    /// The app it was made for.
    pub app_id: AppId,
    /// Who it acts for; none: the app itself.
    pub account_id: Option<AccountId>,
    /// What it may do.
    pub scopes: &'a [String],
    /// When.
    pub created_at: Timestamp,
}

/// Stores a token.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn store(pool: &Pool, token: &NewToken<'_>) -> Result<(), CommandError> {
    insert(&pool.get().await?, token).await
}

/// Stores a token over a connection or in a transaction.
pub(super) async fn insert(client: &impl GenericClient, token: &NewToken<'_>) -> Result<(), CommandError> {
    let sql = "INSERT INTO server.access_tokens (id, token_hash, app_id, account_id, scopes, created_at)
               VALUES ($1, $2, $3, $4, $5, $6)";
    let (app, account) = (token.app_id.get(), token.account_id.map(AccountId::get));
    let hash = hash(token.secret);
    client.execute(sql, &[&token.id.get(), &hash, &app, &account, &token.scopes, &token.created_at]).await?;
    Ok(())
}

/// Revokes all tokens of an account.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn revoke_all(pool: &Pool, account: AccountId) -> Result<(), CommandError> {
    let client = pool.get().await?;
    client.execute("DELETE FROM server.access_tokens WHERE account_id = $1", &[&account.get()]).await?;
    Ok(())
}
