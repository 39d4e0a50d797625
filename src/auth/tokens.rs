//! Access tokens: made here, kept as hashes, found by their hash.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chronodon_events::{AccountId, AppId, TokenId};
use deadpool_postgres::{GenericClient, Pool};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use tokio_postgres::Row;

use crate::commands::CommandError;

/// Random bytes of a secret.
const SECRET_BYTES: usize = 32;
/// Tokens of one account that are listed.
pub const LISTED_MAX: i64 = 1_000;

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

/// A token as it is kept: without its secret.
#[derive(Clone, Debug)]
pub struct StoredToken {
    /// Its id.
    pub id: TokenId,
    /// The app it was made for.
    pub app_id: AppId,
    /// Who it acts for; none: the app itself.
    pub account_id: Option<AccountId>,
    /// What it may do.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The token with this secret.
///
/// # Errors
/// When the database cannot be read.
pub async fn find(pool: &Pool, secret: &str) -> Result<Option<StoredToken>, CommandError> {
    let sql = "SELECT id, app_id, account_id, scopes, created_at FROM server.access_tokens WHERE token_hash = $1";
    Ok(pool.get().await?.query_opt(sql, &[&hash(secret)]).await?.map(|row| read(&row)))
}

/// The token with this id.
///
/// # Errors
/// When the database cannot be read.
pub async fn by_id(pool: &Pool, id: TokenId) -> Result<Option<StoredToken>, CommandError> {
    let sql = "SELECT id, app_id, account_id, scopes, created_at FROM server.access_tokens WHERE id = $1";
    Ok(pool.get().await?.query_opt(sql, &[&id.get()]).await?.map(|row| read(&row)))
}

/// The tokens of an account, at most [`LISTED_MAX`], the latest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn of_account(pool: &Pool, account: AccountId) -> Result<Vec<StoredToken>, CommandError> {
    let sql = "SELECT id, app_id, account_id, scopes, created_at FROM server.access_tokens
               WHERE account_id = $1 ORDER BY id DESC LIMIT $2";
    let rows = pool.get().await?.query(sql, &[&account.get(), &LISTED_MAX]).await?;
    Ok(rows.iter().map(read).collect())
}

/// Which of these tokens are good still, for connections that stay open.
///
/// # Errors
/// When the database cannot be read.
pub async fn alive(pool: &Pool, ids: &[TokenId]) -> Result<Vec<TokenId>, CommandError> {
    let ids: Vec<_> = ids.iter().map(|id| id.get()).collect();
    let sql = "SELECT id FROM server.access_tokens WHERE id = ANY($1)";
    let rows = pool.get().await?.query(sql, &[&ids]).await?;
    Ok(rows.iter().map(|row| TokenId(row.get(0))).collect())
}

/// Revokes a token. Returns whether it was the last one of its account and app.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn revoke(pool: &Pool, token: &StoredToken) -> Result<bool, CommandError> {
    let client = pool.get().await?;
    client.execute("DELETE FROM server.access_tokens WHERE id = $1", &[&token.id.get()]).await?;
    let sql = "SELECT 1 FROM server.access_tokens WHERE account_id = $1 AND app_id = $2 LIMIT 1";
    let left = client.query_opt(sql, &[&token.account_id.map(AccountId::get), &token.app_id.get()]).await?;
    Ok(left.is_none())
}

fn read(row: &Row) -> StoredToken {
    StoredToken {
        id: TokenId(row.get("id")),
        app_id: AppId(row.get("app_id")),
        account_id: row.get::<_, Option<i64>>("account_id").map(AccountId),
        scopes: row.get("scopes"),
        created_at: row.get("created_at"),
    }
}
