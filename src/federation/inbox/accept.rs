//! The answers to follows that went out from here, of accounts and of relays.

use chronodon_activitypub::reference::Reference;
use chronodon_activitypub::uri::Uri;
use chronodon_domain::relationship::Action;
use chronodon_events::AccountId;
use chronodon_projections::core::accounts::Account;
use chronodon_projections::core::relays;

use super::translate::{Outcome, Received, Stop, Translated};
use super::{known, quotes};

/// The follow that is spoken of: whose of ours, and by which activity, where that is said.
pub(super) struct Asked {
    pub(super) account: Account,
    pub(super) uri: Option<String>,
}

pub(super) async fn accept(received: &Received<'_>) -> Translated {
    if quotes::is_answer(received) {
        return quotes::accept(received).await;
    }
    if let Some(follow) = asked_of_relay(received).await? {
        received.app.commands.accept_relay(received.by, &follow).await?;
        return Ok(Outcome::Done);
    }
    answer(received, Action::AcceptRequest).await
}

/// What was let in once may be sent away later: this ends the request as well as the follow.
pub(super) async fn reject(received: &Received<'_>) -> Translated {
    if quotes::is_answer(received) {
        return quotes::reject(received).await;
    }
    if let Some(follow) = asked_of_relay(received).await? {
        received.app.commands.reject_relay(received.by, &follow).await?;
        return Ok(Outcome::Done);
    }
    match answer(received, Action::RejectRequest).await? {
        Outcome::Done => end(received, &received.activity.object, 1).await,
        outcome => Ok(outcome),
    }
}

/// Ends that one of ours follows the signer, if it does by this follow or by one that is not named.
pub(super) async fn end(received: &Received<'_>, follow: &Reference, part: usize) -> Translated {
    let Some(asked) = asked(received, follow).await? else { return Ok(Outcome::Irrelevant) };
    let (account, target, by) = (received.account(), AccountId(asked.account.id), received.part(part));
    received.app.commands.receive_relationship(by, account, target, Action::RemoveFollower, asked.uri).await?;
    Ok(Outcome::Done)
}

async fn answer(received: &Received<'_>, action: Action) -> Translated {
    let Some(asked) = asked(received, &received.activity.object).await? else { return Ok(Outcome::Irrelevant) };
    let (account, target) = (received.account(), AccountId(asked.account.id));
    received.app.commands.receive_relationship(received.by, account, target, action, asked.uri).await?;
    Ok(Outcome::Done)
}

/// The follow of ours that is spoken of, if it was for the signer. Our own addresses say whose they are.
async fn asked(received: &Received<'_>, follow: &Reference) -> Result<Option<Asked>, Stop> {
    let app = received.app;
    let Some(value) = follow.embedded() else {
        let Some(id) = follow.id() else { return Ok(None) };
        let account = known::own_account(app, id).await?;
        return Ok(account.map(|account| Asked { account, uri: Some(id.to_string()) }));
    };
    let part = |name: &str| value.get(name).and_then(|value| Reference::read(value, received.rules()).ok());
    let (actor, object) = (part("actor"), part("object"));
    if object.as_ref().and_then(Reference::id).is_some_and(|object| object.as_str() != received.uri()) {
        return Err(Stop::refused("the follow is somebody else's to answer"));
    }
    let Some(actor) = actor.as_ref().and_then(Reference::id).or(follow.id()) else { return Ok(None) };
    // A name that is not ours was made up by who answers, as some do: it names nothing.
    let uri = follow.id().filter(|id| id.origin() == app.base_url).map(Uri::to_string);
    Ok(known::own_account(app, actor).await?.map(|account| Asked { account, uri }))
}

/// The address of our follow, if it was for the relay that signs.
async fn asked_of_relay(received: &Received<'_>) -> Result<Option<String>, Stop> {
    let Some(id) = received.activity.object.id() else { return Ok(None) };
    let Some(relay) = relays::by_follow(&received.app.reader, id.as_str()).await? else { return Ok(None) };
    let same = Uri::parse(&relay.inbox_url, received.rules()).is_ok_and(|inbox| received.owns(&inbox));
    if same { Ok(Some(relay.follow_uri)) } else { Err(Stop::refused("another relay was asked")) }
}
