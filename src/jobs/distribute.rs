//! Tells other servers of an event: renders what is sent, finds out who gets it, and puts both into the deliveries.
//!
//! What is sent says how things are now: a status that is gone by now is not told of. Told again, it finds what it put in
//! before. To tell of another kind of event: a file below by its noun, and a line in `messages`.

mod accounts;
mod quotes;
mod reblogs;
mod relationships;
mod relays;
mod reports;
mod statuses;

use chronodon_event_log::{Body, Recorded};
use chronodon_events::status::StatusEvent;
use chronodon_events::{AccountId, Event, Position};
use chronodon_projections::core::accounts::{Account, by_ids};
use chronodon_projections::core::statuses::Status;
use serde_json::Value;

use super::queue;
use crate::app::App;
use crate::federation::delivery::{self, queue::Destination, queue::NewBody, to_one};
use crate::federation::departures;
use crate::federation::outbox::{activities, addresses};
use crate::{clock, ids};

/// What takes something back: whoever hears that an account is gone needs to hear no more of this.
const TAKEN_BACK: [&str; 4] = ["Delete", "Reject", "Remove", "Undo"];

/// Something to tell.
struct Message {
    /// The activity's type.
    kind: &'static str,
    activity: Value,
    /// Whose key signs.
    signer: AccountId,
    /// The status that the ledger is about.
    object: Option<i64>,
    /// For followers alone.
    synchronized: bool,
    to: Vec<Destination>,
}

impl Message {
    fn new(kind: &'static str, activity: Value, signer: AccountId, to: Vec<Destination>) -> Self {
        Self { kind, activity, signer, object: None, synchronized: false, to }
    }
}

/// Tells of the event at `position`, after those before it that are about the same.
///
/// # Errors
/// Faults of the world; it is told again.
pub async fn run(app: &App, position: Position, order: i64) -> anyhow::Result<()> {
    let Some(at) = event_at(app, position).await? else { return Ok(()) };
    if !matches!(at.body, Body::Event(Event::Status(StatusEvent::Posted(_)))) {
        let now = clock::now();
        let before = queue::distributed_before(&app.server_tables, order, position.0.cast_signed(), now).await?;
        for earlier in before {
            if let Some(earlier) = event_at(app, Position(earlier.cast_unsigned())).await? {
                tell(app, &earlier, order).await?;
            }
        }
    }
    tell(app, &at, order).await
}

async fn event_at(app: &App, position: Position) -> anyhow::Result<Option<Recorded>> {
    let before = Position(position.0.saturating_sub(1));
    Ok(app.history(before, 1).await?.pop().filter(|at| at.position == position))
}

async fn tell(app: &App, at: &Recorded, order: i64) -> anyhow::Result<()> {
    let Body::Event(event) = &at.body else { return Ok(()) };
    for (index, message) in messages(app, at, event).await?.into_iter().enumerate() {
        if TAKEN_BACK.contains(&message.kind) && departures::is_told_of(app, message.signer).await? {
            continue;
        }
        let new = NewBody {
            id: ids::command_id_of(&[&at.id.to_string(), message.kind, &index.to_string()]),
            body: activities::sent(message.activity),
            account_id: message.signer.get(),
            object_id: message.object,
            kind: message.kind,
            order_key: Some(order),
            position: at.position.0.cast_signed(),
            synchronized: message.synchronized,
        };
        delivery::put(app, &new, &message.to).await?;
    }
    Ok(())
}

async fn messages(app: &App, at: &Recorded, event: &Event) -> anyhow::Result<Vec<Message>> {
    match event {
        Event::Account(e) => accounts::messages(app, at, e).await,
        Event::Favourite(e) => statuses::liked(app, e).await,
        Event::Poll(e) => statuses::polled(app, at, e).await,
        Event::Quote(e) => quotes::messages(app, at, e).await,
        Event::Reblog(e) => reblogs::messages(app, at, e).await,
        Event::Relationship(e) => relationships::messages(app, at, e).await,
        Event::Relay(e) => relays::messages(app, e),
        Event::Report(e) => reports::messages(app, e).await,
        Event::Status(e) => statuses::messages(app, at, e).await,
        _ => Ok(Vec::new()),
    }
}

/// An account of this server.
async fn local(app: &App, account: AccountId) -> anyhow::Result<Option<Account>> {
    let found = by_ids(&app.reader.apart(), &[account.get()]).await?.pop();
    Ok(found.filter(|account| account.domain.is_none()))
}

/// An account and its actor's address, wherever it lives.
async fn actor(app: &App, account: i64) -> anyhow::Result<Option<(Account, String)>> {
    let found = by_ids(&app.reader.apart(), &[account]).await?.pop();
    Ok(found.map(|account| {
        let uri = actor_uri(app, &account);
        (account, uri)
    }))
}

fn actor_uri(app: &App, account: &Account) -> String {
    account.uri.clone().unwrap_or_else(|| addresses::actor(app, &account.username))
}

/// The address of a status, wherever it was posted.
fn status_uri(app: &App, status: &Status, author: &Account) -> String {
    status.uri.clone().unwrap_or_else(|| addresses::status(app, &author.username, status.id))
}
