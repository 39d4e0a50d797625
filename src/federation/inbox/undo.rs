//! What is taken back: a follow, a block, a like, an announce, an answer; embedded, or by its address alone.

use chronodon_activitypub::activity::ActivityKind;
use chronodon_activitypub::reference::Reference;
use chronodon_activitypub::uri::Uri;
use chronodon_domain::relationship::Action;
use chronodon_events::{AccountId, StatusId};
use chronodon_projections::core::relationships;

use super::translate::{Outcome, Received, Stop, Translated};
use super::{accept, known};

pub(super) async fn undo(received: &Received<'_>) -> Translated {
    let undone = &received.activity.object;
    if undone.id().is_some_and(|id| !received.owns(id)) {
        return Err(Stop::refused("the activity is somebody else's to take back"));
    }
    let Some(value) = undone.embedded().filter(|value| value.get("object").is_some()) else {
        return match undone.id() {
            Some(id) => by_address(received, id).await,
            None => Ok(Outcome::Unsupported),
        };
    };
    let part = |name: &str| value.get(name).and_then(|value| Reference::read(value, received.rules()).ok());
    let actor = part("actor");
    if actor.as_ref().and_then(Reference::id).is_some_and(|actor| actor.as_str() != received.uri()) {
        return Err(Stop::refused("the activity is somebody else's to take back"));
    }
    let Some(object) = part("object") else { return Ok(Outcome::Unsupported) };
    let kind = undone.types().into_iter().map(ActivityKind::of).find(|kind| !matches!(kind, ActivityKind::Other(_)));
    match kind {
        Some(ActivityKind::Accept) => accept::end(received, &object, 0).await,
        Some(ActivityKind::Announce) => announce(received, undone.id(), object.id()).await,
        Some(ActivityKind::Block) => between(received, object.id(), Action::Unblock).await,
        Some(ActivityKind::Follow) => between(received, object.id(), Action::Unfollow).await,
        Some(ActivityKind::EmojiReact | ActivityKind::Like) => like(received, object.id()).await,
        _ => Ok(Outcome::Unsupported),
    }
}

/// Of what has an address here, it says what it was.
async fn by_address(received: &Received<'_>, id: &Uri) -> Translated {
    let app = received.app;
    if let Some(reblog) = known::reblog(app, received.account(), id.as_str()).await? {
        app.commands.unreblog(received.by, received.account(), StatusId(reblog.id)).await?;
        return Ok(Outcome::Done);
    }
    let target = relationships::target_of_follow(&app.reader, received.account(), id.as_str()).await?;
    let Some(target) = target else { return Ok(Outcome::Irrelevant) };
    app.commands.receive_relationship(received.by, received.account(), target, Action::Unfollow, None).await?;
    Ok(Outcome::Done)
}

async fn between(received: &Received<'_>, target: Option<&Uri>, action: Action) -> Translated {
    let Some(uri) = target else { return Ok(Outcome::Unsupported) };
    let Some(target) = known::own_account(received.app, uri).await? else { return Ok(Outcome::Irrelevant) };
    let (account, target) = (received.account(), AccountId(target.id));
    received.app.commands.receive_relationship(received.by, account, target, action, None).await?;
    Ok(Outcome::Done)
}

async fn like(received: &Received<'_>, status: Option<&Uri>) -> Translated {
    let Some(uri) = status else { return Ok(Outcome::Unsupported) };
    let Some(status) = known::status(received.app, uri).await? else { return Ok(Outcome::Irrelevant) };
    received.app.commands.remove_favourite(received.by, received.account(), StatusId(status.id)).await?;
    Ok(Outcome::Done)
}

async fn announce(received: &Received<'_>, id: Option<&Uri>, status: Option<&Uri>) -> Translated {
    let app = received.app;
    let mut shown = None;
    if let Some(id) = id {
        shown = known::reblog(app, received.account(), id.as_str()).await?.map(|reblog| reblog.id);
    }
    if let (None, Some(uri)) = (shown, status) {
        shown = known::status(app, uri).await?.map(|status| status.id);
    }
    let Some(shown) = shown else { return Ok(Outcome::Irrelevant) };
    app.commands.unreblog(received.by, received.account(), StatusId(shown)).await?;
    Ok(Outcome::Done)
}
