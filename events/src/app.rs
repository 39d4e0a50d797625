//! Which apps act for an account. Apps that nobody has let in yet are not events.

use serde::{Deserialize, Serialize};

use crate::{AccountId, AppId, KeyId, Payload};

event_enum! {
    /// What can happen between an account and an app.
    pub enum AppEvent {
        "app.authorized" 1 => Authorized(AppAuthorized),
        "app.revoked" 1 => Revoked(AppRevoked),
    }
}

/// An account let an app in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AppAuthorized {
    /// Whose account.
    pub account_id: AccountId,
    /// Which app.
    pub app_id: AppId,
    /// Its name at that time.
    pub name: String,
    /// Its website at that time.
    pub website: Option<String>,
    /// What it may do.
    pub scopes: Vec<String>,
}

impl Payload for AppAuthorized {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// An app's access ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AppRevoked {
    /// Whose account.
    pub account_id: AccountId,
    /// Which app.
    pub app_id: AppId,
}

impl Payload for AppRevoked {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}
