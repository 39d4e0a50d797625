//! Where keys are kept: apart from the log, so that destroying one erases what it sealed.

use std::collections::HashMap;

use async_trait::async_trait;

use crate::KeyError;

/// A key or secret as the vault has it.
#[derive(Clone, PartialEq, Eq)]
pub enum Stored {
    /// It is there: a wrapped account key, or an object's secret.
    Present(Vec<u8>),
    /// It was destroyed, which is remembered for ever.
    Destroyed,
}

impl std::fmt::Debug for Stored {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Present(_) => "Present",
            Self::Destroyed => "Destroyed",
        })
    }
}

/// What the vault has of what was asked for; what it does not know is left out.
#[derive(Clone, Debug, Default)]
pub struct StoredKeys {
    /// By account.
    pub accounts: HashMap<i64, Stored>,
    /// By object.
    pub objects: HashMap<i64, Stored>,
}

/// Keys of accounts and secrets of objects. They are added by the append that first uses them, see [`crate::Append`].
#[async_trait]
pub trait Vault: Send + Sync {
    /// Everything there is of these, in one round trip.
    ///
    /// # Errors
    /// When the vault cannot be reached.
    async fn load(&self, accounts: &[i64], objects: &[i64]) -> Result<StoredKeys, KeyError>;

    /// Destroys an account's key for good; also one that does not exist yet.
    ///
    /// # Errors
    /// When the vault cannot be reached.
    async fn destroy_account(&self, account: i64) -> Result<(), KeyError>;

    /// Destroys an object's secret for good; also one that does not exist yet.
    ///
    /// # Errors
    /// When the vault cannot be reached.
    async fn destroy_object(&self, object: i64) -> Result<(), KeyError>;

    /// The check value of the master key: keeps `fresh` when there is none yet, and returns the one that is kept.
    ///
    /// # Errors
    /// When the vault cannot be reached.
    async fn master_check(&self, fresh: Vec<u8>) -> Result<Vec<u8>, KeyError>;
}
