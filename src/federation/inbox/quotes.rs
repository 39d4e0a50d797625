//! Somebody elsewhere asks to quote a status of ours, answers what ours have asked, or takes an answer back (FEP-044f).

use chronodon_activitypub::object::Object;
use chronodon_activitypub::reference::Reference;
use chronodon_activitypub::uri::Uri;
use chronodon_domain::Refusal;
use chronodon_events::{AccountId, StatusId};
use chronodon_projections::core::quotes::{self as rows, Quote};
use chronodon_projections::core::statuses;

use super::known;
use super::translate::{Outcome, Received, Stop, Translated};
use crate::app::App;
use crate::commands::CommandError;
use crate::federation::own::{self, Own};
use crate::federation::resolve::{self, Budget};
use crate::federation::statuses::{Taken, quote, take};

/// A request is answered whether it is granted or not, by who hears of what comes of it.
pub(super) async fn request(received: &Received<'_>) -> Translated {
    let Received { app, activity, by, .. } = received;
    let (Some(quoted), Some(instrument)) = (activity.object.id(), &activity.instrument) else {
        return Ok(Outcome::Unsupported);
    };
    let Some(uri) = instrument.id() else { return Ok(Outcome::Unsupported) };
    if !received.owns(uri) {
        return Err(Stop::refused("the status that quotes is somebody else's"));
    }
    let Some(quoted) = known::status(app, quoted).await?.filter(|status| status.local) else {
        return Ok(Outcome::Irrelevant);
    };
    received.engaged(&quoted).await?;
    let quoted = StatusId(quoted.id);
    let status = match known::status(app, uri).await? {
        Some(known) => Some(StatusId(known.id)),
        None if app.commands.lets_quote(received.account(), quoted).await? => met(received, instrument, uri).await?,
        None => None,
    };
    let request = activity.id.as_ref().map(Uri::to_string);
    match app.commands.ask_to_quote(*by, received.account(), (uri.as_str(), status), quoted, request).await {
        Err(CommandError::Refused(Refusal::NotFound)) => Ok(Outcome::Irrelevant),
        asked => Ok(asked.map(|()| Outcome::Done)?),
    }
}

/// The status that quotes, as the signer shows it, or as its server does.
async fn met(received: &Received<'_>, instrument: &Reference, uri: &Uri) -> Result<Option<StatusId>, Stop> {
    let app = received.app;
    let shown = instrument.embedded().and_then(|value| Object::read(value, received.rules()).ok());
    match shown.filter(|object| object.attributed_to.as_str() == received.uri()) {
        Some(object) => Ok(take(app, received.part(1), received.signer, &object, Taken::Created).await?),
        None => {
            let found = resolve::status(app, uri, &Budget::default()).await.map(Some);
            Ok(known::absent(found)?.map(|row| StatusId(row.id)))
        }
    }
}

/// Whether an answer is to a request to quote.
pub(super) fn is_answer(received: &Received<'_>) -> bool {
    let object = &received.activity.object;
    object.is("QuoteRequest") || object.id().is_some_and(|id| request_of_ours(received.app, id).is_some())
}

/// The quoted author agrees, by a document that is read where it belongs.
pub(super) async fn accept(received: &Received<'_>) -> Translated {
    let app = received.app;
    let Some(quote) = asked(received).await? else { return Ok(Outcome::Irrelevant) };
    let Some(authorization) = received.activity.result.as_ref().and_then(Reference::id) else {
        return Err(Stop::refused("an answer without an authorization"));
    };
    if quote::approve(app, received.by, &quote, authorization).await? {
        Ok(Outcome::Done)
    } else {
        Err(Stop::refused("the authorization is another's"))
    }
}

/// The quoted author refuses.
pub(super) async fn reject(received: &Received<'_>) -> Translated {
    let Some(quote) = asked(received).await? else { return Ok(Outcome::Irrelevant) };
    let quoting = StatusId(quote.status_id);
    received.app.commands.reject_quote(received.by, received.account(), quoting).await?;
    Ok(Outcome::Done)
}

/// The quote of ours that is answered, if it was the signer who was asked.
async fn asked(received: &Received<'_>) -> Result<Option<Quote>, Stop> {
    let app = received.app;
    let object = &received.activity.object;
    let instrument = object.embedded().and_then(|value| value.get("instrument"));
    let instrument = instrument.and_then(|value| Reference::read(value, received.rules()).ok());
    let by_status = || match own::read(app, instrument.as_ref()?.id()?)? {
        Own::Status(id) => Some(id),
        _ => None,
    };
    let Some(quoting) = object.id().and_then(|id| request_of_ours(app, id)).or_else(by_status) else { return Ok(None) };
    let quote = rows::by_statuses(&app.reader, &[quoting.get()]).await?.pop().filter(|quote| quote.local);
    let Some(quote) = quote else { return Ok(None) };
    match author(app, &quote).await? {
        Some(author) if author == received.account() => Ok(Some(quote)),
        Some(_) => Err(Stop::refused("somebody else was asked")),
        None => Ok(None),
    }
}

fn request_of_ours(app: &App, id: &Uri) -> Option<StatusId> {
    match own::read(app, id)? {
        Own::QuoteRequest(status) => Some(status),
        _ => None,
    }
}

async fn author(app: &App, quote: &Quote) -> Result<Option<AccountId>, Stop> {
    let Some(quoted) = quote.quoted_id else { return Ok(None) };
    let row = statuses::by_ids(&app.reader, &[quoted]).await?.pop();
    Ok(row.map(|row| AccountId(row.account_id)))
}

/// The signer takes its word back, if what is deleted was one.
pub(super) async fn revoke(received: &Received<'_>, uri: &Uri) -> Result<Option<Outcome>, Stop> {
    let app = received.app;
    let Some(quote) = rows::by_authorization(&app.reader, uri.as_str()).await? else { return Ok(None) };
    if author(app, &quote).await? != Some(received.account()) {
        return Err(Stop::refused("it is somebody else's word"));
    }
    app.commands.reject_quote(received.by, received.account(), StatusId(quote.status_id)).await?;
    Ok(Some(Outcome::Done))
}
