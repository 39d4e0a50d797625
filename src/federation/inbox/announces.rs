//! Reblogs; what groups pass on to their members; and what relays pass on, which is nobody's reblog.

use chronodon_activitypub::activity::ActivityKind;
use chronodon_activitypub::audience::Audience;
use chronodon_activitypub::reference::Reference;
use chronodon_activitypub::uri::Uri;
use chronodon_events::StatusId;
use chronodon_events::values::Visibility;
use chronodon_projections::core::statuses::Status;

use super::creates;
use super::known;
use super::translate::{Outcome, Received, Stop, Translated};
use crate::clock;
use crate::federation::resolve::{self, Budget};
use crate::federation::statuses::{self, Taken};

pub(super) async fn announce(received: &Received<'_>) -> Translated {
    let Received { app, signer, activity, .. } = received;
    let inner = activity.object.types().into_iter().map(ActivityKind::of).next();
    let Some(uri) = activity.object.id() else { return Ok(Outcome::Unsupported) };
    if known::is_relay(app, signer).await? {
        resolve::status(app, uri, &Budget::default()).await?;
        return Ok(Outcome::Done);
    }
    let followed = known::is_followed_here(app, &[signer.id]).await?;
    match inner {
        Some(ActivityKind::Create | ActivityKind::Update | ActivityKind::Delete) if !followed => {
            Ok(Outcome::Irrelevant)
        }
        Some(kind @ (ActivityKind::Create | ActivityKind::Update | ActivityKind::Delete)) => {
            passed_on(received, &kind).await
        }
        Some(ActivityKind::Other(_)) | None => reblog(received, uri, followed).await,
        Some(_) => Ok(Outcome::Irrelevant),
    }
}

async fn reblog(received: &Received<'_>, uri: &Uri, followed: bool) -> Translated {
    let Received { app, activity, by, .. } = received;
    let Some(id) = &activity.id else { return Ok(Outcome::Unsupported) };
    let shown = known::status(app, uri).await?;
    let ours = shown.as_ref().is_some_and(|status| status.local);
    if !followed && !ours {
        return Ok(Outcome::Irrelevant);
    }
    let status = match shown {
        Some(status) => status,
        None => match own_or_fetched(received, uri).await? {
            Some(status) => status,
            None => return Ok(Outcome::Irrelevant),
        },
    };
    let published = activity.published.unwrap_or_else(clock::now);
    let (account, visibility) = (received.account(), visibility(received));
    app.commands.receive_reblog(*by, account, StatusId(status.id), visibility, published, id.to_string()).await?;
    received.engaged(&status).await?;
    Ok(Outcome::Done)
}

/// Who shows a post of its own again may bring it along.
async fn own_or_fetched(received: &Received<'_>, uri: &Uri) -> Result<Option<Status>, Stop> {
    let app = received.app;
    if let Some(Ok(object)) = creates::own_object(received) {
        statuses::take(app, received.part(1), received.signer, &object, Taken::Created).await?;
        return known::status(app, uri).await;
    }
    Ok(Some(resolve::status(app, uri, &Budget::default()).await?))
}

/// A group passes on what its members do, as activities. They are the members' own, so their servers are asked.
async fn passed_on(received: &Received<'_>, kind: &ActivityKind) -> Translated {
    let app = received.app;
    let value = received.activity.object.embedded().and_then(|value| value.get("object"));
    let object = value.and_then(|value| Reference::read(value, received.rules()).ok());
    let Some(uri) = object.as_ref().and_then(Reference::id) else { return Ok(Outcome::Unsupported) };
    match kind {
        ActivityKind::Create => {
            let status = resolve::status(app, uri, &Budget::default()).await?;
            show_in_group(received, &status).await
        }
        _ => super::forwarded::ask(received, uri).await,
    }
}

/// What a group passes on stands on its members' home timelines as its reblog, unless it is an answer.
async fn show_in_group(received: &Received<'_>, status: &Status) -> Translated {
    let Received { app, activity, by, .. } = received;
    let Some(id) = activity.id.as_ref().filter(|_| status.in_reply_to_id.is_none()) else { return Ok(Outcome::Done) };
    let published = activity.published.unwrap_or_else(clock::now);
    let (account, visibility) = (received.account(), visibility(received));
    app.commands.receive_reblog(*by, account, StatusId(status.id), visibility, published, id.to_string()).await?;
    Ok(Outcome::Done)
}

fn visibility(received: &Received<'_>) -> Visibility {
    let followers = received.signer.followers_uri.as_deref();
    match Audience::of(&received.activity.to, &received.activity.cc, followers) {
        Audience::Public => Visibility::Public,
        Audience::Unlisted => Visibility::Unlisted,
        Audience::Followers => Visibility::Private,
        Audience::Direct => Visibility::Direct,
    }
}
