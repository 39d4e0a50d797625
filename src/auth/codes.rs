//! Codes of the authorization code grant: kept as hashes, used once, within ten minutes.

use chronodon_events::{AccountId, AppId, TokenId};
use deadpool_postgres::Pool;
use jiff::{SignedDuration, Timestamp};

use super::tokens::{self, NewToken};
use crate::commands::CommandError;

/// How long a code can be used.
pub const LIFETIME: SignedDuration = SignedDuration::from_mins(10);
/// How long a dead code is remembered, to notice that it is used again.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24);

/// What an account has allowed an app, waiting to be fetched by it.
#[derive(Clone, Debug)]
pub struct Code {
    /// The app that may use it.
    pub app_id: AppId,
    /// The account that has let the app in.
    pub account_id: AccountId,
    /// What the token may do.
    pub scopes: Vec<String>,
    /// Where the code was sent; the app must name it again.
    pub redirect_uri: String,
    /// SHA-256 of the verifier that the app must show, in base64url (RFC 7636).
    pub code_challenge: Option<String>,
    /// Until when it can be used.
    pub expires_at: Timestamp,
    /// The token it was used for.
    pub token_id: Option<TokenId>,
}

/// Stores a code that nobody has used, and forgets old ones.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn store(pool: &Pool, secret: &str, code: &Code, now: Timestamp) -> Result<(), CommandError> {
    let client = pool.get().await?;
    let forget = "DELETE FROM server.authorization_codes WHERE expires_at < $1";
    client.execute(forget, &[&(now - REMEMBERED)]).await?;
    let sql = "INSERT INTO server.authorization_codes
                   (code_hash, app_id, account_id, scopes, redirect_uri, code_challenge, expires_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let (app, account) = (code.app_id.get(), code.account_id.get());
    let hash = tokens::hash(secret);
    client
        .execute(
            sql,
            &[&hash, &app, &account, &code.scopes, &code.redirect_uri, &code.code_challenge, &code.expires_at],
        )
        .await?;
    Ok(())
}

/// The code with this secret, used or not, expired or not.
///
/// # Errors
/// When the database cannot be read.
pub async fn find(pool: &Pool, secret: &str) -> Result<Option<Code>, CommandError> {
    let sql = "SELECT app_id, account_id, scopes, redirect_uri, code_challenge, expires_at, token_id
               FROM server.authorization_codes WHERE code_hash = $1";
    let row = pool.get().await?.query_opt(sql, &[&tokens::hash(secret)]).await?;
    Ok(row.map(|row| Code {
        app_id: AppId(row.get("app_id")),
        account_id: AccountId(row.get("account_id")),
        scopes: row.get("scopes"),
        redirect_uri: row.get("redirect_uri"),
        code_challenge: row.get("code_challenge"),
        expires_at: row.get("expires_at"),
        token_id: row.get::<_, Option<i64>>("token_id").map(TokenId),
    }))
}

/// Uses a code up and stores its token, both or neither. False when somebody was first.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn exchange(pool: &Pool, secret: &str, token: &NewToken<'_>) -> Result<bool, CommandError> {
    let mut client = pool.get().await?;
    let transaction = client.transaction().await?;
    let sql = "UPDATE server.authorization_codes SET token_id = $2 WHERE code_hash = $1 AND token_id IS NULL";
    let used = transaction.execute(sql, &[&tokens::hash(secret), &token.id.get()]).await?;
    if used == 0 {
        return Ok(false);
    }
    tokens::insert(&transaction, token).await?;
    transaction.commit().await?;
    Ok(true)
}

/// Forgets the codes of an account.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn drop_all(pool: &Pool, account: AccountId) -> Result<(), CommandError> {
    let sql = "DELETE FROM server.authorization_codes WHERE account_id = $1";
    pool.get().await?.execute(sql, &[&account.get()]).await?;
    Ok(())
}
