//! Statuses: posted, edited, deleted, pinned, liked, voted in.

use chronodon_event_log::Recorded;
use chronodon_events::favourite::FavouriteEvent;
use chronodon_events::poll::{PollEvent, PollVoted};
use chronodon_events::status::{StatusDeleted, StatusEvent};
use chronodon_events::values::{Mention, Visibility};
use chronodon_events::{AccountId, StatusId};
use chronodon_projections::core::statuses::Status;
use chronodon_projections::core::{inboxes, polls, relays, statuses as rows};
use serde_json::Value;

use super::{Message, actor, local, quotes, status_uri, to_one};
use crate::app::App;
use crate::federation::delivery::{self, queue::DELETE, queue::Destination};
use crate::federation::outbox::{activities, addresses, notes};

pub(super) async fn messages(app: &App, at: &Recorded, event: &StatusEvent) -> anyhow::Result<Vec<Message>> {
    match event {
        StatusEvent::Posted(e) => {
            let mut told = carried(app, at, e.status_id, "Create", false).await?;
            told.extend(quotes::asked(app, e).await?);
            Ok(told)
        }
        StatusEvent::Edited(e) => updated(app, at, e.status_id).await,
        StatusEvent::Deleted(e) => deleted(app, e).await,
        StatusEvent::QuotePolicyChanged(e) => updated(app, at, e.status_id).await,
        StatusEvent::Pinned(e) => pinned(app, at, e.account_id, e.status_id, "Add").await,
        StatusEvent::Unpinned(e) => pinned(app, at, e.account_id, e.status_id, "Remove").await,
    }
}

/// A status of ours is another by now, for all who may have it.
pub(super) async fn updated(app: &App, at: &Recorded, status: StatusId) -> anyhow::Result<Vec<Message>> {
    carried(app, at, status, "Update", true).await
}

/// A local status as it is now, for those who get it; `again` also for those who may have got it before.
async fn carried(
    app: &App,
    at: &Recorded,
    status: StatusId,
    kind: &'static str,
    again: bool,
) -> anyhow::Result<Vec<Message>> {
    let row = rows::by_ids(&app.reader.apart(), &[status.get()]).await?.pop();
    let Some(row) = row.filter(|row| row.local && row.reblog_of_id.is_none()) else { return Ok(Vec::new()) };
    let visibility = Visibility::parse(&row.visibility).unwrap_or(Visibility::Direct);
    let to = audience(app, &row, visibility, again).await?;
    if to.is_empty() {
        return Ok(Vec::new());
    }
    let Some(note) = notes(app, &[row.id]).await?.pop() else { return Ok(Vec::new()) };
    let activity = match kind {
        "Create" => activities::create(note),
        _ => activities::update(note, at.recorded_at),
    };
    let message = Message::new(kind, activity, AccountId(row.account_id), to);
    Ok(vec![Message { object: Some(row.id), synchronized: visibility == Visibility::Private, ..message }])
}

async fn audience(app: &App, row: &Status, visibility: Visibility, again: bool) -> anyhow::Result<Vec<Destination>> {
    let (reader, author) = (app.reader.apart(), AccountId(row.account_id));
    let mentions: Vec<Mention> = serde_json::from_value(row.mentions.clone()).unwrap_or_default();
    let mut named: Vec<_> =
        mentions.iter().filter(|mention| !mention.local).map(|mention| mention.account_id.get()).collect();
    if matches!(visibility, Visibility::Public | Visibility::Unlisted) {
        named.extend(row.in_reply_to_account_id);
    }
    let mut to = Vec::new();
    if visibility.reaches_followers() {
        to.extend(inboxes::of_followers(&reader, author).await?);
    }
    if !named.is_empty() {
        to.extend(inboxes::of_accounts(&reader, &named).await?);
    }
    if visibility == Visibility::Public {
        to.extend(relays::enabled(&reader).await?.iter().filter_map(|relay| delivery::inbox_at(app, &relay.inbox_url)));
    }
    if again {
        to.extend(inboxes::of_engaged(&reader, StatusId(row.id)).await?);
    }
    let mut to = delivery::destinations(app, &to);
    if again {
        to.extend(delivery::reached(app, StatusId(row.id)).await?);
    }
    Ok(to)
}

