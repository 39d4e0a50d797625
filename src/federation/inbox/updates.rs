//! What has changed: a profile, a post, and where somebody is to be found.

use chronodon_activitypub::actor::{Actor, ActorKind};

use super::creates;
use super::translate::{Outcome, Received, Stop, Translated};
use crate::federation::moving;
use crate::federation::resolve::{self, Freshness};
use crate::federation::{accounts, statuses::Taken};

pub(super) async fn update(received: &Received<'_>) -> Translated {
    let object = &received.activity.object;
    let of_itself = object.id().is_some_and(|id| id.as_str() == received.uri());
    if of_itself || object.types().into_iter().any(|kind| ActorKind::of(kind).is_some()) {
        return actor(received, of_itself).await;
    }
    match creates::own_object(received) {
        Some(Ok(object)) => creates::take(received, &object, Taken::Updated).await,
        Some(Err(outcome)) => Ok(outcome),
        None => match object.id() {
            Some(id) => super::forwarded::ask(received, id).await,
            None => Ok(Outcome::Unsupported),
        },
    }
}

async fn actor(received: &Received<'_>, of_itself: bool) -> Translated {
    let Received { app, activity, by, .. } = received;
    if !of_itself {
        return Err(Stop::refused("the profile is somebody else's"));
    }
    match activity.object.embedded().map(|value| Actor::read(value, received.rules())) {
        Some(Ok(actor)) => drop(accounts::take(app, *by, &actor).await?),
        // Named alone, or with less than an actor has.
        _ => drop(resolve::actor(app, &activity.actor, Freshness::Now).await?),
    }
    Ok(Outcome::Done)
}

/// Somebody has gone elsewhere.
pub(super) async fn move_away(received: &Received<'_>) -> Translated {
    let Received { app, signer, activity, by } = received;
    let of_itself = activity.object.id().is_some_and(|id| id.as_str() == received.uri());
    if !of_itself {
        return Err(Stop::refused("nobody moves another"));
    }
    let Some(target) = activity.target.as_ref().and_then(|target| target.id()) else { return Ok(Outcome::Unsupported) };
    moving::received(app, *by, signer, target).await?;
    Ok(Outcome::Done)
}
