//! A conversation that an account hears no more of. One stream per account and conversation.

use chronodon_events::conversation_mute::{ConversationMuteEvent, ConversationMuted, ConversationUnmuted};
use chronodon_events::{AccountId, StatusId};

use crate::{Decider, Refusal};

/// Mute it, or listen again. The caller has checked that `account_id` may see a status of the conversation.
#[derive(Clone, Copy, Debug)]
pub enum Command {
    /// No more notifications.
    Mute {
        /// Who.
        account_id: AccountId,
        /// Which conversation.
        conversation_id: StatusId,
    },
    /// Notifications again.
    Unmute {
        /// Who.
        account_id: AccountId,
        /// Which conversation.
        conversation_id: StatusId,
    },
}

/// Decides about one conversation mute.
#[derive(Debug)]
pub struct ConversationMute;

impl Decider for ConversationMute {
    type Command = Command;
    type Event = ConversationMuteEvent;
    /// Whether it is muted.
    type State = bool;

    fn decide(muted: &bool, command: &Command) -> Result<Vec<ConversationMuteEvent>, Refusal> {
        Ok(match (*command, muted) {
            (Command::Mute { account_id, conversation_id }, false) => {
                vec![ConversationMuteEvent::Muted(ConversationMuted { account_id, conversation_id })]
            }
            (Command::Unmute { account_id, conversation_id }, true) => {
                vec![ConversationMuteEvent::Unmuted(ConversationUnmuted { account_id, conversation_id })]
            }
            _ => Vec::new(),
        })
    }

    fn evolve(_: bool, event: &ConversationMuteEvent) -> bool {
        matches!(event, ConversationMuteEvent::Muted(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given;

    #[test]
    fn muting_twice_is_muting_once() {
        let (account_id, conversation_id) = (AccountId(1), StatusId(7));
        let mute = Command::Mute { account_id, conversation_id };
        let unmute = Command::Unmute { account_id, conversation_id };
        let decide = |events: &[ConversationMuteEvent], command| {
            let state = given::<ConversationMute>(events.iter().cloned());
            ConversationMute::decide(&state, command).expect("never refused")
        };
        assert!(decide(&[], &unmute).is_empty());
        let mut events = decide(&[], &mute);
        assert!(decide(&events, &mute).is_empty());
        events.extend(decide(&events, &unmute));
        assert_eq!(events.len(), 2);
        assert!(decide(&events, &unmute).is_empty());
    }
}
