//! What an account did with its notifications. Notifications themselves are folded from other events.

use serde::{Deserialize, Serialize};

use crate::{AccountId, KeyId, NotificationId, Payload};

event_enum! {
    /// What can happen to notifications.
    pub enum NotificationEvent {
        "notification.dismissed" 1 => Dismissed(NotificationDismissed),
        "notifications.cleared" 1 => Cleared(NotificationsCleared),
    }
}

/// An account put some notifications away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NotificationDismissed {
    /// Whose.
    pub account_id: AccountId,
    /// Which.
    pub notification_ids: Vec<NotificationId>,
}

impl Payload for NotificationDismissed {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}

/// An account put all of its notifications away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NotificationsCleared {
    /// Whose.
    pub account_id: AccountId,
}

impl Payload for NotificationsCleared {
    fn key(&self) -> KeyId {
        KeyId::account(self.account_id)
    }
}
