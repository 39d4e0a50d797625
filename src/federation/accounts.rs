//! What other servers say of their accounts, as it is kept here: texts sanitised, lists cut, the handle proven.

use chronodon_activitypub::actor::{Actor, ActorKind as Kind, Picture};
use chronodon_activitypub::emoji::Emoji;
use chronodon_activitypub::webfinger::Handle;
use chronodon_domain::{limits, text};
use chronodon_events::remote::{ActorKey, ActorKind, RemoteActor, RemoteEmoji, RemotePicture};
use chronodon_events::values::{Field, Profile};
use chronodon_projections::core::accounts::{self, Account};
use jiff::Timestamp;

use super::resolve::{self, ResolveError};
use crate::app::App;
use crate::clock;
use crate::commands::By;

/// Takes in what an actor's own server says of it. That it is that server's word, the caller has checked.
///
/// # Errors
/// When its handle is not its own or its server is refused, and when the log or the database cannot be reached.
pub async fn take(app: &App, by: By, actor: &Actor) -> Result<Account, ResolveError> {
    let handle = handle_of(app, actor).await?;
    take_as(app, by, actor, &handle).await
}

/// The same for an actor whose handle has been proven.
///
/// # Errors
/// As [`take`].
pub async fn take_as(app: &App, by: By, actor: &Actor, handle: &Handle) -> Result<Account, ResolveError> {
    let is_own = super::own::read(app, &actor.id).is_some() || resolve::is_own_domain(app, &handle.domain);
    if is_own || handle.username.to_lowercase() != actor.username.to_lowercase() {
        return Err(ResolveError::Invalid("handle"));
    }
    if resolve::is_refused(app, &actor.id) {
        return Err(ResolveError::Refused);
    }
    app.documents.note_asked(actor.id.as_str());
    app.commands.discover_account(by, describe(actor, handle)).await?;
    let found = accounts::remote::by_uri(&app.reader, actor.id.as_str()).await?;
    found.ok_or(ResolveError::Gone)
}

/// The actor's handle: the one that was proven before, unless the actor says another.
///
/// # Errors
/// When its domain does not name the actor, or does not answer.
pub async fn handle_of(app: &App, actor: &Actor) -> Result<Handle, ResolveError> {
    if resolve::is_refused(app, &actor.id) {
        return Err(ResolveError::Refused);
    }
    let known = accounts::remote::by_uri(&app.reader, actor.id.as_str()).await?;
    let known = known.filter(|known| known.username == actor.username).and_then(|known| known.domain);
    let known = known.map(|domain| Handle { username: actor.username.clone(), domain });
    let says_so = |handle: &Handle| actor.webfinger.as_ref().is_none_or(|said| *said == handle.to_string());
    match known.filter(says_so) {
        Some(known) => Ok(known),
        None => resolve::prove(app, actor).await,
    }
}

/// What is kept of what an actor says.
#[must_use]
pub fn describe(actor: &Actor, handle: &Handle) -> RemoteActor {
    let address = |uri: &Option<_>| uri.as_ref().map(ToString::to_string);
    let url = actor.url.as_ref().unwrap_or(&actor.id);
    RemoteActor {
        uri: actor.id.to_string(),
        url: url.to_string(),
        username: actor.username.clone(),
        domain: handle.domain.clone(),
        kind: kind(actor.kind),
        profile: profile(actor),
        avatar: actor.icon.as_ref().map(picture),
        header: actor.image.as_ref().map(picture),
        emojis: emojis(&actor.emojis),
        inbox: actor.inbox.to_string(),
        shared_inbox: address(&actor.shared_inbox),
        outbox: address(&actor.outbox),
        followers: address(&actor.followers),
        following: address(&actor.following),
        featured: address(&actor.featured),
        keys: actor.keys.iter().map(|key| ActorKey { uri: key.id.clone(), pem: key.key.to_pem() }).collect(),
        also_known_as: actor.also_known_as.iter().map(ToString::to_string).collect(),
        moved_to: address(&actor.moved_to),
        attribution_domains: actor.attribution_domains.iter().take(limits::ATTRIBUTION_DOMAINS_MAX).cloned().collect(),
        memorial: actor.memorial,
        suspended: actor.suspended,
        published: actor.published.map(|at| past(at, clock::now())),
    }
}

fn profile(actor: &Actor) -> Profile {
    let field = |field: &chronodon_activitypub::actor::ProfileField| Field {
        name: plain(&field.name),
        value: text::sanitise_html(&field.value),
        verified_at: None,
    };
    Profile {
        display_name: plain(&actor.name),
        note: text::sanitise_html(&actor.summary),
        fields: actor.fields.iter().take(limits::REMOTE_PROFILE_FIELDS_MAX).map(field).collect(),
        avatar: None,
        header: None,
        locked: actor.locked,
        bot: matches!(actor.kind, Kind::Application | Kind::Service),
        discoverable: actor.discoverable,
        indexable: actor.indexable,
        hide_collections: false,
    }
}

fn kind(kind: Kind) -> ActorKind {
    match kind {
        Kind::Application => ActorKind::Application,
        Kind::Group => ActorKind::Group,
        Kind::Organization => ActorKind::Organization,
        Kind::Person => ActorKind::Person,
        Kind::Service => ActorKind::Service,
    }
}

fn picture(picture: &Picture) -> RemotePicture {
    RemotePicture { url: picture.url.to_string(), description: plain(&picture.description) }
}

pub(super) fn emojis(emojis: &[Emoji]) -> Vec<RemoteEmoji> {
    let kept = |emoji: &Emoji| RemoteEmoji { shortcode: emoji.shortcode.clone(), url: emoji.url.to_string() };
    emojis.iter().map(kept).collect()
}

/// Plain text of one line: what terminals and right-to-left marks could do to a page is taken out.
pub(super) fn plain(given: &str) -> String {
    text::strip_controls(given).replace(['\n', '\t'], " ").trim().to_owned()
}

/// A time that is neither to come nor before there were such things, which no table here could hold.
pub(super) fn past(at: Timestamp, now: Timestamp) -> Timestamp {
    at.clamp(Timestamp::UNIX_EPOCH, now)
}
