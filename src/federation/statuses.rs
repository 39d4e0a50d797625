//! What other servers say of their statuses, as it is kept here: texts sanitised, lists cut, and whom and what they name
//! found, as far as a [`Budget`] goes.
//!
//! Parents that are not known are fetched before the reply is taken, because a thread is joined when a status is posted;
//! what is not found stays behind as an address.

mod mentions;
pub mod quote;
mod text;

use chronodon_activitypub::audience::Audience;
use chronodon_activitypub::object::{Attachment, AttachmentKind, Object, Poll};
use chronodon_activitypub::uri::Uri;
use chronodon_domain::account::is_language;
use chronodon_domain::limits;
use chronodon_domain::status::UpdatedAt;
use chronodon_events::media::MediaKind;
use chronodon_events::remote::{RemoteAttachment, Tally};
use chronodon_events::values::{self, Focus, StatusRef, Visibility};
use chronodon_events::{AccountId, MediaId, StatusId};
use chronodon_projections::core::accounts::Account;
use chronodon_projections::core::statuses as rows;
use jiff::Timestamp;

use super::accounts::{emojis, past, plain};
use super::resolve::{self, Budget, ResolveError};
use crate::app::App;
use crate::commands::{By, ReceiveStatus};
use crate::{clock, ids};

/// The part of an activity that is about what a status quotes.
const QUOTE_PART: usize = 4;

/// What a server says has happened to a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It was posted, or it was come across.
    Created,
    /// It was edited.
    Updated,
}

/// Who is said to have posted a status.
#[derive(Clone, Debug)]
pub struct Author {
    /// Which account.
    pub id: AccountId,
    /// Its actor.
    pub uri: String,
    /// Who follows it.
    pub followers: Option<String>,
}

impl Author {
    /// An account of another server.
    #[must_use]
    pub fn of(account: &Account) -> Self {
        let uri = account.uri.clone().unwrap_or_default();
        Self { id: AccountId(account.id), uri, followers: account.followers_uri.clone() }
    }
}

/// Takes in what a status's own server says of it. That it is that server's word, the caller has checked. Returns the id
/// that it has here; nothing when it was deleted, or is a vote.
///
/// # Errors
/// When it is not the author's, and when the log or the database cannot be reached.
pub async fn take(
    app: &App,
    by: By,
    author: &Account,
    object: &Object,
    how: Taken,
) -> Result<Option<StatusId>, ResolveError> {
    take_within(app, by, author, object, how, &Budget::default()).await
}

/// The same, within what is left of a budget.
///
/// # Errors
/// As [`take`].
pub async fn take_within(
    app: &App,
    by: By,
    author: &Account,
    object: &Object,
    how: Taken,
    budget: &Budget,
) -> Result<Option<StatusId>, ResolveError> {
    if object.is_vote() {
        return Ok(None);
    }
    let author = Author::of(author);
    let received = read(app, &author, object, how, budget).await?;
    let taken = app.commands.receive_status(by, received).await?;
    if let Some(id) = taken.filter(|_| object.quote.is_some()) {
        let again = by.request.map_or(by, |request| by.retried_as(ids::derived(request, QUOTE_PART)));
        quote::look_again(app, again, &author, object, id, budget).await?;
    }
    Ok(taken)
}

/// What is kept of what a server says of a status. Stores nothing but what the budget lets it fetch.
///
/// # Errors
/// When it is not the author's, and when the database cannot be reached.
pub async fn read(
    app: &App,
    author: &Author,
    object: &Object,
    how: Taken,
    budget: &Budget,
) -> Result<ReceiveStatus, ResolveError> {
    if object.attributed_to.as_str() != author.uri || super::own::read(app, &object.id).is_some() {
        return Err(ResolveError::Invalid("author"));
    }
    if resolve::is_refused(app, &object.id) {
        return Err(ResolveError::Refused);
    }
    let now = clock::now();
    let published = past(object.published.unwrap_or(now), now);
    let visibility = visibility(object, author);
    let (content, spoiler_text) = text::read(object);
    let (in_reply_to, in_reply_to_uri) = parent(app, author, object, budget).await?;
    Ok(ReceiveStatus {
        account: author.id,
        uri: object.id.to_string(),
        url: object.url.as_ref().unwrap_or(&object.id).to_string(),
        published,
        updated_at: updated(object, how, published, now),
        visibility,
        in_reply_to,
        in_reply_to_uri,
        text: content,
        sensitive: object.sensitive || !spoiler_text.is_empty(),
        spoiler_text,
        language: object.language.clone().filter(|code| is_language(code)),
        mentions: mentions::find(app, object, visibility, budget).await?,
        hashtags: object.hashtags.iter().take(limits::STATUS_HASHTAGS_MAX).cloned().collect(),
        attachments: attachments(app, object),
        emojis: emojis(&object.emojis),
        poll: object.poll.as_ref().map(poll),
        quote: quote::find(app, author, object, budget).await?,
        quote_policy: quote::policy(object, author),
        conversation_uri: object.context.clone().or_else(|| object.conversation.clone()),
    })
}

