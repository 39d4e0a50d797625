//! What an account does with its notifications. One stream per account.

use chronodon_events::notification::{NotificationDismissed, NotificationEvent, NotificationsCleared};
use chronodon_events::{AccountId, NotificationId};

use crate::{Decider, Refusal};

/// What can be asked.
#[derive(Clone, Debug)]
pub enum Command {
    /// Put these away.
    Dismiss {
        /// Whose.
        account_id: AccountId,
        /// Which; those that are not there are left out by the caller.
        notification_ids: Vec<NotificationId>,
    },
    /// Put all away.
    Clear {
        /// Whose.
        account_id: AccountId,
    },
}

/// Decides about an account's notifications. What is there is folded elsewhere, so there is no state.
#[derive(Debug)]
pub struct Notifications;

impl Decider for Notifications {
    type Command = Command;
    type Event = NotificationEvent;
    type State = ();

    fn decide((): &(), command: &Command) -> Result<Vec<NotificationEvent>, Refusal> {
        Ok(match command {
            Command::Dismiss { notification_ids, .. } if notification_ids.is_empty() => Vec::new(),
            Command::Dismiss { account_id, notification_ids } => {
                let notification_ids = notification_ids.clone();
                vec![NotificationEvent::Dismissed(NotificationDismissed { account_id: *account_id, notification_ids })]
            }
            Command::Clear { account_id } => {
                vec![NotificationEvent::Cleared(NotificationsCleared { account_id: *account_id })]
            }
        })
    }

    fn evolve((): (), _: &NotificationEvent) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_to_put_away_changes_nothing() {
        let command = Command::Dismiss { account_id: AccountId(1), notification_ids: Vec::new() };
        assert_eq!(Notifications::decide(&(), &command), Ok(Vec::new()));
    }
}
