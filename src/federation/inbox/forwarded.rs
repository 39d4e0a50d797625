//! What somebody passes on of somebody else's. Nobody's word is taken for it: the server that it is of is asked.

use chronodon_activitypub::activity::ActivityKind;
use chronodon_activitypub::object::Object;
use chronodon_activitypub::uri::Uri;
use chronodon_events::AccountId;
use chronodon_projections::core::accounts;

use super::known;
use super::translate::{Outcome, Received, Stop, Translated};
use crate::federation::resolve::{self, Budget, Freshness, ResolveError};
use crate::federation::statuses::{self, Taken};
use crate::ids;

/// A new post in a conversation that somebody here takes part in, or what has become of one that is known.
pub(super) async fn check(received: &Received<'_>) -> Translated {
    let activity = received.activity;
    let Some(uri) = activity.object.id() else { return Ok(Outcome::Unsupported) };
    let about_its_own = activity.actor.origin() == uri.origin();
    match activity.kind {
        ActivityKind::Create | ActivityKind::Delete | ActivityKind::Update if !about_its_own => {
            Err(Stop::refused("what is passed on is not its actor's"))
        }
        ActivityKind::Create => created(received, uri).await,
        ActivityKind::Delete | ActivityKind::Update => ask(received, uri).await,
        _ => Ok(Outcome::Irrelevant),
    }
}

/// Passed on is what answers something of the one who passes it on, or something here.
async fn created(received: &Received<'_>, uri: &Uri) -> Translated {
    let app = received.app;
    let parent = received.activity.object.embedded().and_then(|value| Object::read(value, received.rules()).ok());
    let Some(parent) = parent.and_then(|object| object.in_reply_to) else { return Ok(Outcome::Irrelevant) };
    if known::status(app, &parent).await?.is_none() {
        return Ok(Outcome::Irrelevant);
    }
    resolve::status(app, uri, &Budget::default()).await?;
    Ok(Outcome::Done)
}

/// Asks what has become of a status that is known: it was edited, or it is gone.
pub(super) async fn ask(received: &Received<'_>, uri: &Uri) -> Translated {
    let app = received.app;
    let Some(known) = known::status(app, uri).await?.filter(|status| !status.local) else {
        return Ok(Outcome::Irrelevant);
    };
    let Some(author) = accounts::by_ids(&app.reader, &[known.account_id]).await?.pop() else {
        return Ok(Outcome::Irrelevant);
    };
    let by = crate::commands::By { actor: chronodon_events::ActorId::Account(AccountId(author.id)), ..received.by };
    match resolve::document_now(app, uri).await {
        Ok(document) => {
            let object = Object::read(&document.value, received.rules()).map_err(ResolveError::from)?;
            let actor = resolve::actor(app, &object.attributed_to, Freshness::Any).await?;
            if document.id != *uri || actor.id != author.id {
                return Err(Stop::refused("its server has something else there"));
            }
            statuses::take(app, by, &author, &object, Taken::Updated).await?;
            Ok(Outcome::Done)
        }
        Err(ResolveError::Gone | ResolveError::NotFound) => {
            let by = by.retried_as(ids::command_id_of(&["gone", uri.as_str()]));
            app.commands.bury_status(by, AccountId(author.id), uri.as_str()).await?;
            Ok(Outcome::Done)
        }
        Err(error) => Err(error.into()),
    }
}
