//! What of an event concerns those who listen.

use std::sync::Arc;

use chronodon_events::account::AccountEvent;
use chronodon_events::favourite::FavouriteEvent;
use chronodon_events::poll::PollEvent;
use chronodon_events::quote::QuoteEvent;
use chronodon_events::reblog::ReblogEvent;
use chronodon_events::relationship::RelationshipEvent;
use chronodon_events::status::StatusEvent;
use chronodon_events::values::Visibility;
use chronodon_events::{AccountId, Event, Position, StatusId};
use chronodon_projections::memory::recent::{Facts, Recent};

/// An event, as far as it is told.
#[derive(Clone, Debug)]
pub(super) struct Happening {
    /// Where it stands in the log: names the notifications that it caused.
    pub(super) position: Position,
    /// What became of statuses.
    pub(super) told: Told,
    /// Whether it may have caused notifications.
    pub(super) notifies: bool,
}

/// What became of statuses.
#[derive(Clone, Debug)]
pub(super) enum Told {
    Nothing,
    /// There is a new one.
    New(i64, Arc<Facts>),
    /// It has changed.
    Changed(i64, Arc<Facts>),
    /// They are gone.
    Gone(Vec<(i64, Arc<Facts>)>),
}

impl Happening {
    /// What of `event` is told. `recent` has taken notice of it; `ended` are the statuses that it ends.
    pub(super) fn of(
        position: Position,
        event: &Event,
        recent: &Recent,
        ended: Vec<(i64, Arc<Facts>)>,
    ) -> Option<Self> {
        let new = |id: i64| recent.get(id).map_or(Told::Nothing, |facts| Told::New(id, facts));
        let changed = |id: StatusId, author: AccountId| {
            Told::Changed(id.get(), recent.get(id.get()).unwrap_or_else(|| unknown(author.get())))
        };
        let (told, notifies) = match event {
            Event::Status(StatusEvent::Posted(e)) => (new(e.status_id.get()), true),
            Event::Status(StatusEvent::Edited(e)) => (changed(e.status_id, e.account_id), true),
            Event::Quote(QuoteEvent::Approved(e)) => (changed(e.status.status_id, e.status.account_id), !e.again),
            Event::Quote(QuoteEvent::Revoked(e)) => (changed(e.status.status_id, e.status.account_id), false),
            Event::Reblog(ReblogEvent::Created(e)) => (new(e.reblog_id.get()), true),
            Event::Favourite(FavouriteEvent::Added(_))
            | Event::Poll(PollEvent::Closed(_))
            | Event::Relationship(RelationshipEvent::FollowRequested(_) | RelationshipEvent::FollowCreated(_)) => {
                (Told::Nothing, true)
            }
            _ if !ended.is_empty() => (Told::Gone(ended), false),
            _ => return None,
        };
        Some(Self { position, told, notifies })
    }
}

/// The statuses that `event` ends, as they were. `recent` has not taken notice of it yet.
pub(super) fn ended(recent: &Recent, event: &Event) -> Vec<(i64, Arc<Facts>)> {
    let known = |id: i64, author: i64| (id, recent.get(id).unwrap_or_else(|| unknown(author)));
    match event {
        Event::Status(StatusEvent::Deleted(e)) => {
            let id = e.status_id.get();
            let reblogs = recent.reblogs_of(id).filter_map(|reblog| Some((reblog, recent.get(reblog)?)));
            [known(id, e.account_id.get())].into_iter().chain(reblogs).collect()
        }
        Event::Reblog(ReblogEvent::Removed(e)) => vec![known(e.reblog_id.get(), e.account_id.get())],
        _ => Vec::new(),
    }
}

/// Whether an event takes the right to listen from somebody.
pub(super) fn ends_sessions(event: &Event) -> bool {
    matches!(
        event,
        Event::Account(AccountEvent::PasswordChanged(_) | AccountEvent::Suspended(_) | AccountEvent::Rejected(_))
    )
}

/// Of a status from long ago only its author is known; none but followers hear of it.
fn unknown(author: i64) -> Arc<Facts> {
    Arc::new(Facts {
        author,
        conversation: 0,
        visibility: Visibility::Private,
        local: true,
        media: false,
        aside: false,
        tags: Vec::new(),
        mentions: Vec::new(),
        reblog_of: None,
    })
}
