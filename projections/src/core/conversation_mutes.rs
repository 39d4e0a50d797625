//! Conversations that accounts hear no more of.

use chronodon_event_log::Recorded;
use chronodon_events::Event;
use chronodon_events::conversation_mute::ConversationMuteEvent;

use super::{Core, column};

row! {
    /// A conversation mute.
    pub struct ConversationMute in "conversation_mutes" {
        key { account_id: i64, conversation_id: i64 }
        position: i64,
    }
}

pub(super) fn want(_: &mut Core, _: &Recorded, _: &Event) {}

pub(super) fn apply(core: &mut Core, at: &Recorded, event: &Event) {
    match event {
        Event::ConversationMute(ConversationMuteEvent::Muted(e)) => core.conversation_mutes.put(ConversationMute {
            account_id: e.account_id.get(),
            conversation_id: e.conversation_id.get(),
            position: column(at),
        }),
        Event::ConversationMute(ConversationMuteEvent::Unmuted(e)) => {
            core.conversation_mutes.remove((e.account_id.get(), e.conversation_id.get()));
        }
        _ => {}
    }
}
