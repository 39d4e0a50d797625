//! What local accounts are told. Folded from what others did; gone when that is taken back or put away.
//!
//! An id is the position of the event that caused it, and the place among the recipients of that event: ids are ordered
//! by time, and what is taken back finds its notification by the position its own row keeps.

use chronodon_event_log::Recorded;
use chronodon_events::favourite::FavouriteEvent;
use chronodon_events::notification::NotificationEvent;
use chronodon_events::poll::PollEvent;
use chronodon_events::reblog::ReblogEvent;
use chronodon_events::relationship::RelationshipEvent;
use chronodon_events::status::{StatusEdited, StatusEvent, StatusPosted};
use chronodon_events::{AccountId, Event};
use jiff::Timestamp;

use super::{Core, column};

row! {
    /// A notification for `account_id`. Mutes and blocks apply at read.
    pub struct Notification in "notifications" {
        key { id: i64 }
        account_id: i64,
        from_account_id: i64,
        kind: String,
        status_id: Option<i64>,
        conversation_id: Option<i64>,
        group_key: String,
        created_at: Timestamp,
    }
}

/// Recipients that one event can have.
const RECIPIENTS_MAX: i64 = 1 << 10;
/// Notifications of a kind about one status within this time make a group.
const GROUP_SECONDS: i64 = 12 * 60 * 60;

/// The id of the notification that the event at `position` caused for its `n`th recipient.
#[must_use]
pub const fn id_at(position: i64, n: i64) -> i64 {
    position * RECIPIENTS_MAX + n
}

pub(super) fn want(core: &mut Core, _: &Recorded, event: &Event) {
    match event {
        Event::Status(StatusEvent::Posted(e)) => core.follow_notifies.want_where("target_id", e.account_id.get()),
        Event::Status(StatusEvent::Edited(e)) => {
            core.statuses.want((e.status_id.get(),));
            core.statuses.want_where("reblog_of_id", e.status_id.get());
        }
        Event::Poll(PollEvent::Closed(e)) => core.poll_votes.want_where("status_id", e.status_id.get()),
        Event::Reblog(ReblogEvent::Removed(e)) => core.statuses.want((e.reblog_id.get(),)),
        _ => {}
    }
}

pub(super) fn apply(core: &mut Core, at: &Recorded, event: &Event) {
    match event {
        Event::Status(StatusEvent::Posted(e)) => posted(core, at, e),
        Event::Status(StatusEvent::Edited(e)) => edited(core, at, e),
        Event::Status(StatusEvent::Deleted(e)) => core.notifications.remove_where("status_id", e.status_id.get()),
        Event::Favourite(event) => favourited(core, at, event),
        Event::Reblog(event) => reblogged(core, at, event),
        Event::Relationship(event) => followed(core, at, event),
        Event::Poll(PollEvent::Closed(e)) => {
            let id = e.status_id.get();
            let voters: Vec<_> = core.poll_votes.all_where("status_id", id).map(|vote| vote.account_id).collect();
            let told = voters.into_iter().filter(|voter| *voter != e.account_id.get()).chain([e.account_id.get()]);
            for (n, recipient) in (0..RECIPIENTS_MAX).zip(told) {
                tell(core, at, n, Told { recipient, from: e.account_id.get(), kind: "poll", status: Some((id, id)) });
            }
        }
        Event::Notification(NotificationEvent::Dismissed(e)) => {
            e.notification_ids.iter().for_each(|id| drop(core.notifications.remove((id.get(),))));
        }
        Event::Notification(NotificationEvent::Cleared(e)) => {
            core.notifications.remove_where("account_id", e.account_id.get());
        }
        _ => {}
    }
}

struct Told {
    recipient: i64,
    from: i64,
    kind: &'static str,
    /// The status and its conversation.
    status: Option<(i64, i64)>,
}

fn tell(core: &mut Core, at: &Recorded, n: i64, told: Told) {
    let id = id_at(column(at), n);
    let bucket = at.recorded_at.as_second() / GROUP_SECONDS;
    let group_key = match (told.kind, told.status) {
        ("favourite" | "reblog", Some((status, _))) => format!("{}-{status}-{bucket}", told.kind),
        ("follow", _) => format!("follow-{bucket}"),
        _ => format!("ungrouped-{id}"),
    };
    core.notifications.put(Notification {
        id,
        account_id: told.recipient,
        from_account_id: told.from,
        kind: told.kind.to_owned(),
        status_id: told.status.map(|(status, _)| status),
        conversation_id: told.status.map(|(_, conversation)| conversation),
        group_key,
        created_at: at.recorded_at,
    });
}

