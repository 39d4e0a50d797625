//! An object: a note, a question, or one of the things of other software that can be read as a post.
//!
//! Texts come out as they came, as HTML that is not sanitised; what came as plain text or Markdown becomes HTML that
//! shows it. Whether to believe the object (it was fetched from its own server, or sent by its author) is decided above;
//! that its author is on its own server is checked here.
//!
//! How to add a field: its reading in the file of its kind below `object/`, and a fixture that has it.

mod attachment;
mod poll;
mod quote;
mod tag;
mod text;

use jiff::Timestamp;
use serde_json::Value;

use crate::audience::Audience;
use crate::document::{DocumentError, Fields, address_of};
use crate::emoji::Emoji;
use crate::limits::{AUDIENCE_MAX, URI_BYTES_MAX};
use crate::link::Link;
use crate::reference::Reference;
use crate::uri::{Uri, UriRules};

pub use attachment::{Attachment, AttachmentKind};
pub use poll::{Poll, PollOption};
pub use quote::QuotePolicy;
pub use tag::MentionTag;

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectKind {
    /// A text with a title.
    Article,
    /// A sound.
    Audio,
    /// Something that takes place.
    Event,
    /// A picture.
    Image,
    /// A post.
    Note,
    /// A link or text in a community.
    Page,
    /// A post with a poll.
    Question,
    /// A film.
    Video,
}

impl ObjectKind {
    /// The kind of this name.
    #[must_use]
    pub fn of(name: &str) -> Option<ObjectKind> {
        match name {
            "Article" => Some(ObjectKind::Article),
            "Audio" => Some(ObjectKind::Audio),
            "Event" => Some(ObjectKind::Event),
            "Image" => Some(ObjectKind::Image),
            "Note" => Some(ObjectKind::Note),
            "Page" => Some(ObjectKind::Page),
            "Question" => Some(ObjectKind::Question),
            "Video" => Some(ObjectKind::Video),
            _ => None,
        }
    }

    /// Whether it is a post as it is; the others are shown as their title and a link, or as their text.
    #[must_use]
    pub fn is_native(self) -> bool {
        matches!(self, ObjectKind::Note | ObjectKind::Question)
    }
}

/// An object, within the bounds of [`limits`](crate::limits). Empty texts are texts that are not there.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// Its address.
    pub id: Uri,
    /// What it is.
    pub kind: ObjectKind,
    /// Its author, on the same server.
    pub attributed_to: Uri,
    /// The title, or the option that a vote is for. Plain text.
    pub name: Option<String>,
    /// HTML, not sanitised.
    pub content: String,
    /// The language of the content, as a code.
    pub language: Option<String>,
    /// The warning of a note (plain text), the abstract of anything else (HTML, not sanitised).
    pub summary: String,
    /// To be shown only to who asks.
    pub sensitive: bool,
    /// Its page for people, on any server.
    pub url: Option<Uri>,
    /// What a page of a community links to.
    pub link: Option<Uri>,
    /// When it was made.
    pub published: Option<Timestamp>,
    /// When it was last edited.
    pub updated: Option<Timestamp>,
    /// Whom it is for.
    pub to: Vec<String>,
    /// Who gets it, too.
    pub cc: Vec<String>,
    /// What it replies to.
    pub in_reply_to: Option<Uri>,
    /// The conversation it is in, as OStatus called them: often no address.
    pub conversation: Option<String>,
    /// The conversation it is in, as a collection or a name.
    pub context: Option<String>,
    /// Whom it mentions.
    pub mentions: Vec<MentionTag>,
    /// Its hashtags, without `#`.
    pub hashtags: Vec<String>,
    /// Custom emoji in its texts.
    pub emojis: Vec<Emoji>,
    /// Its pictures, sounds and films.
    pub attachments: Vec<Attachment>,
    /// The poll of a question.
    pub poll: Option<Poll>,
    /// What it quotes.
    pub quote: Option<Uri>,
    /// The word of the quoted author that it may.
    pub quote_authorization: Option<Uri>,
    /// Who may quote it.
    pub quote_policy: Option<QuotePolicy>,
    /// The collection of its replies.
    pub replies: Option<Reference>,
    /// How many like it.
    pub likes_total: Option<u64>,
    /// How many have announced it.
    pub shares_total: Option<u64>,
}

