//! Accounts of ours: changed, moved.

use chronodon_event_log::Recorded;
use chronodon_events::AccountId;
use chronodon_events::account::AccountEvent;
use chronodon_projections::core::inboxes;

use super::{Message, local};
use crate::app::App;
use crate::federation::delivery::{self, queue::Destination};
use crate::federation::outbox::{self, activities, addresses};

pub(super) async fn messages(app: &App, at: &Recorded, event: &AccountEvent) -> anyhow::Result<Vec<Message>> {
    match event {
        AccountEvent::ProfileUpdated(e) => {
            let (Some(account), to) = (local(app, e.account_id).await?, followers(app, e.account_id).await?) else {
                return Ok(Vec::new());
            };
            if to.is_empty() {
                return Ok(Vec::new());
            }
            let activity = activities::update_actor(outbox::actor(app, &account).await?, at.recorded_at);
            Ok(vec![Message::new("Update", activity, e.account_id, to)])
        }
        AccountEvent::Moved(e) => {
            let (Some(account), to) = (local(app, e.account_id).await?, followers(app, e.account_id).await?) else {
                return Ok(Vec::new());
            };
            let update = activities::update_actor(outbox::actor(app, &account).await?, at.recorded_at);
            let moved = activities::moved(at.id, &addresses::actor(app, &account.username), &e.target_uri);
            let message = |kind, activity| Message::new(kind, activity, e.account_id, to.clone());
            Ok(vec![message("Update", update), message("Move", moved)])
        }
        _ => Ok(Vec::new()),
    }
}

async fn followers(app: &App, account: AccountId) -> anyhow::Result<Vec<Destination>> {
    Ok(delivery::destinations(app, &inboxes::of_followers(&app.reader.apart(), account).await?))
}
