//! Likes, with and without an emoji: all of them are favourites here.

use chronodon_activitypub::uri::Uri;
use chronodon_events::StatusId;

use super::known;
use super::translate::{Outcome, Received, Translated};

/// Likes a status that the signer may see. Nothing is fetched to be liked.
pub(super) async fn like(received: &Received<'_>) -> Translated {
    let Received { app, activity, by, .. } = received;
    let Some(uri) = activity.object.id() else { return Ok(Outcome::Unsupported) };
    let Some(status) = known::status(app, uri).await? else { return Ok(Outcome::Irrelevant) };
    let id = activity.id.as_ref().map(Uri::to_string);
    app.commands.add_favourite(*by, received.account(), StatusId(status.id), id).await?;
    received.engaged(&status).await?;
    Ok(Outcome::Done)
}
