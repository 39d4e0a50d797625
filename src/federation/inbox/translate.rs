//! From a stored activity to commands. What is refused is refused for good; only faults are tried again.
//!
//! By now the signer is known. What the activity embeds is believed as far as it is of the signer's own server; all else
//! is asked of the server that it is of. How to add a kind: a line in [`carry_out`], and a file beside this one.

use chronodon_activitypub::activity::{Activity, ActivityKind};
use chronodon_activitypub::json;
use chronodon_activitypub::reference::Reference;
use chronodon_activitypub::uri::{Uri, UriRules};
use chronodon_events::{AccountId, StatusId};
use chronodon_projections::ProjectionError;
use chronodon_projections::core::accounts::{self, Account};
use chronodon_projections::core::statuses::Status;

use super::queue::Row;
use super::{accept, announces, creates, deletes, flags, follows, forwarded, pins, quotes, reactions, undo, updates};
use crate::app::App;
use crate::commands::{By, CommandError};
use crate::federation::delivery;
use crate::federation::resolve::ResolveError;
use crate::ids;

/// An activity, and who sent it.
pub(super) struct Received<'a> {
    pub(super) app: &'a App,
    /// Who signed; the actor, unless the activity was passed on.
    pub(super) signer: &'a Account,
    pub(super) activity: &'a Activity,
    pub(super) by: By,
}

/// What has become of an activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Carried out, or so already.
    Done,
    /// About nothing that anybody here knows or follows.
    Irrelevant,
    /// Of a kind that is not understood here.
    Unsupported,
}

/// Why an activity is not carried out.
#[derive(Debug)]
pub(super) enum Stop {
    /// For good.
    Refused(String),
    /// Another server does not answer.
    Theirs(String),
    /// The log or the database cannot do it now.
    Ours(String),
}

pub(super) type Translated = Result<Outcome, Stop>;

impl From<CommandError> for Stop {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Refused(refusal) => Self::Refused(refusal.to_string()),
            error => Self::Ours(error.to_string()),
        }
    }
}

impl From<ResolveError> for Stop {
    fn from(error: ResolveError) -> Self {
        match error {
            error if error.is_final() => Self::Refused(error.to_string()),
            ResolveError::Fault(why) => Self::Ours(why.to_string()),
            error => Self::Theirs(error.to_string()),
        }
    }
}

impl From<ProjectionError> for Stop {
    fn from(error: ProjectionError) -> Self {
        Self::Ours(error.to_string())
    }
}

impl Stop {
    pub(super) fn refused(why: &str) -> Self {
        Self::Refused(why.to_owned())
    }
}

impl Received<'_> {
    /// The signer.
    pub(super) fn account(&self) -> AccountId {
        AccountId(self.signer.id)
    }

    /// Its actor's address.
    pub(super) fn uri(&self) -> &str {
        self.signer.uri.as_deref().unwrap_or_default()
    }

    pub(super) fn rules(&self) -> UriRules {
        self.app.egress.rules()
    }

    /// Whether the signer's own server is this address's: what it says of it is believed.
    pub(super) fn owns(&self, uri: &Uri) -> bool {
        self.activity.actor.origin() == uri.origin()
    }

    /// The signer's server has this status of ours, whoever it was sent to: it hears of edits and of its end.
    pub(super) async fn engaged(&self, status: &Status) -> Result<(), Stop> {
        let inbox = self.signer.shared_inbox.as_ref().or(self.signer.inbox.as_ref());
        let Some(inbox) = inbox.filter(|_| status.local) else { return Ok(()) };
        let noted = delivery::engaged(self.app, StatusId(status.id), inbox).await;
        noted.map_err(|error| Stop::Ours(error.to_string()))
    }

    /// Who commands, for another part of what the activity asks for: each has an id of its own, so that none passes for a
    /// repetition of another.
    pub(super) fn part(&self, index: usize) -> By {
        self.by.retried_as(ids::derived(self.by.request.unwrap_or_default(), index))
    }
}

/// Does what a stored activity asks for.
pub(super) async fn translate(app: &App, row: &Row) -> Translated {
    let unread = |error: &dyn std::error::Error| Stop::Refused(error.to_string());
    let document = json::read(&row.body).map_err(|error| unread(&error))?;
    let activity = Activity::read(&document, app.egress.rules()).map_err(|error| unread(&error))?;
    // Gone since; so is all that it could say.
    let Some(signer) = accounts::remote::by_uri(&app.reader, &row.signer).await? else {
        return Ok(Outcome::Irrelevant);
    };
    let id = activity.id.as_ref().map_or_else(|| hex::encode(&row.dedup), Uri::to_string);
    // Misskey names every follow between the same two alike: one that comes again after an Undo is another one.
    let again = if activity.kind == ActivityKind::Follow { row.id.to_string() } else { String::new() };
    let by = By::inbox(AccountId(signer.id), ids::command_id_of(&["inbox", &row.signer, &id, &again]));
    let received = Received { app, signer: &signer, activity: &activity, by };
    if activity.actor.as_str() == row.signer { carry_out(&received).await } else { forwarded::check(&received).await }
}

async fn carry_out(received: &Received<'_>) -> Translated {
    match &received.activity.kind {
        ActivityKind::Accept => accept::accept(received).await,
        ActivityKind::Add => pins::add(received).await,
        ActivityKind::Announce => announces::announce(received).await,
        ActivityKind::Block => follows::block(received).await,
        ActivityKind::Create => creates::create(received).await,
        ActivityKind::Delete => deletes::delete(received).await,
        ActivityKind::EmojiReact | ActivityKind::Like => reactions::like(received).await,
        ActivityKind::Flag => flags::flag(received).await,
        ActivityKind::Follow => follows::follow(received).await,
        ActivityKind::Move => updates::move_away(received).await,
        ActivityKind::QuoteRequest => quotes::request(received).await,
        ActivityKind::Reject => accept::reject(received).await,
        ActivityKind::Remove => pins::remove(received).await,
        ActivityKind::Undo => undo::undo(received).await,
        ActivityKind::Update => updates::update(received).await,
        ActivityKind::Other(_) => Ok(Outcome::Unsupported),
    }
}

/// The address of what an activity is about in the end: what is about one thing is dealt with in order. Who follows or
/// blocks somebody is about the two alone.
pub(super) fn subject(activity: &Activity, rules: UriRules) -> Option<String> {
    let inner = |reference: &Reference| {
        let object = reference.embedded().and_then(|value| value.get("object"));
        object.and_then(|object| Reference::read(object, rules).ok()).and_then(|object| object.id().map(Uri::to_string))
    };
    let object = inner(&activity.object).or_else(|| activity.object.id().map(Uri::to_string))?;
    let of_two = |reference: &Reference| reference.is("Follow") || reference.is("Block");
    let pair = matches!(activity.kind, ActivityKind::Follow | ActivityKind::Block) || of_two(&activity.object);
    Some(if pair { format!("{} {object}", activity.actor) } else { object })
}
