//! Browser sessions of the sign-in pages: kept as hashes, with an end. Who is behind one is asked of the read models,
//! so that a suspension counts at once.

use chronodon_domain::limits;
use chronodon_events::AccountId;
use chronodon_projections::Reader;
use deadpool_postgres::Pool;
use jiff::{SignedDuration, Timestamp};

use super::tokens;
use crate::commands::CommandError;

/// How long a person stays signed in.
pub const LIFETIME: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Who is signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The account.
    pub account_id: AccountId,
    /// Its name.
    pub username: String,
    /// What it calls itself; may be blank.
    pub display_name: String,
}

/// Stores a session. Expired ones go, and those of the account beyond [`limits::SESSIONS_MAX`], oldest first.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn store(pool: &Pool, secret: &str, account: AccountId, now: Timestamp) -> Result<(), CommandError> {
    let client = pool.get().await?;
    let insert = "INSERT INTO server.sessions (session_hash, account_id, created_at, expires_at)
                  VALUES ($1, $2, $3, $4)";
    client.execute(insert, &[&tokens::hash(secret), &account.get(), &now, &(now + LIFETIME)]).await?;
    let prune = "DELETE FROM server.sessions WHERE expires_at < $1 OR session_hash IN (
                     SELECT session_hash FROM server.sessions WHERE account_id = $2
                     ORDER BY created_at DESC, session_hash OFFSET $3)";
    let kept = i64::try_from(limits::SESSIONS_MAX).unwrap_or(i64::MAX);
    client.execute(prune, &[&now, &account.get(), &kept]).await?;
    Ok(())
}

/// Who is signed in with this session; nobody when it has ended or the account may not be used.
///
/// # Errors
/// When the database cannot be read.
pub async fn find(reader: &Reader, secret: &str, now: Timestamp) -> Result<Option<SignedIn>, CommandError> {
    let sql = "
        SELECT a.id, a.username, a.display_name FROM server.sessions s JOIN accounts a ON a.id = s.account_id
        WHERE s.session_hash = $1 AND s.expires_at > $2 AND a.approved AND a.confirmed AND NOT a.suspended";
    let row = reader.query_opt(sql, &[&tokens::hash(secret), &now]).await?;
    Ok(row.map(|row| SignedIn {
        account_id: AccountId(row.get("id")),
        username: row.get("username"),
        display_name: row.get("display_name"),
    }))
}

/// Ends a session.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn end(pool: &Pool, secret: &str) -> Result<(), CommandError> {
    let sql = "DELETE FROM server.sessions WHERE session_hash = $1";
    pool.get().await?.execute(sql, &[&tokens::hash(secret)]).await?;
    Ok(())
}

/// Ends the sessions of an account.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn end_all(pool: &Pool, account: AccountId) -> Result<(), CommandError> {
    let sql = "DELETE FROM server.sessions WHERE account_id = $1";
    pool.get().await?.execute(sql, &[&account.get()]).await?;
    Ok(())
}
