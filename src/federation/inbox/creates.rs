//! Posts, and votes, which come as notes that name an option. Kept is only what somebody here has to do with.

use chronodon_activitypub::object::Object;
use chronodon_activitypub::uri::Uri;
use chronodon_events::StatusId;
use chronodon_projections::core::polls;

use super::known;
use super::translate::{Outcome, Received, Stop, Translated};
use crate::clock;
use crate::federation::resolve::{self, Budget};
use crate::federation::statuses::{self, Taken};

pub(super) async fn create(received: &Received<'_>) -> Translated {
    match own_object(received) {
        Some(Ok(object)) => take(received, &object, Taken::Created).await,
        Some(Err(outcome)) => Ok(outcome),
        None => fetch(received).await,
    }
}

/// The object, if it is the signer's own and is there whole. What is not read here is not fetched either.
pub(super) fn own_object(received: &Received<'_>) -> Option<Result<Object, Outcome>> {
    let reference = &received.activity.object;
    let value = reference.embedded()?;
    if !reference.id().is_some_and(|id| received.owns(id)) {
        return None;
    }
    match Object::read(value, received.rules()) {
        Ok(object) if object.attributed_to.as_str() == received.uri() => Some(Ok(object)),
        Ok(_) => None,
        Err(_) => Some(Err(Outcome::Unsupported)),
    }
}

/// Takes in what the signer shows of its own.
pub(super) async fn take(received: &Received<'_>, object: &Object, taken: Taken) -> Translated {
    if let Some(outcome) = vote(received, object).await? {
        return Ok(outcome);
    }
    if !is_relevant(received, object).await? && known::status(received.app, &object.id).await?.is_none() {
        return Ok(Outcome::Irrelevant);
    }
    let id = statuses::take(received.app, received.by, received.signer, object, taken).await?;
    for uri in [&object.in_reply_to, &object.quote].into_iter().flatten() {
        if let Some(linked) = known::status(received.app, uri).await? {
            received.engaged(&linked).await?;
        }
    }
    if let (Some(poll), Some(id), Taken::Updated) = (&object.poll, id, taken) {
        // An edit that changed nothing else has brought new numbers.
        let (_, tally) = statuses::poll(poll);
        let as_of = object.updated.unwrap_or_else(clock::now);
        received.app.commands.count_poll(received.part(2), id, tally, as_of).await?;
    }
    Ok(Outcome::Done)
}

/// What is only named, or is another server's, is asked for where it belongs, if the signer means anything here.
async fn fetch(received: &Received<'_>) -> Translated {
    let Received { app, signer, activity, .. } = received;
    let Some(id) = activity.object.id() else { return Ok(Outcome::Unsupported) };
    let addressed = activity.to.iter().chain(&activity.cc).map(String::as_str);
    if !known::is_followed_here(app, &[signer.id]).await? && !known::names_us(app, addressed).await? {
        return Ok(Outcome::Irrelevant);
    }
    resolve::status(app, id, &Budget::default()).await?;
    Ok(Outcome::Done)
}

/// As in Mastodon: of somebody who is followed here, for somebody here, or about something that somebody here follows.
async fn is_relevant(received: &Received<'_>, object: &Object) -> Result<bool, Stop> {
    let app = received.app;
    let mentioned = object.mentions.iter().map(|mention| mention.href.as_str());
    let addressed = object.to.iter().chain(&object.cc).map(String::as_str).chain(mentioned);
    if known::names_us(app, addressed).await? {
        return Ok(true);
    }
    let mut followed = vec![received.signer.id];
    for uri in [&object.in_reply_to, &object.quote].into_iter().flatten() {
        match known::status(app, uri).await? {
            Some(status) if status.local => return Ok(true),
            Some(status) => followed.push(status.account_id),
            None => {}
        }
    }
    known::is_followed_here(app, &followed).await
}

/// A vote in a poll of ours; none if it is none. A repetition changes nothing.
async fn vote(received: &Received<'_>, object: &Object) -> Result<Option<Outcome>, Stop> {
    let Received { app, by, .. } = received;
    let (Some(name), Some(uri)) = (&object.name, &object.in_reply_to) else { return Ok(None) };
    if !object.content.is_empty() || !is_own(received, uri) {
        return Ok(None);
    }
    let Some(status) = known::status(app, uri).await?.filter(|status| status.has_poll) else { return Ok(None) };
    let Some(poll) = polls::by_ids(&app.reader, &[status.id]).await?.pop() else {
        return Ok(Some(Outcome::Irrelevant));
    };
    let options = poll.options.as_array().map_or(&[][..], Vec::as_slice);
    let Some(choice) = options.iter().position(|option| option.as_str() == Some(name)) else {
        return Err(Stop::refused("there is no such option"));
    };
    let choice = i64::try_from(choice).unwrap_or(i64::MAX);
    app.commands.vote(*by, received.account(), StatusId(status.id), vec![choice]).await?;
    received.engaged(&status).await?;
    Ok(Some(Outcome::Done))
}

fn is_own(received: &Received<'_>, uri: &Uri) -> bool {
    uri.origin() == received.app.base_url
}
