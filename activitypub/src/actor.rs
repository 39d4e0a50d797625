//! An actor: a person, a group or a program on another server, as its own document describes it.
//!
//! Texts that Mastodon takes as HTML come out as they came in: sanitising is done above. What an actor says about another
//! server than its own is not believed here: an inbox, a collection or a key elsewhere is not its own. Whether the handle
//! is right is asked of the host by WebFinger, above.

mod key_document;

use jiff::Timestamp;
use serde_json::Value;

use crate::document::{DocumentError, Fields, cut, is_longer};
use crate::emoji::Emoji;
use crate::key::PublicKey;
use crate::limits::{
    ACTOR_SUMMARY_CHARS_MAX, ALSO_KNOWN_AS_MAX, ATTACHMENTS_MAX, ATTRIBUTION_DOMAINS_MAX, DESCRIPTION_CHARS_MAX,
    NAME_CHARS_MAX, PROFILE_FIELD_CHARS_MAX, PROFILE_FIELDS_MAX, USERNAME_CHARS_MAX,
};
use crate::link::Link;
use crate::uri::{Uri, UriRules, normalise_domain};
use crate::webfinger::Handle;

pub use key_document::{ActorKey, KeyDocument, read_key, read_key_at};

/// What an actor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActorKind {
    /// A server or its software.
    Application,
    /// A community or a channel.
    Group,
    /// An organisation.
    Organization,
    /// Somebody.
    Person,
    /// A bot.
    Service,
}

impl ActorKind {
    /// The kind of this name.
    #[must_use]
    pub fn of(name: &str) -> Option<ActorKind> {
        match name {
            "Application" => Some(ActorKind::Application),
            "Group" => Some(ActorKind::Group),
            "Organization" => Some(ActorKind::Organization),
            "Person" => Some(ActorKind::Person),
            "Service" => Some(ActorKind::Service),
            _ => None,
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ActorKind::Application => "Application",
            ActorKind::Group => "Group",
            ActorKind::Organization => "Organization",
            ActorKind::Person => "Person",
            ActorKind::Service => "Service",
        }
    }
}

/// An avatar or header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Where it is.
    pub url: Uri,
    /// For those who do not see it; may be empty.
    pub description: String,
}

/// A field of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileField {
    /// Plain text.
    pub name: String,
    /// HTML, not sanitised.
    pub value: String,
}

/// An actor, within the bounds of [`limits`](crate::limits). Empty texts are texts that are not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Its address.
    pub id: Uri,
    /// What it is.
    pub kind: ActorKind,
    /// The name in its handle, in the case it came in.
    pub username: String,
    /// The name it shows.
    pub name: String,
    /// HTML, not sanitised.
    pub summary: String,
    /// Its page for people, on any server.
    pub url: Option<Uri>,
    /// Where to send to, on its own server as all that follows down to `featured_tags`.
    pub inbox: Uri,
    /// Where to send what is for several on that server.
    pub shared_inbox: Option<Uri>,
    /// What it has posted.
    pub outbox: Option<Uri>,
    /// Who follows it.
    pub followers: Option<Uri>,
    /// Whom it follows.
    pub following: Option<Uri>,
    /// What it has pinned.
    pub featured: Option<Uri>,
    /// The hashtags on its profile.
    pub featured_tags: Option<Uri>,
    /// Its avatar.
    pub icon: Option<Picture>,
    /// Its header.
    pub image: Option<Picture>,
    /// Decides itself who may follow.
    pub locked: bool,
    /// Wants to be recommended.
    pub discoverable: bool,
    /// Wants its posts to be found.
    pub indexable: bool,
    /// Of somebody who has died.
    pub memorial: bool,
    /// Suspended by its own server.
    pub suspended: bool,
    /// Since when it is there.
    pub published: Option<Timestamp>,
    /// Where it has gone; never itself.
    pub moved_to: Option<Uri>,
    /// Who it says it also is; never itself.
    pub also_known_as: Vec<Uri>,
    /// Sites that may name it as author, normalised.
    pub attribution_domains: Vec<String>,
    /// The fields of its profile.
    pub fields: Vec<ProfileField>,
    /// Custom emoji in name, summary and fields.
    pub emojis: Vec<Emoji>,
    /// The keys that it signs with.
    pub keys: Vec<ActorKey>,
    /// The handle it says it has (FEP-2c59), without `acct:`.
    pub webfinger: Option<String>,
}

