//! Somebody elsewhere follows or blocks somebody here.

use chronodon_activitypub::uri::Uri;
use chronodon_domain::Refusal;
use chronodon_domain::relationship::Action;
use chronodon_events::AccountId;
use chronodon_projections::core::accounts::Account;

use super::known;
use super::translate::{Outcome, Received, Stop, Translated};
use crate::commands::{CommandError, FollowAccount};
use crate::federation::delivery::{self, queue::NewBody};
use crate::federation::outbox::{activities, addresses};
use crate::ids;

/// Follows, or asks to. The answer is sent by who hears of what comes of it; across a block nothing does.
pub(super) async fn follow(received: &Received<'_>) -> Translated {
    let Received { app, activity, by, .. } = received;
    let Some(uri) = activity.object.id() else { return Ok(Outcome::Unsupported) };
    let Some(target) = known::own_account(app, uri).await? else { return Ok(Outcome::Irrelevant) };
    let id = activity.id.as_ref().map_or_else(|| nameless(received), Uri::to_string);
    let shown = FollowAccount::default();
    match app.commands.follow_account(*by, received.account(), AccountId(target.id), shown, Some(id.clone())).await {
        Err(CommandError::Refused(Refusal::Forbidden(_))) => refuse(received, &target, &id).await,
        followed => Ok(followed.map(|()| Outcome::Done)?),
    }
}

/// Keeps nothing of the follow, and answers it, so that its server does not wait for ever.
async fn refuse(received: &Received<'_>, target: &Account, follow: &str) -> Translated {
    let Received { app, signer, by, .. } = received;
    let answer_id = by.request.unwrap_or_default().to_string();
    let actor = addresses::actor(app, &target.username);
    let reject = activities::answer("Reject", &answer_id, &actor, received.uri(), Some(follow));
    let new = NewBody {
        id: ids::command_id_of(&["reject", &answer_id]),
        body: activities::sent(reject),
        account_id: target.id,
        object_id: None,
        kind: "Reject",
        order_key: None,
        position: 0,
        synchronized: false,
    };
    let put = delivery::put(app, &new, &delivery::to_one(app, signer)).await;
    put.map_err(|error| Stop::Ours(error.to_string()))?;
    Err(Stop::refused("nobody follows across a block"))
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
