//! Quotes: asked for, answered, taken back.

use chronodon_event_log::Recorded;
use chronodon_events::quote::{QuoteApproved, QuoteEvent, QuoteRejected, QuoteRevoked};
use chronodon_events::remote::QuoteState;
use chronodon_events::status::StatusPosted;
use chronodon_events::values::StatusRef;
use chronodon_events::{AccountId, StatusId};
use chronodon_projections::core::statuses as rows;

use super::{Message, actor, local, status_uri, statuses, to_one};
use crate::app::App;
use crate::federation::delivery;
use crate::federation::outbox::quotes::{Word, request};
use crate::federation::outbox::{addresses, notes};

pub(super) async fn messages(app: &App, at: &Recorded, event: &QuoteEvent) -> anyhow::Result<Vec<Message>> {
    match event {
        // What quotes is ours: from now on it shows by which word.
        QuoteEvent::Approved(e) if e.status.account_local => statuses::updated(app, at, e.status.status_id).await,
        QuoteEvent::Approved(e) => approved(app, at, e).await,
        QuoteEvent::Rejected(e) => rejected(app, at, e).await,
        QuoteEvent::Revoked(e) => {
            let mut told = revoked(app, e).await?;
            if e.status.account_local {
                told.extend(statuses::updated(app, at, e.status.status_id).await?);
            }
            Ok(told)
        }
    }
}

/// A new status of ours asks the author whom it quotes elsewhere.
pub(super) async fn asked(app: &App, e: &StatusPosted) -> anyhow::Result<Vec<Message>> {
    let Some(quote) = e.quote.as_ref().filter(|quote| e.local && quote.state == QuoteState::Pending) else {
        return Ok(Vec::new());
    };
    let Some(quoted) = quote.status.as_ref().filter(|quoted| !quoted.account_local) else { return Ok(Vec::new()) };
    let (Some(quoter), Some((author, author_uri)), Some(note)) = (
        local(app, e.account_id).await?,
        actor(app, quoted.account_id.get()).await?,
        notes(app, &[e.status_id.get()]).await?.pop(),
    ) else {
        return Ok(Vec::new());
    };
    let id = addresses::quote_request(app, &quoter.username, e.status_id.get());
    let activity = request(&id, &author_uri, &quote.uri, note);
    // The author's server has the status by this: it hears of its edits and of its end.
    let object = Some(e.status_id.get());
    Ok(vec![Message { object, ..Message::new("QuoteRequest", activity, e.account_id, to_one(app, &author)) }])
}

async fn approved(app: &App, at: &Recorded, e: &QuoteApproved) -> anyhow::Result<Vec<Message>> {
    let Some(sides) = Sides::find(app, &e.quoted, e.status.account_id).await? else { return Ok(Vec::new()) };
    let Some(quoting) = address(app, e.status.status_id).await? else { return Ok(Vec::new()) };
    let authorization = sides.authorization(app, e.status.status_id);
    let word = sides.word(&quoting);
    let activity = word.answer(at.id, &sides.quoter_uri, e.request.as_deref(), Some(&authorization));
    Ok(vec![Message::new("Accept", activity, e.quoted.account_id, to_one(app, &sides.quoter))])
}

async fn rejected(app: &App, at: &Recorded, e: &QuoteRejected) -> anyhow::Result<Vec<Message>> {
    let Some(sides) = Sides::find(app, &e.quoted, e.account_id).await? else { return Ok(Vec::new()) };
    let Some(quoting) = &e.uri else { return Ok(Vec::new()) };
    let activity = sides.word(quoting).answer(at.id, &sides.quoter_uri, e.request.as_deref(), None);
    Ok(vec![Message::new("Reject", activity, e.quoted.account_id, to_one(app, &sides.quoter))])
}

/// Told to the server of the status that quotes, and to all that have either of the two.
async fn revoked(app: &App, e: &QuoteRevoked) -> anyhow::Result<Vec<Message>> {
    let Some(sides) = Sides::find(app, &e.quoted, e.status.account_id).await? else { return Ok(Vec::new()) };
    let Some(quoting) = address(app, e.status.status_id).await? else { return Ok(Vec::new()) };
    let mut to = to_one(app, &sides.quoter);
    to.extend(delivery::reached(app, e.quoted.status_id).await?);
    if e.status.account_local {
        to.extend(delivery::reached(app, e.status.status_id).await?);
    }
    let activity = sides.word(&quoting).revoked(&sides.authorization(app, e.status.status_id));
    Ok(vec![Message::new("Delete", activity, e.quoted.account_id, to)])
}

/// The address of a status, wherever it was posted; nothing when it is gone.
async fn address(app: &App, status: StatusId) -> anyhow::Result<Option<String>> {
    let Some(row) = rows::by_ids(&app.reader.apart(), &[status.get()]).await?.pop() else { return Ok(None) };
    let author = actor(app, row.account_id).await?;
    Ok(author.map(|(author, _)| status_uri(app, &row, &author)))
}

/// An author of ours, and who quotes them.
struct Sides {
    author: String,
    author_uri: String,
    quoted: String,
    quoter: chronodon_projections::core::accounts::Account,
    quoter_uri: String,
}

impl Sides {
    /// Nothing where the quoted author is not of this server.
    async fn find(app: &App, quoted: &StatusRef, quoter: AccountId) -> anyhow::Result<Option<Self>> {
        let (Some(author), Some((quoter, quoter_uri))) =
            (local(app, quoted.account_id).await?, actor(app, quoter.get()).await?)
        else {
            return Ok(None);
        };
        Ok(Some(Self {
            author_uri: addresses::actor(app, &author.username),
            quoted: addresses::status(app, &author.username, quoted.status_id.get()),
            author: author.username,
            quoter,
            quoter_uri,
        }))
    }

    fn authorization(&self, app: &App, quoting: StatusId) -> String {
        addresses::quote_authorization(app, &self.author, quoting.get())
    }

    fn word<'a>(&'a self, quoting: &'a str) -> Word<'a> {
        Word { author: &self.author_uri, quoting, quoted: &self.quoted }
    }
}
