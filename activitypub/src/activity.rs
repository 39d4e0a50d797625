//! An activity: what somebody did, and to what.
//!
//! Nothing is believed here that is said about others: what an activity embeds is a [`Reference`], and who reads it asks
//! whether its origin is the sender's. Whether the actor signed is not known here.

use jiff::Timestamp;
use serde_json::Value;

use crate::document::{DocumentError, Fields, cut, is_longer};
use crate::emoji::Emoji;
use crate::limits::{AUDIENCE_MAX, FLAG_COMMENT_CHARS_MAX, FLAG_OBJECTS_MAX, REACTION_CHARS_MAX};
use crate::reference::Reference;
use crate::uri::{Uri, UriRules};

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActivityKind {
    /// Said yes to a follow or a request.
    Accept,
    /// Put something into a collection.
    Add,
    /// Passed something on.
    Announce,
    /// Wants nothing to do with somebody.
    Block,
    /// Made something.
    Create,
    /// Took something away for good.
    Delete,
    /// Reacted with an emoji.
    EmojiReact,
    /// Reported.
    Flag,
    /// Wants to hear from somebody.
    Follow,
    /// Likes something; with an emoji, if it comes from Misskey.
    Like,
    /// Has gone elsewhere.
    Move,
    /// Asks to quote (FEP-044f).
    QuoteRequest,
    /// Said no, or took a yes back.
    Reject,
    /// Took something out of a collection.
    Remove,
    /// Took an earlier activity back.
    Undo,
    /// Changed something.
    Update,
    /// Anything else, by its name.
    Other(String),
}

impl ActivityKind {
    /// The kind of this name.
    #[must_use]
    pub fn of(name: &str) -> ActivityKind {
        match name {
            "Accept" => ActivityKind::Accept,
            "Add" => ActivityKind::Add,
            "Announce" => ActivityKind::Announce,
            "Block" => ActivityKind::Block,
            "Create" => ActivityKind::Create,
            "Delete" => ActivityKind::Delete,
            "EmojiReact" => ActivityKind::EmojiReact,
            "Flag" => ActivityKind::Flag,
            "Follow" => ActivityKind::Follow,
            "Like" => ActivityKind::Like,
            "Move" => ActivityKind::Move,
            "QuoteRequest" => ActivityKind::QuoteRequest,
            "Reject" => ActivityKind::Reject,
            "Remove" => ActivityKind::Remove,
            "Undo" => ActivityKind::Undo,
            "Update" => ActivityKind::Update,
            other => ActivityKind::Other(other.to_owned()),
        }
    }
}

/// An activity, within the bounds of [`limits`](crate::limits).
#[derive(Clone, Debug, PartialEq)]
pub struct Activity {
    /// Its address; some kinds of some software have none.
    pub id: Option<Uri>,
    /// Who did it.
    pub actor: Uri,
    /// What was done.
    pub kind: ActivityKind,
    /// Whom it is for.
    pub to: Vec<String>,
    /// Who gets it, too.
    pub cc: Vec<String>,
    /// When it was done.
    pub published: Option<Timestamp>,
    /// What it was done to; of several the first.
    pub object: Reference,
    /// All that it was done to: a report names several.
    pub objects: Vec<Reference>,
    /// Where something was put, or whereto somebody went.
    pub target: Option<Reference>,
    /// With what: the post that wants to quote.
    pub instrument: Option<Reference>,
    /// What came of it: the authorization, where a request to quote is accepted.
    pub result: Option<Reference>,
    /// The emoji of a reaction (a shortcode in colons, where it is a custom one), the comment of a report.
    pub content: Option<String>,
    /// The custom emoji of a reaction.
    pub emoji: Option<Emoji>,
    /// It bears a signature of its own (which is not looked at here): it may be passed on to others.
    pub has_signature: bool,
}

impl Activity {
    /// Reads an activity's document.
    ///
    /// # Errors
    /// It has no type, no acceptable actor or no object, or an id that is no acceptable address.
    pub fn read(value: &Value, rules: UriRules) -> Result<Activity, DocumentError> {
        let fields = Fields::of_document(value, rules)?;
        let kind = read_kind(&fields)?;
        let id = fields.get("id").map(|_| fields.required_uri("id")).transpose()?;
        let actor = fields.required_uri("actor")?;
        let objects = Reference::all(&fields, "object", FLAG_OBJECTS_MAX);
        let missing = || match fields.get("object") {
            None => DocumentError::Missing("object"),
            Some(_) => DocumentError::Malformed("object"),
        };
        Ok(Activity {
            id,
            actor,
            to: fields.addresses("to", AUDIENCE_MAX),
            cc: fields.addresses("cc", AUDIENCE_MAX),
            published: fields.time("published"),
            object: objects.first().cloned().ok_or_else(missing)?,
            objects,
            target: Reference::first(&fields, "target"),
            instrument: Reference::first(&fields, "instrument"),
            result: Reference::first(&fields, "result"),
            content: read_content(&fields, &kind),
            emoji: read_emoji(&fields, &kind),
            kind,
            has_signature: fields.get("signature").is_some_and(Value::is_object),
        })
    }

    /// Whether its address is on its actor's server: one that is elsewhere was not made by the actor. An activity without
    /// an address has none elsewhere.
    #[must_use]
    pub fn is_of_its_actor(&self) -> bool {
        self.id.as_ref().is_none_or(|id| id.origin() == self.actor.origin())
    }
}

/// The first type that is known, else the first.
fn read_kind(fields: &Fields<'_>) -> Result<ActivityKind, DocumentError> {
    let is_known = |kind: &ActivityKind| !matches!(kind, ActivityKind::Other(_));
    let known = fields.types().map(ActivityKind::of).find(is_known);
    known.or_else(|| fields.types().map(ActivityKind::of).next()).ok_or(DocumentError::Missing("type"))
}

fn read_content(fields: &Fields<'_>, kind: &ActivityKind) -> Option<String> {
    match kind {
        ActivityKind::Flag => fields.text("content").map(|comment| cut(comment, FLAG_COMMENT_CHARS_MAX)),
        ActivityKind::Like | ActivityKind::EmojiReact => {
            let reaction = fields.text("content").or_else(|| fields.text("_misskey_reaction"))?.trim();
            (!is_longer(reaction, REACTION_CHARS_MAX)).then(|| reaction.to_owned())
        }
        _ => None,
    }
}

/// The emoji among the tags that the reaction names; where it names none of them, it is none of them.
fn read_emoji(fields: &Fields<'_>, kind: &ActivityKind) -> Option<Emoji> {
    let reaction = read_content(fields, kind).filter(|_| *kind != ActivityKind::Flag)?;
    let shortcode = reaction.strip_prefix(':')?.strip_suffix(':')?;
    let local = shortcode.split('@').next().unwrap_or_default();
    let named = |emoji: &Emoji| emoji.shortcode == shortcode || emoji.shortcode == local;
    Emoji::read_all(fields).into_iter().find(named)
}

#[cfg(test)]
mod tests;
