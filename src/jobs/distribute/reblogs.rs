//! Reblogs of ours, and those taken back.

use chronodon_event_log::Recorded;
use chronodon_events::reblog::ReblogEvent;
use chronodon_events::values::Visibility;
use chronodon_events::{AccountId, StatusId};
use chronodon_projections::core::{inboxes, relays, statuses as rows};
use jiff::Timestamp;

use super::{Message, actor, local, status_uri};
use crate::app::App;
use crate::federation::delivery;
use crate::federation::outbox::activities::{self, Announce};
use crate::federation::outbox::addresses;

pub(super) async fn messages(app: &App, at: &Recorded, event: &ReblogEvent) -> anyhow::Result<Vec<Message>> {
    match event {
        ReblogEvent::Created(e) if e.visibility != Visibility::Direct => {
            let reblog = Reblog {
                account: e.account_id,
                id: e.reblog_id,
                status: e.status.status_id,
                visibility: e.visibility,
                at: e.created_at,
                uri: e.uri.as_deref(),
            };
            reblog.told(app, "Announce").await
        }
        ReblogEvent::Created(_) => Ok(Vec::new()),
        ReblogEvent::Removed(e) => {
            let reblog = Reblog {
                account: e.account_id,
                id: e.reblog_id,
                status: e.status_id,
                visibility: Visibility::Public,
                at: at.recorded_at,
                uri: e.uri.as_deref(),
            };
            reblog.told(app, "Undo").await
        }
    }
}

struct Reblog<'a> {
    account: AccountId,
    id: StatusId,
    status: StatusId,
    visibility: Visibility,
    at: Timestamp,
    uri: Option<&'a str>,
}

impl Reblog<'_> {
    async fn told(&self, app: &App, kind: &'static str) -> anyhow::Result<Vec<Message>> {
        let Some(account) = local(app, self.account).await? else { return Ok(Vec::new()) };
        let reader = app.reader.apart();
        let row = rows::by_ids(&reader, &[self.status.get()]).await?.pop();
        let Some(row) = row else { return Ok(Vec::new()) };
        let Some((author, author_uri)) = actor(app, row.account_id).await? else { return Ok(Vec::new()) };
        let mut to = inboxes::of_followers(&reader, self.account).await?;
        to.extend(inboxes::of_accounts(&reader, &[author.id]).await?);
        if self.visibility == Visibility::Public {
            let enabled = relays::enabled(&reader).await?;
            to.extend(enabled.iter().filter_map(|relay| delivery::inbox_at(app, &relay.inbox_url)));
        }
        let to = delivery::destinations(app, &to);
        if to.is_empty() {
            return Ok(Vec::new());
        }
        let own = addresses::activity(app, &account.username, self.id.get());
        let announce = activities::announce(Announce {
            id: self.uri.unwrap_or(&own),
            actor: &addresses::actor(app, &account.username),
            status: &status_uri(app, &row, &author),
            author: &author_uri,
            visibility: self.visibility,
            at: self.at,
        });
        let activity = if kind == "Undo" { activities::undo(announce) } else { announce };
        // Who is told of a reblog of a status of ours will fetch it, and hears of its end.
        let object = (row.local && kind != "Undo").then_some(row.id);
        Ok(vec![Message { object, ..Message::new(kind, activity, self.account, to) }])
    }
}
