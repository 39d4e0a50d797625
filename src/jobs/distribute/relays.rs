//! Relays: asked to let the server in, or told that it has no more to do with them. The server's own actor speaks.

use chronodon_activitypub::audience::PUBLIC;
use chronodon_events::AccountId;
use chronodon_events::relay::RelayEvent;

use super::Message;
use crate::app::App;
use crate::federation::delivery;
use crate::federation::outbox::activities::{simple, undo};
use crate::federation::outbox::addresses;

pub(super) fn messages(app: &App, event: &RelayEvent) -> anyhow::Result<Vec<Message>> {
    let follow = |uri: &str| simple("Follow", uri, &addresses::instance_actor(app), PUBLIC);
    let (kind, activity, address) = match event {
        RelayEvent::Added(e) => ("Follow", follow(&e.follow_uri), &e.inbox_url),
        RelayEvent::Removed(e) => ("Undo", undo(follow(&e.follow_uri)), &e.inbox_url),
        RelayEvent::Accepted(_) | RelayEvent::Rejected(_) => return Ok(Vec::new()),
    };
    let to = delivery::destinations(app, delivery::inbox_at(app, address).as_slice());
    Ok(vec![Message::new(kind, activity, AccountId::INSTANCE, to)])
}