/// Whoever has it, or may have it, is found where it is put in.
async fn deleted(app: &App, e: &StatusDeleted) -> anyhow::Result<Vec<Message>> {
    let Some(author) = local(app, e.account_id).await? else { return Ok(Vec::new()) };
    let status = addresses::status(app, &author.username, e.status_id.get());
    let activity = activities::delete(&addresses::actor(app, &author.username), &status);
    let message = Message::new(DELETE, activity, e.account_id, Vec::new());
    Ok(vec![Message { object: Some(e.status_id.get()), ..message }])
}

async fn pinned(
    app: &App,
    at: &Recorded,
    account: AccountId,
    status: StatusId,
    kind: &'static str,
) -> anyhow::Result<Vec<Message>> {
    let Some(author) = local(app, account).await? else { return Ok(Vec::new()) };
    let to = delivery::destinations(app, &inboxes::of_followers(&app.reader.apart(), account).await?);
    if to.is_empty() {
        return Ok(Vec::new());
    }
    let uri = addresses::status(app, &author.username, status.get());
    let activity = activities::pinned(kind, at.id, &addresses::actor(app, &author.username), &uri);
    Ok(vec![Message::new(kind, activity, account, to)])
}

/// One of ours likes a status of another server, or no more.
pub(super) async fn liked(app: &App, event: &FavouriteEvent) -> anyhow::Result<Vec<Message>> {
    let (account, status, uri, kind) = match event {
        FavouriteEvent::Added(e) => (e.account_id, e.status.status_id, &e.uri, "Like"),
        FavouriteEvent::Removed(e) => (e.account_id, e.status_id, &e.uri, "Undo"),
    };
    let (Some(uri), Some(liker)) = (uri, local(app, account).await?) else { return Ok(Vec::new()) };
    let Some(row) = rows::by_ids(&app.reader.apart(), &[status.get()]).await?.pop() else { return Ok(Vec::new()) };
    let Some((author, _)) = actor(app, row.account_id).await? else { return Ok(Vec::new()) };
    let status = status_uri(app, &row, &author);
    let like = activities::simple("Like", uri, &addresses::actor(app, &liker.username), &status);
    let activity = if kind == "Undo" { activities::undo(like) } else { like };
    Ok(vec![Message::new(kind, activity, account, to_one(app, &author))])
}

pub(super) async fn polled(app: &App, at: &Recorded, event: &PollEvent) -> anyhow::Result<Vec<Message>> {
    match event {
        PollEvent::Voted(e) if e.status.account_local => carried(app, at, e.status.status_id, "Update", true).await,
        PollEvent::Voted(e) => voted(app, at, e).await,
        PollEvent::Closed(e) => updated(app, at, e.status_id).await,
        PollEvent::Tallied(_) => Ok(Vec::new()),
    }
}

async fn voted(app: &App, at: &Recorded, e: &PollVoted) -> anyhow::Result<Vec<Message>> {
    let id = e.status.status_id.get();
    let (Some(voter), Some((author, author_uri))) =
        (local(app, e.account_id).await?, actor(app, e.status.account_id.get()).await?)
    else {
        return Ok(Vec::new());
    };
    let reader = app.reader.apart();
    let (row, poll) = (rows::by_ids(&reader, &[id]).await?.pop(), polls::by_ids(&reader, &[id]).await?.pop());
    let (Some(row), Some(poll)) = (row, poll) else { return Ok(Vec::new()) };
    let (voter_uri, question) = (addresses::actor(app, &voter.username), status_uri(app, &row, &author));
    let option = |choice: u16| poll.options.get(usize::from(choice)).and_then(Value::as_str);
    let votes = e.choices.iter().filter_map(|choice| {
        let id = format!("{voter_uri}#votes/{}/{choice}", at.id);
        let activity = activities::vote(&id, &voter_uri, &author_uri, &question, option(*choice)?, at.recorded_at);
        Some(Message::new("Create", activity, e.account_id, to_one(app, &author)))
    });
    Ok(votes.collect())
}
