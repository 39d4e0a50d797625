//! Who is mentioned where: for direct timelines, and for who may see a status.

use chronodon_event_log::Recorded;
use chronodon_events::Event;
use chronodon_events::status::{StatusEvent, StatusPosted};
use chronodon_events::values::{Mention, Visibility};
use chronodon_events::{AccountId, StatusId};

use super::Core;

row! {
    /// An account that a status mentions, or whom a status for followers quotes. Rows stay when an edit drops the mention: who could see it still can.
    pub struct StatusMention in "status_mentions" {
        key { status_id: i64, account_id: i64 }
        author_id: i64,
        visibility: String,
    }
}

pub(super) fn want(core: &mut Core, _: &Recorded, event: &Event) {
    if let Event::Status(StatusEvent::Edited(e)) = event {
        core.statuses.want((e.status_id.get(),));
    }
}

pub(super) fn apply(core: &mut Core, _: &Recorded, event: &Event) {
    match event {
        Event::Status(StatusEvent::Posted(e)) => {
            add(core, e.status_id, e.account_id, e.visibility, &e.mentions);
            quoted(core, e);
        }
        Event::Status(StatusEvent::Edited(e)) => {
            let status = core.statuses.get((e.status_id.get(),));
            if let Some(visibility) = status.and_then(|status| Visibility::parse(&status.visibility)) {
                add(core, e.status_id, e.account_id, visibility, &e.mentions);
            }
        }
        Event::Status(StatusEvent::Deleted(e)) => core.status_mentions.remove_where("status_id", e.status_id.get()),
        _ => {}
    }
}

/// Whom a status quotes may see it, as in Mastodon: they are to decide about it.
fn quoted(core: &mut Core, e: &StatusPosted) {
    let quoted = e.quote.as_ref().and_then(|quote| quote.status.as_ref());
    if let Some(quoted) = quoted.filter(|_| e.visibility == Visibility::Private) {
        core.status_mentions.put(StatusMention {
            status_id: e.status_id.get(),
            account_id: quoted.account_id.get(),
            author_id: e.account_id.get(),
            visibility: e.visibility.as_str().to_owned(),
        });
    }
}

fn add(core: &mut Core, status: StatusId, author: AccountId, visibility: Visibility, mentions: &[Mention]) {
    for mention in mentions {
        core.status_mentions.put(StatusMention {
            status_id: status.get(),
            account_id: mention.account_id.get(),
            author_id: author.get(),
            visibility: visibility.as_str().to_owned(),
        });
    }
}
