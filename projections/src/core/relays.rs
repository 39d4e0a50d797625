//! Relays, and what came of asking them.

use chronodon_event_log::Recorded;
use chronodon_events::Event;
use chronodon_events::relay::RelayEvent;
use jiff::Timestamp;

use super::Core;
use crate::{ProjectionError, Reader, Row};

row! {
    /// A relay. Its standing is `pending`, `accepted` or `rejected`.
    pub struct Relay in "relays" {
        key { id: i64 }
        inbox_url: String,
        follow_uri: String,
        standing: String,
        added_at: Timestamp,
    }
}

impl Relay {
    /// It has let the server in.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.standing == ACCEPTED
    }
}

const PENDING: &str = "pending";
const ACCEPTED: &str = "accepted";
const REJECTED: &str = "rejected";

pub(super) fn want(core: &mut Core, _: &Recorded, event: &Event) {
    if let Event::Relay(RelayEvent::Accepted(_) | RelayEvent::Rejected(_) | RelayEvent::Removed(_)) = event {
        core.relays.want((id_of(event),));
    }
}

pub(super) fn apply(core: &mut Core, at: &Recorded, event: &Event) {
    let Event::Relay(relay) = event else { return };
    let id = id_of(event);
    match relay {
        RelayEvent::Accepted(_) => core.relays.update((id,), |relay| relay.standing = ACCEPTED.to_owned()),
        RelayEvent::Added(e) => core.relays.put(Relay {
            id,
            inbox_url: e.inbox_url.clone(),
            follow_uri: e.follow_uri.clone(),
            standing: PENDING.to_owned(),
            added_at: at.recorded_at,
        }),
        RelayEvent::Rejected(_) => core.relays.update((id,), |relay| relay.standing = REJECTED.to_owned()),
        RelayEvent::Removed(_) => drop(core.relays.remove((id,))),
    }
}

fn id_of(event: &Event) -> i64 {
    match event {
        Event::Relay(RelayEvent::Accepted(e)) => e.relay_id.get(),
        Event::Relay(RelayEvent::Added(e)) => e.relay_id.get(),
        Event::Relay(RelayEvent::Rejected(e)) => e.relay_id.get(),
        Event::Relay(RelayEvent::Removed(e)) => e.relay_id.get(),
        _ => 0,
    }
}

/// All relays, by the time they were added.
///
/// # Errors
/// When the database cannot be read.
pub async fn all(reader: &Reader) -> Result<Vec<Relay>, ProjectionError> {
    Ok(reader.query("SELECT * FROM relays ORDER BY id", &[]).await?.iter().map(Relay::read).collect())
}

/// The relays that have let the server in.
///
/// # Errors
/// When the database cannot be read.
pub async fn enabled(reader: &Reader) -> Result<Vec<Relay>, ProjectionError> {
    let sql = "SELECT * FROM relays WHERE standing = 'accepted' ORDER BY id";
    Ok(reader.query(sql, &[]).await?.iter().map(Relay::read).collect())
}

/// The relay that takes activities at this address.
///
/// # Errors
/// When the database cannot be read.
pub async fn by_inbox(reader: &Reader, inbox_url: &str) -> Result<Option<Relay>, ProjectionError> {
    let sql = "SELECT * FROM relays WHERE inbox_url = $1 ORDER BY id DESC LIMIT 1";
    Ok(reader.query_opt(sql, &[&inbox_url]).await?.as_ref().map(Relay::read))
}

/// The relay that was asked by this Follow.
///
/// # Errors
/// When the database cannot be read.
pub async fn by_follow(reader: &Reader, follow_uri: &str) -> Result<Option<Relay>, ProjectionError> {
    let sql = "SELECT * FROM relays WHERE follow_uri = $1";
    Ok(reader.query_opt(sql, &[&follow_uri]).await?.as_ref().map(Relay::read))
}
