//! Has other servers told of what happens here, where it may concern any of them. Who that is, the job finds out.

use chronodon_event_log::Recorded;
use chronodon_events::account::AccountEvent;
use chronodon_events::favourite::FavouriteEvent;
use chronodon_events::poll::PollEvent;
use chronodon_events::quote::QuoteEvent;
use chronodon_events::reblog::ReblogEvent;
use chronodon_events::relationship::RelationshipEvent;
use chronodon_events::relay::RelayEvent;
use chronodon_events::remote::QuoteState;
use chronodon_events::report::ReportEvent;
use chronodon_events::status::{StatusEvent, StatusPosted};
use chronodon_events::values::Visibility;
use chronodon_events::{AccountId, Event, Origin};
use jiff::SignedDuration;

use super::{Begin, Reaction, Reactor};
use crate::ids;
use crate::jobs::Job;

pub(super) const REACTOR: Reactor = Reactor { name: "distributor", begins: Begin::Head, outward: true, react };

/// Changes of one profile within so many seconds are told at once, at their end.
const PROFILE_WINDOW_SECONDS: i64 = 30;
/// Votes in one poll of ours within so many seconds are told at once, at their end: three minutes, as in Mastodon.
const POLL_WINDOW_SECONDS: i64 = 180;

fn react(at: &Recorded, event: &Event) -> Vec<Reaction> {
    let order = match event {
        Event::Account(AccountEvent::ProfileUpdated(e)) => {
            return vec![together(at, "profile", e.account_id.get(), PROFILE_WINDOW_SECONDS)];
        }
        // Others know what they voted, and not what else was.
        Event::Poll(PollEvent::Voted(e)) if e.status.account_local => {
            return vec![together(at, "poll", e.status.status_id.get(), POLL_WINDOW_SECONDS)];
        }
        // What came from elsewhere is known there; but a follow or a request to quote wants an answer.
        Event::Relationship(event) if is_follow_from_elsewhere(event) => pair(event),
        Event::Quote(event) => quote(event),
        _ if at.meta.origin == Origin::Inbox => None,
        Event::Account(AccountEvent::Moved(e)) => Some(e.account_id.get()),
        Event::Favourite(FavouriteEvent::Added(e)) if e.uri.is_some() => {
            Some(both(e.account_id, e.status.status_id.get()))
        }
        Event::Favourite(FavouriteEvent::Removed(e)) if e.uri.is_some() => Some(both(e.account_id, e.status_id.get())),
        Event::Poll(PollEvent::Voted(e)) => Some(e.status.status_id.get()),
        Event::Poll(PollEvent::Closed(e)) => Some(e.status_id.get()),
        Event::Reblog(ReblogEvent::Created(e)) if e.account_local => Some(e.reblog_id.get()),
        Event::Reblog(ReblogEvent::Removed(e)) => Some(e.reblog_id.get()),
        Event::Relationship(event) => pair(event),
        Event::Relay(RelayEvent::Added(e)) => Some(e.relay_id.get()),
        Event::Relay(RelayEvent::Removed(e)) => Some(e.relay_id.get()),
        Event::Report(ReportEvent::Filed(e)) if e.forward => Some(e.report_id.get()),
        Event::Status(StatusEvent::Posted(e)) if may_leave(e) => Some(e.status_id.get()),
        Event::Status(StatusEvent::Edited(e)) if e.remote.is_none() => Some(e.status_id.get()),
        Event::Status(StatusEvent::Deleted(e)) if !e.expired => Some(e.status_id.get()),
        Event::Status(StatusEvent::QuotePolicyChanged(e)) => Some(e.status_id.get()),
        Event::Status(StatusEvent::Pinned(e)) => Some(e.status_id.get()),
        Event::Status(StatusEvent::Unpinned(e)) => Some(e.status_id.get()),
        _ => None,
    };
    let job = |order| Reaction::at_once(Job::Distribute { position: at.position, order });
    order.map(job).into_iter().collect()
}

/// A follow of one of ours that has come about, or came again under another name.
fn is_follow_from_elsewhere(event: &RelationshipEvent) -> bool {
    match event {
        RelationshipEvent::FollowCreated(e) => !e.account_local && e.target_local,
        RelationshipEvent::FollowChanged(e) => e.uri.is_some(),
        _ => false,
    }
}