impl Object {
    /// Reads an object's document.
    ///
    /// # Errors
    /// It is none of the kinds, has no acceptable address or author, or the author is on another server.
    pub fn read(value: &Value, rules: UriRules) -> Result<Object, DocumentError> {
        let fields = Fields::of_document(value, rules)?;
        let kind = fields.types().find_map(ObjectKind::of).ok_or(DocumentError::WrongType)?;
        let id = fields.required_uri("id")?;
        let attributed_to = read_author(&fields)?;
        if attributed_to.origin() != id.origin() {
            return Err(DocumentError::Foreign("attributedTo"));
        }
        let content = text::content(&fields);
        let total = |name| fields.object(name).and_then(|collection| collection.number("totalItems"));
        let (mentions, hashtags) = tag::read_all(&fields);
        Ok(Object {
            id,
            kind,
            attributed_to,
            name: text::plain(&fields, "name", "nameMap"),
            content: content.html,
            language: content.language.or_else(|| read_language(&fields)),
            summary: text::plain(&fields, "summary", "summaryMap").unwrap_or_default(),
            sensitive: fields.flag("sensitive"),
            url: Link::page(&Link::read_all(&fields, "url")),
            link: attachment::read_link(&fields),
            published: fields.time("published"),
            updated: fields.time("updated"),
            to: fields.addresses("to", AUDIENCE_MAX),
            cc: fields.addresses("cc", AUDIENCE_MAX),
            in_reply_to: fields.uri("inReplyTo"),
            conversation: name_of(&fields, "conversation"),
            context: name_of(&fields, "context"),
            mentions,
            hashtags,
            emojis: Emoji::read_all(&fields),
            attachments: attachment::read_all(&fields, kind),
            poll: poll::read(&fields),
            quote: quote::read(&fields),
            quote_authorization: fields.uri("quoteAuthorization"),
            quote_policy: quote::read_policy(&fields),
            replies: Reference::first(&fields, "replies"),
            likes_total: total("likes"),
            shares_total: total("shares"),
        })
    }

    /// Whether it is a vote in the poll that it replies to: a note with a name (the option) and nothing to read.
    #[must_use]
    pub fn is_vote(&self) -> bool {
        let says_nothing = self.content.is_empty() && self.attachments.is_empty();
        self.kind == ObjectKind::Note && self.name.is_some() && self.in_reply_to.is_some() && says_nothing
    }

    /// Who may see it; `followers` is its author's collection.
    #[must_use]
    pub fn audience(&self, followers: Option<&str>) -> Audience {
        Audience::of(&self.to, &self.cc, followers)
    }
}

/// The author. Of several (PeerTube names account and channel) the first person, else the first.
fn read_author(fields: &Fields<'_>) -> Result<Uri, DocumentError> {
    const AUTHORS_MAX: usize = 16;
    let name = if fields.get("attributedTo").is_some() { "attributedTo" } else { "actor" };
    let person = fields.objects(name, AUTHORS_MAX).find(|author| author.is("Person"));
    match person {
        Some(person) => person.required_uri("id"),
        None => fields.required_uri(name).map_err(|error| match error {
            DocumentError::Missing(_) => DocumentError::Missing("attributedTo"),
            other => other,
        }),
    }
}

/// The language as PeerTube and Lemmy name it, beside the content.
fn read_language(fields: &Fields<'_>) -> Option<String> {
    fields.object("language").and_then(|language| language.text("identifier")).and_then(text::language)
}

/// An address or any other name of something.
fn name_of(fields: &Fields<'_>, name: &str) -> Option<String> {
    let text = fields.list(name, 1).next().and_then(address_of)?;
    (!text.is_empty() && text.len() <= URI_BYTES_MAX).then(|| text.to_owned())
}

#[cfg(test)]
mod tests;