/// The mentioned first, then followers who asked to hear of each status, unless they are mentioned.
fn posted(core: &mut Core, at: &Recorded, e: &StatusPosted) {
    let author = e.account_id.get();
    let status = Some((e.status_id.get(), e.conversation_id.get()));
    let named = |account: AccountId| e.mentions.iter().any(|mention| mention.account_id == account);
    let mentioned = e.mentions.iter().filter(|mention| mention.local && mention.account_id != e.account_id);
    let mentioned = mentioned.map(|mention| (mention.account_id.get(), "mention"));
    let followers: Vec<_> = core
        .follow_notifies
        .all_where("target_id", author)
        .filter(|follow| !named(AccountId(follow.account_id)) && e.visibility.reaches_followers())
        .map(|follow| (follow.account_id, "status"))
        .collect();
    for (n, (recipient, kind)) in (0..RECIPIENTS_MAX).zip(mentioned.chain(followers)) {
        tell(core, at, n, Told { recipient, from: author, kind, status });
    }
}

/// Newly mentioned accounts, then local accounts that reblogged the status.
fn edited(core: &mut Core, at: &Recorded, e: &StatusEdited) {
    let Some(status) = core.statuses.get((e.status_id.get(),)) else { return };
    let about = Some((status.id, status.conversation_id));
    let before: Vec<chronodon_events::values::Mention> =
        serde_json::from_value(status.mentions.clone()).unwrap_or_default();
    let known = |account: AccountId| before.iter().any(|mention| mention.account_id == account);
    let new = e.mentions.iter().filter(|m| m.local && m.account_id != e.account_id && !known(m.account_id));
    let new = new.map(|mention| (mention.account_id.get(), "mention"));
    let rebloggers: Vec<_> = core
        .statuses
        .all_where("reblog_of_id", status.id)
        .filter(|reblog| reblog.local && reblog.account_id != e.account_id.get())
        .map(|reblog| (reblog.account_id, "update"))
        .collect();
    for (n, (recipient, kind)) in (0..RECIPIENTS_MAX).zip(new.chain(rebloggers)) {
        tell(core, at, n, Told { recipient, from: e.account_id.get(), kind, status: about });
    }
}

fn favourited(core: &mut Core, at: &Recorded, event: &FavouriteEvent) {
    match event {
        FavouriteEvent::Added(e) if e.status.account_local && e.status.account_id != e.account_id => {
            let status = Some((e.status.status_id.get(), e.status.conversation_id.get()));
            let recipient = e.status.account_id.get();
            tell(core, at, 0, Told { recipient, from: e.account_id.get(), kind: "favourite", status });
        }
        FavouriteEvent::Added(_) => {}
        FavouriteEvent::Removed(e) => {
            let row = core.favourites.get((e.account_id.get(), e.status_id.get()));
            take_back(core, row.map(|row| row.position));
        }
    }
}

fn reblogged(core: &mut Core, at: &Recorded, event: &ReblogEvent) {
    match event {
        ReblogEvent::Created(e) if e.status.account_local && e.status.account_id != e.account_id => {
            let status = Some((e.status.status_id.get(), e.status.conversation_id.get()));
            let recipient = e.status.account_id.get();
            tell(core, at, 0, Told { recipient, from: e.account_id.get(), kind: "reblog", status });
        }
        ReblogEvent::Created(_) => {}
        // The version of a reblog's row is the position of its creation: reblogs are never edited.
        ReblogEvent::Removed(e) => {
            let row = core.statuses.get((e.reblog_id.get(),));
            take_back(core, row.map(|row| row.version));
        }
    }
}

fn followed(core: &mut Core, at: &Recorded, event: &RelationshipEvent) {
    let told = |recipient: AccountId, from: AccountId, kind| Told {
        recipient: recipient.get(),
        from: from.get(),
        kind,
        status: None,
    };
    match event {
        RelationshipEvent::FollowRequested(e) if e.target_local => {
            tell(core, at, 0, told(e.target_id, e.account_id, "follow_request"));
        }
        RelationshipEvent::FollowCreated(e) => {
            take_back_request(core, e.account_id, e.target_id);
            if e.target_local {
                tell(core, at, 0, told(e.target_id, e.account_id, "follow"));
            }
        }
        RelationshipEvent::FollowRequestWithdrawn(e) => take_back_request(core, e.account_id, e.target_id),
        RelationshipEvent::FollowRequestRejected(e) => take_back_request(core, e.account_id, e.target_id),
        RelationshipEvent::FollowRemoved(e) => {
            let row = core.follows.get((e.account_id.get(), e.target_id.get()));
            take_back(core, row.map(|row| row.position));
        }
        _ => {}
    }
}

fn take_back_request(core: &mut Core, account: AccountId, target: AccountId) {
    let row = core.follow_requests.get((account.get(), target.get()));
    take_back(core, row.map(|row| row.position));
}

/// Removes what the event at `position` told its one recipient.
fn take_back(core: &mut Core, position: Option<i64>) {
    if let Some(position) = position {
        core.notifications.remove((id_at(position, 0),));
    }
}