impl Actor {
    /// Reads an actor's document.
    ///
    /// # Errors
    /// It is no actor, has no acceptable address, username or inbox, or its inbox is on another server.
    pub fn read(value: &Value, rules: UriRules) -> Result<Actor, DocumentError> {
        let fields = Fields::of_document(value, rules)?;
        let kind = fields.types().find_map(ActorKind::of).ok_or(DocumentError::WrongType)?;
        let id = read_id(&fields)?;
        let inbox = fields.required_uri("inbox")?;
        if inbox.origin() != id.origin() {
            return Err(DocumentError::Foreign("inbox"));
        }
        let own = |fields: &Fields<'_>, name| fields.uri(name).filter(|uri| uri.origin() == id.origin());
        let other = |uri: &Uri| *uri != id;
        let also_known_as = fields.addresses("alsoKnownAs", ALSO_KNOWN_AS_MAX).into_iter();
        Ok(Actor {
            kind,
            username: read_username(&fields)?,
            name: fields.text("name").map_or_else(String::new, |name| cut(name.trim(), NAME_CHARS_MAX)),
            summary: fields.text("summary").map_or_else(String::new, |text| cut(text, ACTOR_SUMMARY_CHARS_MAX)),
            url: Link::page(&Link::read_all(&fields, "url")),
            inbox,
            shared_inbox: fields.object("endpoints").and_then(|endpoints| own(&endpoints, "sharedInbox")),
            outbox: own(&fields, "outbox"),
            followers: own(&fields, "followers"),
            following: own(&fields, "following"),
            featured: own(&fields, "featured"),
            featured_tags: own(&fields, "featuredTags"),
            icon: read_picture(&fields, "icon"),
            image: read_picture(&fields, "image"),
            locked: fields.flag("manuallyApprovesFollowers"),
            discoverable: fields.flag("discoverable"),
            indexable: fields.flag("indexable"),
            memorial: fields.flag("memorial"),
            suspended: fields.flag("suspended"),
            published: fields.time("published"),
            moved_to: fields.uri("movedTo").filter(other),
            also_known_as: also_known_as.filter_map(|text| Uri::parse(&text, rules).ok()).filter(other).collect(),
            attribution_domains: read_attribution_domains(&fields),
            fields: read_profile_fields(&fields),
            emojis: Emoji::read_all(&fields),
            keys: key_document::read_all(&fields, &id),
            webfinger: fields.text("webfinger").and_then(|text| Handle::parse(text, rules)).map(|it| it.to_string()),
            id,
        })
    }

    /// The key of this address (as [`Uri`] writes it) among the actor's.
    #[must_use]
    pub fn key(&self, id: &str) -> Option<&PublicKey> {
        self.keys.iter().find(|key| key.id == id).map(|key| &key.key)
    }

    /// Whether the actor says, too, that the key is its own.
    #[must_use]
    pub fn confirms(&self, document: &KeyDocument) -> bool {
        self.id == document.owner && self.key(&document.id) == Some(&document.key)
    }
}

fn read_id(fields: &Fields<'_>) -> Result<Uri, DocumentError> {
    let text = fields.text("id").ok_or(DocumentError::Missing("id"))?;
    Uri::parse_actor(text, fields.rules).map_err(|error| DocumentError::Address("id", error))
}

fn read_username(fields: &Fields<'_>) -> Result<String, DocumentError> {
    let username = fields.text("preferredUsername").ok_or(DocumentError::Missing("preferredUsername"))?;
    if is_longer(username, USERNAME_CHARS_MAX) {
        return Err(DocumentError::TooLong("preferredUsername"));
    }
    if !Handle::is_username(username) {
        return Err(DocumentError::Malformed("preferredUsername"));
    }
    Ok(username.to_owned())
}

fn read_picture(fields: &Fields<'_>, name: &str) -> Option<Picture> {
    let value = fields.list(name, 1).next()?;
    if let Some(text) = value.as_str() {
        return Some(Picture { url: Uri::parse(text, fields.rules).ok()?, description: String::new() });
    }
    let picture = Fields::of(value, fields.rules)?;
    let links = Link::read_all(&picture, "url");
    let url = links.into_iter().next().map(|link| link.href).or_else(|| picture.uri("href"))?;
    let description = picture.text("summary").or_else(|| picture.text("name")).unwrap_or_default();
    Some(Picture { url, description: cut(description.trim(), DESCRIPTION_CHARS_MAX) })
}

fn read_attribution_domains(fields: &Fields<'_>) -> Vec<String> {
    let domains = fields.list("attributionDomains", ATTRIBUTION_DOMAINS_MAX).filter_map(Value::as_str);
    domains.filter_map(|domain| normalise_domain(domain, fields.rules)).collect()
}

fn read_profile_fields(fields: &Fields<'_>) -> Vec<ProfileField> {
    let text = |field: &Fields<'_>, name| field.text(name).map(|text| cut(text, PROFILE_FIELD_CHARS_MAX));
    let read = |field: Fields<'_>| {
        let name = text(&field, "name")?;
        Some(ProfileField { name, value: text(&field, "value").unwrap_or_default() })
    };
    let attachments = fields.objects("attachment", PROFILE_FIELDS_MAX + ATTACHMENTS_MAX);
    attachments.filter(|field| field.is("PropertyValue")).filter_map(read).take(PROFILE_FIELDS_MAX).collect()
}

#[cfg(test)]
mod tests;