fn visibility(object: &Object, author: &Author) -> Visibility {
    match object.audience(author.followers.as_deref()) {
        Audience::Public => Visibility::Public,
        Audience::Unlisted => Visibility::Unlisted,
        Audience::Followers => Visibility::Private,
        Audience::Direct => Visibility::Direct,
    }
}

/// When it was edited. An edit that does not say when has happened now; one that is yet to come, too.
fn updated(object: &Object, how: Taken, published: Timestamp, now: Timestamp) -> Option<UpdatedAt> {
    let said = object.updated.map(|at| past(at, now));
    match how {
        Taken::Created => said.filter(|at| *at > published).map(UpdatedAt::Said),
        Taken::Updated => Some(said.map_or(UpdatedAt::Noticed(now), UpdatedAt::Said)),
    }
}

/// The status that it answers, or the address of one that is not to be found. One of ours is answered by those who may
/// see it.
async fn parent(
    app: &App,
    author: &Author,
    object: &Object,
    budget: &Budget,
) -> Result<(Option<StatusRef>, Option<String>), ResolveError> {
    let Some(uri) = &object.in_reply_to else { return Ok((None, None)) };
    let found = linked(app, author, uri, budget.of_parent()).await?;
    let uri = found.is_none().then(|| uri.to_string());
    Ok((found, uri))
}

/// The status that a status of `author`'s leads to, fetched where it is not known.
async fn linked(
    app: &App,
    author: &Author,
    uri: &Uri,
    budget: Option<Budget>,
) -> Result<Option<StatusRef>, ResolveError> {
    let found = match (resolve::known_status(app, uri).await, budget) {
        (Ok(None), Some(budget)) => resolve::status(app, uri, &budget).await.map(Some),
        (found, _) => found,
    };
    let row = match found {
        Ok(Some(row)) => row,
        Err(error) if error.is_fault() => return Err(error),
        Ok(None) | Err(_) => return Ok(None),
    };
    let id = StatusId(row.id);
    if row.local && app.commands.may_see_status(Some(author.id), id).await.is_err() {
        return Ok(None);
    }
    Ok(rows::facts(&app.reader, id, None).await?.map(|facts| facts.status))
}

/// As many as a status here has. What comes from where no files are taken from is only linked to.
fn attachments(app: &App, object: &Object) -> Vec<RemoteAttachment> {
    let host = |uri: &Uri| app.policies.of(uri.authority()).reject_media || app.policies.of(uri.host()).reject_media;
    let rejected = host(&object.id);
    let attachments = object.attachments.iter().take(limits::STATUS_MEDIA_MAX);
    attachments.map(|attachment| read_attachment(attachment, rejected)).collect()
}

fn read_attachment(attachment: &Attachment, rejected: bool) -> RemoteAttachment {
    let kind = match attachment.kind {
        AttachmentKind::Image => Some(MediaKind::Image),
        AttachmentKind::Video => Some(MediaKind::Video),
        AttachmentKind::Audio => Some(MediaKind::Audio),
        AttachmentKind::Unknown => None,
    };
    RemoteAttachment {
        media_id: MediaId(0),
        kind: kind.filter(|_| !rejected),
        url: attachment.url.to_string(),
        preview_url: attachment.icon.as_ref().filter(|_| !rejected).map(ToString::to_string),
        mime_type: attachment.media_type.clone(),
        description: chronodon_domain::text::strip_controls(&attachment.description),
        blurhash: attachment.blurhash.clone(),
        focus: attachment.focus.map(|(x, y)| Focus { x, y }),
        width: attachment.width,
        height: attachment.height,
        duration_seconds: attachment.duration_seconds,
    }
}

/// The question, and its votes so far. One that does not end stays open as long as there is time.
pub(super) fn poll(poll: &Poll) -> (values::Poll, Tally) {
    let options = poll.options.iter().take(limits::REMOTE_POLL_OPTIONS_MAX);
    let expires_at = poll.closed.or(poll.end_time).unwrap_or(Timestamp::MAX).max(Timestamp::UNIX_EPOCH);
    let question = values::Poll {
        options: options.clone().map(|option| plain(&option.name)).collect(),
        multiple: poll.multiple,
        hide_totals: false,
        expires_at,
    };
    let count = |votes: u64| votes.min(limits::REMOTE_VOTES_MAX);
    (question, Tally { votes: options.map(|option| count(option.votes)).collect(), voters: poll.voters.map(count) })
}
