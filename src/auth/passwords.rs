//! Passwords: their rules, and argon2id on a bounded number of threads. Must not know whose they are.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use chronodon_domain::{Refusal, limits};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::commands::CommandError;

/// OWASP's second choice for argon2id: 19 MiB, two passes, one lane. About 20 ms.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// How long a password waits for its turn.
const TURN_WAIT: Duration = Duration::from_secs(5);
/// Costs as much to refuse as any other: the hash of no password.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Nothing, when the password may be chosen.
///
/// # Errors
/// When it is too short or too long.
pub fn check(password: &str) -> Result<(), Refusal> {
    let (min, max) = (limits::PASSWORD_CHARS_MIN, limits::PASSWORD_BYTES_MAX);
    if password.is_empty() {
        return Err(Refusal::invalid("password", "ERR_BLANK", "can't be blank"));
    }
    if password.chars().count() < min {
        let message = format!("is too short (minimum is {min} characters)");
        return Err(Refusal::invalid("password", "ERR_TOO_SHORT", message));
    }
    if password.len() > max {
        let message = format!("is too long (maximum is {max} characters)");
        return Err(Refusal::invalid("password", "ERR_TOO_LONG", message));
    }
    Ok(())
}

/// Hashes and verifies, a few at a time.
#[derive(Clone)]
pub(super) struct Passwords {
    turns: Arc<Semaphore>,
    turn_wait: Duration,
}

impl Passwords {
    pub(super) fn new() -> Self {
        Self { turns: Arc::new(Semaphore::new(limits::PASSWORD_HASHES_AT_ONCE_MAX)), turn_wait: TURN_WAIT }
    }

    /// The hash to store, as a PHC string.
    pub(super) async fn hash(&self, password: &str) -> Result<String, CommandError> {
        let password = password.to_owned();
        self.at_its_turn(move || argon2().hash_password(password.as_bytes()).map(|hash| hash.to_string()))
            .await?
            .map_err(|error| CommandError::Database(error.to_string()))
    }

    /// Whether the password is the one of `stored`; as slow, and false, without one.
    pub(super) async fn verify(&self, password: &str, stored: Option<String>) -> Result<bool, CommandError> {
        // Nobody could choose a longer one.
        let password = Some(password).filter(|password| password.len() <= limits::PASSWORD_BYTES_MAX);
        let (known, password) = (stored.is_some() && password.is_some(), password.unwrap_or_default().to_owned());
        let stored = stored.unwrap_or_else(|| NOBODY.to_owned());
        let equal = self.at_its_turn(move || {
            let hash = PasswordHash::new(&stored)?;
            argon2().verify_password(password.as_bytes(), &hash)
        });
        Ok(equal.await?.is_ok() && known)
    }

    async fn at_its_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, CommandError> {
        let turn: OwnedSemaphorePermit = tokio::time::timeout(self.turn_wait, self.turns.clone().acquire_owned())
            .await
            .map_err(|_| CommandError::Busy)?
            .expect("the semaphore is never closed");
        // The turn goes with the work, so that a caller who has left still counts.
        let work = move || {
            let _turn = turn;
            work()
        };
        tokio::task::spawn_blocking(work).await.map_err(|error| CommandError::Database(error.to_string()))
    }
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("the parameters are within argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_password_that_was_hashed_verifies() {
        let passwords = Passwords::new();
        let hash = passwords.hash("correct horse").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_ne!(hash, passwords.hash("correct horse").await.unwrap(), "every salt is new");
        assert!(passwords.verify("correct horse", Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("correct horses", Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("", None).await.unwrap());
        assert!(!passwords.verify("x", Some("no hash".to_owned())).await.unwrap());
    }

    #[test]
    fn the_hash_of_nobody_costs_what_others_cost() {
        let nobody = PasswordHash::new(NOBODY).unwrap();
        let other = argon2().hash_password(b"x").unwrap();
        assert_eq!(nobody.params, other.params);
        assert_eq!(nobody.hash.map(|hash| hash.len()), other.hash.map(|hash| hash.len()));
    }

    #[tokio::test]
    async fn a_turn_that_never_comes_is_told() {
        let passwords = Passwords { turn_wait: Duration::from_millis(10), ..Passwords::new() };
        let all = u32::try_from(limits::PASSWORD_HASHES_AT_ONCE_MAX).unwrap();
        let _all = passwords.turns.acquire_many(all).await.unwrap();
        assert!(matches!(passwords.hash("correct horse").await, Err(CommandError::Busy)));
    }

    #[test]
    fn passwords_have_a_length() {
        assert!(check("1234567").is_err() && check("12345678").is_ok());
        assert!(check(&"x".repeat(72)).is_ok() && check(&"x".repeat(73)).is_err());
        assert!(check("").is_err());
    }
}
