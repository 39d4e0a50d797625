//! Somebody elsewhere follows or blocks somebody here.

use chronodon_activitypub::uri::Uri;
use chronodon_domain::relationship::Action;
use chronodon_events::AccountId;

use super::known;
use super::translate::{Outcome, Received, Translated};
use crate::commands::FollowAccount;

/// Follows, or asks to. The answer is sent by who hears of what comes of it.
pub(super) async fn follow(received: &Received<'_>) -> Translated {
    let Received { app, activity, by, .. } = received;
    let Some(uri) = activity.object.id() else { return Ok(Outcome::Unsupported) };
    let Some(target) = known::own_account(app, uri).await? else { return Ok(Outcome::Irrelevant) };
    let id = activity.id.as_ref().map_or_else(|| nameless(received), Uri::to_string);
    let shown = FollowAccount::default();
    app.commands.follow_account(*by, received.account(), AccountId(target.id), shown, Some(id)).await?;
    Ok(Outcome::Done)
}

pub(super) async fn block(received: &Received<'_>) -> Translated {
    let Received { app, activity, by, .. } = received;
    let Some(uri) = activity.object.id() else { return Ok(Outcome::Unsupported) };
    let Some(target) = known::own_account(app, uri).await? else { return Ok(Outcome::Irrelevant) };
    let id = activity.id.as_ref().map(Uri::to_string);
    let (account, target) = (received.account(), AccountId(target.id));
    app.commands.receive_relationship(*by, account, target, Action::Block, id).await?;
    Ok(Outcome::Done)
}

/// What an activity without an address is called here.
fn nameless(received: &Received<'_>) -> String {
    format!("{}#{}", received.uri(), received.by.request.unwrap_or_default())
}
