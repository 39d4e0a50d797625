//! What is gone for good: a post, known or not; or its author, with all that is left of it.

use chronodon_activitypub::quote_authorization;
use chronodon_domain::account::Command;
use chronodon_events::StatusId;

use super::translate::{Outcome, Received, Stop, Translated};
use super::{known, quotes};
use crate::jobs::queue::NewJob;
use crate::jobs::{self, Job};
use crate::{clock, ids};

pub(super) async fn delete(received: &Received<'_>) -> Translated {
    let Received { app, activity, by, .. } = received;
    let Some(uri) = activity.object.id() else { return Ok(Outcome::Unsupported) };
    if uri.as_str() == received.uri() {
        return account(received).await;
    }
    if !received.owns(uri) {
        return Err(Stop::refused("it is somebody else's to delete"));
    }
    if let Some(revoked) = quotes::revoke(received, uri).await? {
        return Ok(revoked);
    }
    if activity.object.is(quote_authorization::TYPE) {
        return Ok(Outcome::Irrelevant);
    }
    if let Some(reblog) = known::reblog(app, received.account(), uri.as_str()).await? {
        app.commands.unreblog(*by, received.account(), StatusId(reblog.id)).await?;
        return Ok(Outcome::Done);
    }
    app.commands.bury_status(*by, received.account(), uri.as_str()).await?;
    Ok(Outcome::Done)
}

/// Hidden at once; what it leaves behind goes bit by bit.
async fn account(received: &Received<'_>) -> Translated {
    let Received { app, by, .. } = received;
    let fault = |error: anyhow::Error| Stop::Ours(error.to_string());
    let account_id = received.account();
    let suspend = Command::Suspend { reason: Some("deleted by its own server".to_owned()) };
    app.commands.change_remote_account(*by, received.uri(), &suspend).await?;
    let id = ids::command_id_of(&["delete_account", &account_id.to_string(), "0"]);
    let job = NewJob { id, job: Job::DeleteAccount { account_id, part: 0 }, cause: None, run_at: clock::now() };
    jobs::put(app, &[job]).await.map_err(fault)?;
    Ok(Outcome::Done)
}
