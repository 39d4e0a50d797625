//! What somebody elsewhere shows on top of its profile. Other collections are not followed.

use chronodon_events::StatusId;
use chronodon_projections::core::accounts::remote;
use chronodon_projections::core::statuses::Status;

use super::known;
use super::translate::{Outcome, Received, Stop, Translated};
use crate::federation::resolve::{self, Budget};

pub(super) async fn add(received: &Received<'_>) -> Translated {
    let app = received.app;
    if !is_featured(received) || received.activity.object.is("Hashtag") {
        return Ok(Outcome::Unsupported);
    }
    let Some(uri) = received.activity.object.id() else { return Ok(Outcome::Unsupported) };
    if !received.owns(uri) {
        return Err(Stop::refused("only one's own is pinned"));
    }
    let status = match known::status(app, uri).await? {
        Some(status) => status,
        None if known::is_followed_here(app, &[received.signer.id]).await? => {
            resolve::status(app, uri, &Budget::default()).await?
        }
        None => return Ok(Outcome::Irrelevant),
    };
    app.commands.pin_status(received.by, received.account(), own(received, &status)?).await?;
    Ok(Outcome::Done)
}

pub(super) async fn remove(received: &Received<'_>) -> Translated {
    if !is_featured(received) {
        return Ok(Outcome::Unsupported);
    }
    let Some(uri) = received.activity.object.id() else { return Ok(Outcome::Unsupported) };
    let Some(status) = known::status(received.app, uri).await? else { return Ok(Outcome::Irrelevant) };
    received.app.commands.unpin_status(received.by, received.account(), own(received, &status)?).await?;
    Ok(Outcome::Done)
}

fn own(received: &Received<'_>, status: &Status) -> Result<StatusId, Stop> {
    let own = (status.account_id == received.signer.id).then_some(StatusId(status.id));
    own.ok_or_else(|| Stop::refused("only one's own is pinned"))
}

/// Whether it is about the collection that the signer's actor names as its pins.
fn is_featured(received: &Received<'_>) -> bool {
    let target = received.activity.target.as_ref().and_then(|target| target.id());
    let featured = remote::actor(received.signer).and_then(|actor| actor.featured);
    target.is_some_and(|target| featured.as_deref() == Some(target.as_str()))
}
