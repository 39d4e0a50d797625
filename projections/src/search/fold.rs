//! Folds events into documents: a pure function of the documents and one event.

use chronodon_domain::text;
use chronodon_events::account::AccountEvent;
use chronodon_events::media::MediaEvent;
use chronodon_events::remote::{RemoteActor, RemoteStatus};
use chronodon_events::status::{StatusEdited, StatusEvent, StatusPosted};
use chronodon_events::values::{Poll, Profile, Visibility};
use chronodon_events::{AccountId, Event, MediaId};

use super::document::{Account, Document, Key, Media, Status};
use super::error::SearchError;

/// The documents that events fold over.
pub(super) trait Documents {
    fn get(&self, key: Key) -> Result<Option<Document>, SearchError>;
    fn put(&mut self, document: Document);
    fn remove(&mut self, key: Key);
}

/// Whether folding the event could change a document.
pub(super) const fn concerns(event: &Event) -> bool {
    matches!(event, Event::Account(_) | Event::Media(_) | Event::Status(_))
}

/// Folds one event. The same event twice is the same as once.
pub(super) fn apply(documents: &mut impl Documents, event: &Event) -> Result<(), SearchError> {
    match event {
        Event::Account(event) => account(documents, event),
        Event::Media(event) => media(documents, event),
        Event::Status(event) => status(documents, event),
        _ => Ok(()),
    }
}

fn account(documents: &mut impl Documents, event: &AccountEvent) -> Result<(), SearchError> {
    match event {
        AccountEvent::Registered(e) => {
            documents.put(Document::Account(named(e.account_id.get(), &e.username, &e.profile)));
        }
        AccountEvent::ProfileUpdated(e) => {
            let id = e.account_id.get();
            if let Some(Document::Account(account)) = documents.get(Key::Account(id))? {
                documents.put(Document::Account(named(id, &account.username, &e.profile)));
            }
        }
        AccountEvent::Discovered(e) => documents.put(Document::Account(elsewhere(e.account_id, &e.actor))),
        AccountEvent::Refreshed(e) if documents.get(Key::Account(e.account_id.get()))?.is_some() => {
            documents.put(Document::Account(elsewhere(e.account_id, &e.actor)));
        }
        AccountEvent::Deleted(e) => documents.remove(Key::Account(e.account_id.get())),
        AccountEvent::Rejected(e) => documents.remove(Key::Account(e.account_id.get())),
        // Whether an account may be shown at all is looked up when somebody searches.
        _ => {}
    }
    Ok(())
}

fn named(id: i64, username: &str, profile: &Profile) -> Account {
    Account {
        id,
        username: username.to_owned(),
        display_name: profile.display_name.clone(),
        note: profile.note.clone(),
        discoverable: profile.discoverable,
        indexable: profile.indexable,
    }
}

fn elsewhere(id: AccountId, actor: &RemoteActor) -> Account {
    let note = text::html_to_plain(&actor.profile.note);
    Account { note, ..named(id.get(), &actor.username, &actor.profile) }
}

/// What a reader of a status reads.
fn plain(text: &str, local: bool) -> String {
    if local { text.to_owned() } else { text::html_to_plain(text) }
}

fn media(documents: &mut impl Documents, event: &MediaEvent) -> Result<(), SearchError> {
    match event {
        MediaEvent::Uploaded(e) => {
            let description = e.description.clone();
            documents.put(Document::Media(Media { id: e.media_id.get(), description, status_id: None }));
        }
        MediaEvent::Updated(e) => {
            let Some(Document::Media(mut media)) = documents.get(Key::Media(e.media_id.get()))? else { return Ok(()) };
            media.description.clone_from(&e.description);
            if let Some(id) = media.status_id
                && let Some(Document::Status(mut status)) = documents.get(Key::Status(id))?
            {
                let described = status.media.iter_mut().find(|(attached, _)| *attached == media.id);
                if let Some((_, description)) = described {
                    description.clone_from(&e.description);
                }
                documents.put(Document::Status(status));
            }
            documents.put(Document::Media(media));
        }
        MediaEvent::Removed(e) => documents.remove(Key::Media(e.media_id.get())),
        MediaEvent::Processed(_) | MediaEvent::Failed(_) => {}
    }
    Ok(())
}

fn status(documents: &mut impl Documents, event: &StatusEvent) -> Result<(), SearchError> {
    match event {
        StatusEvent::Posted(e) => post(documents, e),
        StatusEvent::Edited(e) => edit(documents, e),
        StatusEvent::Deleted(e) => {
            documents.remove(Key::Status(e.status_id.get()));
            Ok(())
        }
        StatusEvent::Pinned(_) | StatusEvent::Unpinned(_) | StatusEvent::QuotePolicyChanged(_) => Ok(()),
    }
}

fn post(documents: &mut impl Documents, e: &StatusPosted) -> Result<(), SearchError> {
    describe(documents, e.remote.as_ref());
    let media = attach(documents, e.status_id.get(), &e.media_ids)?;
    documents.put(Document::Status(Status {
        id: e.status_id.get(),
        account_id: e.account_id.get(),
        created_at: e.created_at,
        text: plain(&e.text, e.remote.is_none()),
        spoiler_text: e.spoiler_text.clone(),
        options: options(e.poll.as_ref()),
        media,
        tags: e.hashtags.iter().map(|hashtag| hashtag.key.clone()).collect(),
        language: e.language.clone(),
        public: e.visibility == Visibility::Public,
        reply: e.in_reply_to.is_some(),
        sensitive: e.sensitive,
        link: has_link(&e.text),
    }));
    Ok(())
}

/// An edit of what is not there is nothing: its post was erased.
fn edit(documents: &mut impl Documents, e: &StatusEdited) -> Result<(), SearchError> {
    let id = e.status_id.get();
    let Some(Document::Status(before)) = documents.get(Key::Status(id))? else { return Ok(()) };
    describe(documents, e.remote.as_ref());
    let media = attach(documents, id, &e.media_ids)?;
    documents.put(Document::Status(Status {
        text: plain(&e.text, e.remote.is_none()),
        spoiler_text: e.spoiler_text.clone(),
        options: options(e.poll.as_ref()),
        media,
        tags: e.hashtags.iter().map(|hashtag| hashtag.key.clone()).collect(),
        language: e.language.clone(),
        sensitive: e.sensitive,
        link: has_link(&e.text),
        ..before
    }));
    Ok(())
}

/// Attachments from elsewhere come with their status.
fn describe(documents: &mut impl Documents, remote: Option<&RemoteStatus>) {
    for attachment in remote.into_iter().flat_map(|remote| &remote.attachments) {
        let description = attachment.description.clone();
        documents.put(Document::Media(Media { id: attachment.media_id.get(), description, status_id: None }));
    }
}

/// Makes the attachments know their status, and tells how they are described.
fn attach(documents: &mut impl Documents, status: i64, ids: &[MediaId]) -> Result<Vec<(i64, String)>, SearchError> {
    let mut attached = Vec::with_capacity(ids.len());
    for id in ids {
        let mut description = String::new();
        if let Some(Document::Media(mut media)) = documents.get(Key::Media(id.get()))? {
            media.status_id = Some(status);
            description.clone_from(&media.description);
            documents.put(Document::Media(media));
        }
        attached.push((id.get(), description));
    }
    Ok(attached)
}

fn options(poll: Option<&Poll>) -> Vec<String> {
    poll.map_or_else(Vec::new, |poll| poll.options.clone())
}

fn has_link(text: &str) -> bool {
    !text::links(text).is_empty()
}
