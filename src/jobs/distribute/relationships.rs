//! Follows and blocks between one of ours and somebody elsewhere, and answers to those who follow ours.

use chronodon_event_log::Recorded;
use chronodon_events::relationship::RelationshipEvent;
use chronodon_events::{AccountId, Origin};
use chronodon_projections::core::relationships::between;

use super::{Message, actor, to_one};
use crate::app::App;
use crate::clock;
use crate::federation::outbox::activities::{self, simple, undo};

pub(super) async fn messages(app: &App, at: &Recorded, event: &RelationshipEvent) -> anyhow::Result<Vec<Message>> {
    let Some((account, target, uri)) = parties(event) else { return Ok(Vec::new()) };
    let (Some((from, from_uri)), Some((to, to_uri))) =
        (actor(app, account.get()).await?, actor(app, target.get()).await?)
    else {
        return Ok(Vec::new());
    };
    let follow = |uri: &str| simple("Follow", uri, &from_uri, &to_uri);
    let block = |uri: &str| simple("Block", uri, &from_uri, &to_uri);
    let ours = from.domain.is_none() && to.domain.is_some();
    let theirs = from.domain.is_some() && to.domain.is_none();
    let answer = |kind| activities::answer(kind, at.id, &to_uri, &from_uri, uri);
    let told = match (event, uri) {
        (RelationshipEvent::FollowRequested(_), Some(uri)) if ours => Some(("Follow", follow(uri))),
        (RelationshipEvent::FollowRequestWithdrawn(_) | RelationshipEvent::FollowRemoved(_), Some(uri)) if ours => {
            Some(("Undo", undo(follow(uri))))
        }
        (RelationshipEvent::FollowCreated(_), _) if theirs => Some(("Accept", answer("Accept"))),
        // A follow that came again is accepted again, unless it still waits.
        (RelationshipEvent::FollowChanged(_), _) if theirs && at.meta.origin == Origin::Inbox => {
            let found = between(&app.reader.apart(), account, &[target.get()], clock::now()).await?;
            found.iter().any(|relation| relation.follow.is_some()).then(|| ("Accept", answer("Accept")))
        }
        (RelationshipEvent::FollowRequestRejected(_) | RelationshipEvent::FollowRemoved(_), _) if theirs => {
            Some(("Reject", answer("Reject")))
        }
        (RelationshipEvent::BlockCreated(_), Some(uri)) if ours => Some(("Block", block(uri))),
        (RelationshipEvent::BlockRemoved(_), Some(uri)) if ours => Some(("Undo", undo(block(uri)))),
        _ => None,
    };
    let (signer, other) = if ours { (account, &to) } else { (target, &from) };
    Ok(told.map(|(kind, activity)| Message::new(kind, activity, signer, to_one(app, other))).into_iter().collect())
}

/// Who, about whom, and the activity that says so.
fn parties(event: &RelationshipEvent) -> Option<(AccountId, AccountId, Option<&str>)> {
    Some(match event {
        RelationshipEvent::FollowRequested(e) => (e.account_id, e.target_id, e.uri.as_deref()),
        RelationshipEvent::FollowRequestWithdrawn(e) => (e.account_id, e.target_id, e.uri.as_deref()),
        RelationshipEvent::FollowRequestRejected(e) => (e.account_id, e.target_id, e.uri.as_deref()),
        RelationshipEvent::FollowCreated(e) => (e.account_id, e.target_id, e.uri.as_deref()),
        RelationshipEvent::FollowChanged(e) => (e.account_id, e.target_id, e.uri.as_deref()),
        RelationshipEvent::FollowRemoved(e) => (e.account_id, e.target_id, e.uri.as_deref()),
        RelationshipEvent::BlockCreated(e) => (e.account_id, e.target_id, e.uri.as_deref()),
        RelationshipEvent::BlockRemoved(e) => (e.account_id, e.target_id, e.uri.as_deref()),
        RelationshipEvent::MuteCreated(_) | RelationshipEvent::MuteRemoved(_) | RelationshipEvent::NoteSet(_) => {
            return None;
        }
    })
}