/// Among ours nothing of this has an address.
fn pair(event: &RelationshipEvent) -> Option<i64> {
    let (account, target, uri) = match event {
        RelationshipEvent::FollowRequested(e) => (e.account_id, e.target_id, &e.uri),
        RelationshipEvent::FollowRequestWithdrawn(e) => (e.account_id, e.target_id, &e.uri),
        RelationshipEvent::FollowRequestRejected(e) => (e.account_id, e.target_id, &e.uri),
        RelationshipEvent::FollowCreated(e) => (e.account_id, e.target_id, &e.uri),
        RelationshipEvent::FollowChanged(e) => (e.account_id, e.target_id, &e.uri),
        RelationshipEvent::FollowRemoved(e) => (e.account_id, e.target_id, &e.uri),
        RelationshipEvent::BlockCreated(e) => (e.account_id, e.target_id, &e.uri),
        RelationshipEvent::BlockRemoved(e) => (e.account_id, e.target_id, &e.uri),
        RelationshipEvent::MuteCreated(_) | RelationshipEvent::MuteRemoved(_) | RelationshipEvent::NoteSet(_) => {
            return None;
        }
    };
    uri.as_ref().map(|_| both(account.min(target), account.max(target).get()))
}

/// An answer of ours; or of another server to one of ours, which shows it from now on.
fn quote(event: &QuoteEvent) -> Option<i64> {
    let (quoting, quoted) = match event {
        QuoteEvent::Approved(e) => (&e.status, &e.quoted),
        QuoteEvent::Revoked(e) => (&e.status, &e.quoted),
        QuoteEvent::Rejected(e) => {
            let order = e.status.as_ref().unwrap_or(&e.quoted).status_id.get();
            return Some(order).filter(|_| e.quoted.account_local);
        }
    };
    (quoting.account_local || quoted.account_local).then_some(quoting.status_id.get())
}

/// One number for two.
fn both(account: AccountId, other: i64) -> i64 {
    let name = ids::command_id_of(&["order", &account.to_string(), &other.to_string()]);
    (name.as_u128() as u64).cast_signed()
}

/// A direct status goes to whom it names, or quotes.
fn may_leave(e: &StatusPosted) -> bool {
    let asks = e.quote.as_ref().is_some_and(|quote| quote.state == QuoteState::Pending);
    e.local && (e.visibility != Visibility::Direct || asks || e.mentions.iter().any(|mention| !mention.local))
}

/// What happens to one thing within a window of time is told at its end, as things are then.
fn together(at: &Recorded, kind: &str, thing: i64, window_seconds: i64) -> Reaction {
    let second = at.recorded_at.as_second();
    let window = second.div_euclid(window_seconds);
    let job = Job::Distribute { position: at.position, order: thing };
    let after = SignedDuration::from_secs((window + 1) * window_seconds - second);
    Reaction { job, after, name: Some(format!("{kind} {thing} {window}")) }
}

#[cfg(test)]
mod tests {
    use chronodon_event_log::{Body, StreamName};
    use chronodon_events::account::AccountProfileUpdated;
    use chronodon_events::values::Profile;
    use chronodon_events::{ActorId, Cause, KeyId, Meta, Position, Version};
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;

    fn changed(second: i64) -> Reaction {
        let event = Event::Account(AccountEvent::ProfileUpdated(AccountProfileUpdated {
            account_id: AccountId(7),
            profile: Profile::default(),
        }));
        let meta = Meta {
            actor: ActorId::System,
            origin: Origin::Api,
            cause: Cause::Command(Uuid::nil()),
            correlation: Uuid::nil(),
        };
        let at = Recorded {
            position: Position(second.unsigned_abs()),
            stream: StreamName::new("account-7").unwrap(),
            version: Version(1),
            id: Uuid::nil(),
            recorded_at: Timestamp::from_second(second).unwrap(),
            key: KeyId::INSTANCE,
            meta,
            body: Body::Event(event.clone()),
        };
        react(&at, &event).pop().unwrap()
    }

    #[test]
    fn changes_of_a_profile_within_a_window_are_one() {
        let (first, second, third) = (changed(61), changed(89), changed(90));
        assert_eq!(first.name, second.name);
        assert_ne!(second.name, third.name);
        assert_eq!((first.after.as_secs(), second.after.as_secs(), third.after.as_secs()), (29, 1, 30));
    }
}
