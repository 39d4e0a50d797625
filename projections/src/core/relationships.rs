//! All that holds between two accounts: follows, requests, blocks, mutes and notes.

mod between;
mod elsewhere;
mod pages;

use chronodon_event_log::Recorded;
use chronodon_events::Event;
use chronodon_events::relationship::{FollowCreated, RelationshipEvent};
use jiff::Timestamp;
use serde_json::Value;

pub use between::{Relation, between};
pub use elsewhere::{Tie, are_followed_here, followers_here, local_followers, target_of_follow, ties_to};
pub use pages::{
    Entry, Part, blocked, familiar_followers, follow_requests, followers, followers_of_origin, following, muted,
    shows_collections,
};

use super::{Core, column, json};

row! {
    /// `account_id` follows `target_id`. Pages run by `position`.
    pub struct Follow in "follows" {
        key { account_id: i64, target_id: i64 }
        position: i64,
        reblogs: bool,
        notify: bool,
        languages: Value,
        uri: Option<String>,
    }
}

row! {
    /// A follow whose target wants to hear of each new status.
    pub struct FollowNotify in "follow_notifies" {
        key { account_id: i64, target_id: i64 }
    }
}

row! {
    /// `account_id` asks to follow `target_id`. Pages run by `position`.
    pub struct FollowRequest in "follow_requests" {
        key { account_id: i64, target_id: i64 }
        position: i64,
        reblogs: bool,
        notify: bool,
        languages: Value,
        uri: Option<String>,
    }
}

row! {
    /// `account_id` blocks `target_id`.
    pub struct Block in "blocks" {
        key { account_id: i64, target_id: i64 }
        position: i64,
    }
}

row! {
    /// `account_id` mutes `target_id`, until `expires_at` if that is set; compare it at read.
    pub struct Mute in "mutes" {
        key { account_id: i64, target_id: i64 }
        position: i64,
        notifications: bool,
        expires_at: Option<Timestamp>,
    }
}

row! {
    /// What `account_id` wrote itself about `target_id`.
    pub struct AccountNote in "account_notes" {
        key { account_id: i64, target_id: i64 }
        comment: String,
    }
}

pub(super) fn want(core: &mut Core, _: &Recorded, event: &Event) {
    let Event::Relationship(event) = event else { return };
    let (account, target) = pair(event);
    core.follows.want((account, target));
    core.follow_requests.want((account, target));
    core.mutes.want((account, target));
    if matches!(event, RelationshipEvent::FollowCreated(_) | RelationshipEvent::FollowRemoved(_)) {
        core.accounts.want((account,));
        core.accounts.want((target,));
    }
}

pub(super) fn apply(core: &mut Core, at: &Recorded, event: &Event) {
    let Event::Relationship(event) = event else { return };
    let position = column(at);
    let key = pair(event);
    let (account_id, target_id) = key;
    match event {
        RelationshipEvent::FollowRequested(e) => core.follow_requests.put(FollowRequest {
            account_id,
            target_id,
            position,
            reblogs: e.reblogs,
            notify: e.notify,
            languages: json(&e.languages),
            uri: e.uri.clone(),
        }),
        RelationshipEvent::FollowRequestWithdrawn(_) | RelationshipEvent::FollowRequestRejected(_) => {
            core.follow_requests.remove(key);
        }
        RelationshipEvent::FollowCreated(e) => follow(core, position, e),
        RelationshipEvent::FollowChanged(e) => {
            core.follows.update(key, |follow| {
                follow.reblogs = e.reblogs;
                follow.notify = e.notify;
                follow.languages = json(&e.languages);
                follow.uri.clone_from(&e.uri);
            });
            core.follow_requests.update(key, |request| {
                request.reblogs = e.reblogs;
                request.notify = e.notify;
                request.languages = json(&e.languages);
                request.uri.clone_from(&e.uri);
            });
            let follows = core.follows.get(key).is_some();
            notify(core, key, follows && e.notify);
        }
        RelationshipEvent::FollowRemoved(_) => {
            if core.follows.remove(key).is_some() {
                count(core, key, -1);
            }
            notify(core, key, false);
        }
        RelationshipEvent::BlockCreated(_) => core.blocks.put(Block { account_id, target_id, position }),
        RelationshipEvent::BlockRemoved(_) => {
            core.blocks.remove(key);
        }
        RelationshipEvent::MuteCreated(e) => core.mutes.put(Mute {
            account_id,
            target_id,
            position: core.mutes.get(key).map_or(position, |mute| mute.position),
            notifications: e.notifications,
            expires_at: e.expires_at,
        }),
        RelationshipEvent::MuteRemoved(_) => {
            core.mutes.remove(key);
        }
        RelationshipEvent::NoteSet(e) if e.comment.is_empty() => {
            core.account_notes.remove(key);
        }
        RelationshipEvent::NoteSet(e) => {
            core.account_notes.put(AccountNote { account_id, target_id, comment: e.comment.clone() });
        }
    }
}

fn follow(core: &mut Core, position: i64, e: &FollowCreated) {
    let key = (e.account_id.get(), e.target_id.get());
    core.follow_requests.remove(key);
    if core.follows.get(key).is_none() {
        count(core, key, 1);
    }
    core.follows.put(Follow {
        account_id: key.0,
        target_id: key.1,
        position,
        reblogs: e.reblogs,
        notify: e.notify,
        languages: json(&e.languages),
        uri: e.uri.clone(),
    });
    notify(core, key, e.notify);
}

fn notify(core: &mut Core, key: (i64, i64), on: bool) {
    if on {
        core.follow_notifies.put(FollowNotify { account_id: key.0, target_id: key.1 });
    } else {
        core.follow_notifies.remove(key);
    }
}

fn count(core: &mut Core, (account, target): (i64, i64), by: i64) {
    core.accounts.update((account,), |account| account.following_count += by);
    core.accounts.update((target,), |account| account.followers_count += by);
}

/// Who, and about whom.
fn pair(event: &RelationshipEvent) -> (i64, i64) {
    let (account, target) = match event {
        RelationshipEvent::FollowRequested(e) => (e.account_id, e.target_id),
        RelationshipEvent::FollowRequestWithdrawn(e) => (e.account_id, e.target_id),
        RelationshipEvent::FollowRequestRejected(e) => (e.account_id, e.target_id),
        RelationshipEvent::FollowCreated(e) => (e.account_id, e.target_id),
        RelationshipEvent::FollowChanged(e) => (e.account_id, e.target_id),
        RelationshipEvent::FollowRemoved(e) => (e.account_id, e.target_id),
        RelationshipEvent::BlockCreated(e) => (e.account_id, e.target_id),
        RelationshipEvent::BlockRemoved(e) => (e.account_id, e.target_id),
        RelationshipEvent::MuteCreated(e) => (e.account_id, e.target_id),
        RelationshipEvent::MuteRemoved(e) => (e.account_id, e.target_id),
        RelationshipEvent::NoteSet(e) => (e.account_id, e.target_id),
    };
    (account.get(), target.get())
}
