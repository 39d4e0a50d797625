//! An account: of this server (sign-up, profile, role) or of another (what that one says of it), and its suspension.
//!
//! Addresses and passwords are not events: they live in the vault.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::remote::RemoteActor;
use crate::values::{PostingDefaults, Profile, Role};
use crate::{AccountId, KeyId, Payload};

event_enum! {
    /// What can happen to an account.
    pub enum AccountEvent {
        "account.registered" 1 => Registered(AccountRegistered),
        "account.confirmed" 1 => Confirmed(AccountConfirmed),
        "account.approved" 1 => Approved(AccountApproved),
        "account.rejected" 1 => Rejected(AccountRejected),
        "account.profile_updated" 1 => ProfileUpdated(AccountProfileUpdated),
        "account.posting_defaults_changed" 2 => PostingDefaultsChanged(AccountPostingDefaultsChanged),
        "account.role_changed" 1 => RoleChanged(AccountRoleChanged),
        "account.password_changed" 1 => PasswordChanged(AccountPasswordChanged),
        "account.suspended" 1 => Suspended(AccountSuspended),
        "account.unsuspended" 1 => Unsuspended(AccountUnsuspended),
        "account.discovered" 1 => Discovered(AccountDiscovered),
        "account.refreshed" 1 => Refreshed(AccountRefreshed),
        "account.deleted" 1 => Deleted(AccountDeleted),
        "account.moved" 1 => Moved(AccountMoved),
        "account.aliases_changed" 1 => AliasesChanged(AccountAliasesChanged),
    }
}

/// Somebody signed up, or the operator created an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountRegistered {
    /// Whose account.
    pub account_id: AccountId,
    /// As chosen; unique without regard to case.
    pub username: String,
    /// ISO 639-1 code of the person's language.
    pub locale: String,
    /// Why they want to join, for approval.
    pub reason: Option<String>,
    /// What it may do here.
    pub role: Role,
    /// Needs no approval, or has it.
    pub approved: bool,
    /// The address needs no confirmation, or has it.
    pub confirmed: bool,
    /// How it presents itself at first.
    pub profile: Profile,
    /// When.
    pub created_at: Timestamp,
}

impl Payload for AccountRegistered {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// The e-mail address was confirmed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountConfirmed {
    /// Whose account.
    pub account_id: AccountId,
}

impl Payload for AccountConfirmed {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// A moderator or the operator let the account in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountApproved {
    /// Whose account.
    pub account_id: AccountId,
}

impl Payload for AccountApproved {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// A moderator or the operator refused the sign-up; the account is gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountRejected {
    /// Whose account.
    pub account_id: AccountId,
}

impl Payload for AccountRejected {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// The profile, whole, as it is now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountProfileUpdated {
    /// Whose account.
    pub account_id: AccountId,
    /// The new profile.
    pub profile: Profile,
}

impl Payload for AccountProfileUpdated {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// What new statuses begin with, whole, as it is now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountPostingDefaultsChanged {
    /// Whose account.
    pub account_id: AccountId,
    /// The new defaults.
    pub defaults: PostingDefaults,
}

impl Payload for AccountPostingDefaultsChanged {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// The account may do more or less than before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountRoleChanged {
    /// Whose account.
    pub account_id: AccountId,
    /// The new role.
    pub role: Role,
}

impl Payload for AccountRoleChanged {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// The password changed; all sessions and tokens ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountPasswordChanged {
    /// Whose account.
    pub account_id: AccountId,
}

impl Payload for AccountPasswordChanged {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// Signing in is refused and nothing of the account is shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountSuspended {
    /// Whose account.
    pub account_id: AccountId,
    /// Why, for the record.
    pub reason: Option<String>,
}

impl Payload for AccountSuspended {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// A suspension ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountUnsuspended {
    /// Whose account.
    pub account_id: AccountId,
}

impl Payload for AccountUnsuspended {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// An account of another server was met for the first time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountDiscovered {
    /// The id that it has here.
    pub account_id: AccountId,
    /// What its server says of it.
    pub actor: RemoteActor,
}

impl Payload for AccountDiscovered {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// What its own server says of an account, whole, as it is now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountRefreshed {
    /// Whose account.
    pub account_id: AccountId,
    /// What its server says of it.
    pub actor: RemoteActor,
}

impl Payload for AccountRefreshed {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// The account is gone for good: its own server says so, be it this one. All that it left here goes too, and its key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountDeleted {
    /// Whose account it was.
    pub account_id: AccountId,
}

impl Payload for AccountDeleted {
    fn key(&self) -> KeyId {
        KeyId::INSTANCE
    }
}

/// The account goes on under another name, and takes its followers along.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountMoved {
    /// Whose account.
    pub account_id: AccountId,
    /// The account it has become.
    pub target_id: AccountId,
    /// That one's actor, an address.
    pub target_uri: String,
}

impl Payload for AccountMoved {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// The accounts elsewhere that this one says it is too, whole, as they are now: only from there can it be moved to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountAliasesChanged {
    /// Whose account.
    pub account_id: AccountId,
    /// Actors, as addresses.
    pub also_known_as: Vec<String>,
}

impl Payload for AccountAliasesChanged {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}
