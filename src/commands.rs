//! The only way to change anything: gather facts, decide, append, and wait until the answer can be read.
//!
//! A command is a method in the file of its noun. It loads one stream, asks the domain's decider what follows, and
//! appends that at the version it loaded; when somebody else was first it decides again. The log is a private field
//! here and nowhere else. To add a command: add a method in `commands/<noun>.rs` that ends in [`Commands::execute`].

mod account_domain_blocks;
mod accounts;
mod apps;
mod bookmarks;
mod conversation_mutes;
mod custom_emojis;
mod domain_policies;
mod error;
mod favourites;
mod instance;
mod lists;
mod media;
mod moves;
mod notifications;
mod polls;
mod quotes;
mod reblogs;
mod received;
mod relationships;
mod relays;
mod reports;
mod severances;
mod statuses;

use std::sync::Arc;
use std::time::Duration;

use chronodon_domain::{Decider, limits};
use chronodon_event_log::{AppendError, Body, Expected, Log, NewEvent, StreamName, StreamNames};
use chronodon_events::{AccountId, ActorId, Cause, Event, Meta, Origin, Position, Version};
use chronodon_projections::core::requests;
use chronodon_projections::{Reader, Waiter};
use jiff::SignedDuration;
use uuid::Uuid;

pub use accounts::NewAccount;
pub use error::CommandError;
pub use lists::{ChangeList, NewList};
pub use media::DescribeMedia;
pub use received::ReceiveStatus;
pub use relationships::FollowAccount;
pub use reports::{FileReport, ReceiveReport};
pub use severances::Loss;
pub use statuses::{EditStatus, NewPoll, PostStatus};

use crate::clock;
use crate::ids::{self, Ids};

/// How often a decision is made again because somebody else was first.
const CONFLICTS_MAX: usize = 16;
/// Events read from one stream.
const STREAM_EVENTS_MAX: usize = 10_000;
/// How long an answer waits for its own write to be readable.
const OWN_WRITE_WAIT: Duration = Duration::from_secs(5);

/// Who commands, through which door, and under which id.
#[derive(Clone, Copy, Debug)]
pub struct By {
    /// Who acts.
    pub actor: ActorId,
    /// The door.
    pub origin: Origin,
    /// The command's id when its caller chose one, so that it can be retried.
    pub request: Option<Uuid>,
    /// The event that this command follows from, for reactors.
    pub follows: Option<Uuid>,
}

impl By {
    /// A person with an app.
    #[must_use]
    pub const fn account(account: AccountId) -> Self {
        Self { actor: ActorId::Account(account), origin: Origin::Api, request: None, follows: None }
    }

    /// The operator at the command line.
    #[must_use]
    pub const fn operator() -> Self {
        Self { actor: ActorId::Operator, origin: Origin::Cli, request: None, follows: None }
    }

    /// An account of another server, by an activity that it may send again.
    #[must_use]
    pub const fn inbox(account: AccountId, activity: Uuid) -> Self {
        Self { actor: ActorId::Account(account), origin: Origin::Inbox, request: Some(activity), follows: None }
    }

    /// A scheduler or reactor. `id` makes its retries harmless.
    #[must_use]
    pub const fn system(id: Uuid, follows: Option<Uuid>) -> Self {
        Self { actor: ActorId::System, origin: Origin::System, request: Some(id), follows }
    }

    /// The same, under an id that the caller can repeat.
    #[must_use]
    pub const fn retried_as(mut self, request: Uuid) -> Self {
        self.request = Some(request);
        self
    }
}

/// Everything that can be asked of the server.
pub struct Commands {
    log: Arc<Log>,
    names: StreamNames,
    reader: Reader,
    waiter: Waiter,
    ids: Ids,
    /// Our own host in handles, such as `social.example`.
    domain: String,
    /// Our own origin without a trailing slash, such as `https://social.example`.
    base_url: String,
}

/// What this server calls itself.
#[derive(Clone, Debug)]
pub struct OwnNames {
    /// In handles, such as `social.example`.
    pub domain: String,
    /// In addresses, without a trailing slash, such as `https://social.example`.
    pub base_url: String,
}

impl Commands {
    /// Commands that append to `log` and look facts up with `reader`.
    #[must_use]
    pub fn new(log: Arc<Log>, names: StreamNames, reader: Reader, waiter: Waiter, own: OwnNames) -> Self {
        Self { log, names, reader, waiter, ids: Ids::default(), domain: own.domain, base_url: own.base_url }
    }

    /// The command id of a request of `account` that it can repeat within an hour under `key`.
    ///
    /// # Errors
    /// When the first results cannot be looked up.
    pub async fn request_id(&self, account: AccountId, key: &str) -> Result<Uuid, CommandError> {
        let forgotten = clock::now() - SignedDuration::from_secs(limits::IDEMPOTENCY_KEY_SECONDS.cast_signed());
        let mut id = ids::command_id_of(&[&account.to_string(), key]);
        while let Some(first) = requests::find(&self.reader, id).await?.filter(|first| first.recorded_at < forgotten) {
            id = ids::derived(id, usize::try_from(first.position).unwrap_or(usize::MAX));
        }
        Ok(id)
    }

    /// The id of an activity that `account` is about to send to another server: its actor's address, and `kind` in the
    /// plural, such as `follows`.
    async fn new_activity_uri(&self, account: AccountId, kind: &str) -> Result<String, CommandError> {
        let username = self.username_of(account).await?;
        Ok(format!("{}/users/{username}#{kind}/{}", self.base_url, ids::command_id()))
    }

    /// What a command under the caller's id has made already.
    async fn made_by(&self, by: By) -> Result<Option<i64>, CommandError> {
        let Some(request) = by.request else { return Ok(None) };
        Ok(requests::find(&self.reader, request).await?.map(|first| first.result))
    }

    /// Loads, decides, appends, and waits until the core group has folded what was appended. Returns the stream that
    /// holds the events: another than asked for when this was a retry.
    async fn execute<D: Decider>(
        &self,
        by: By,
        stream: StreamName,
        command: &D::Command,
    ) -> Result<StreamName, CommandError> {
        let loaded = self.load_to_its_end::<D>(&stream).await?;
        self.execute_on::<D>(by, stream, command, loaded).await
    }

    /// The same for a stream that nothing has been appended to, because its id is new.
    async fn execute_first<D: Decider>(
        &self,
        by: By,
        stream: StreamName,
        command: &D::Command,
    ) -> Result<StreamName, CommandError> {
        self.execute_on::<D>(by, stream, command, (D::State::default(), Version(0), Position::START)).await
    }

    async fn execute_on<D: Decider>(
        &self,
        by: By,
        stream: StreamName,
        command: &D::Command,
        loaded: (D::State, Version, Position),
    ) -> Result<StreamName, CommandError> {
        let command_id = by.request.unwrap_or_else(ids::command_id);
        let (mut state, mut version, mut position) = loaded;
        for _ in 0..CONFLICTS_MAX {
            let events = D::decide(&state, command)?;
            if events.is_empty() {
                // What already is may have been said a moment ago: it, too, is answered when it can be read.
                self.waiter.wait_for(position, OWN_WRITE_WAIT).await?;
                return Ok(stream);
            }
            match self.append(by, command_id, &stream, version, events).await {
                Ok(appended) => {
                    self.waiter.wait_for(appended.position, OWN_WRITE_WAIT).await?;
                    return Ok(appended.stream);
                }
                Err(AppendError::WrongExpectedVersion { .. }) => {
                    (state, version, position) = self.load_to_its_end::<D>(&stream).await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(CommandError::Conflict)
    }

    async fn append<E: Into<Event>>(
        &self,
        by: By,
        command_id: Uuid,
        stream: &StreamName,
        version: Version,
        events: Vec<E>,
    ) -> Result<chronodon_event_log::Appended, AppendError> {
        let events = events.into_iter().enumerate();
        let events: Vec<_> =
            events.map(|(i, event)| NewEvent { id: ids::derived(command_id, i), event: event.into() }).collect();
        let cause = match (by.follows, by.request) {
            (Some(event), _) => Cause::Event(event),
            (None, Some(id)) => Cause::Request(id),
            (None, None) => Cause::Command(command_id),
        };
        let meta = Meta { actor: by.actor, origin: by.origin, cause, correlation: command_id };
        let expected = if version == Version(0) { Expected::NoStream } else { Expected::Exact(version) };
        self.log.append(stream.clone(), expected, events, meta).await
    }

    /// The state of a stream and its version. Erased events leave no trace in it.
    async fn load<D: Decider>(&self, stream: &StreamName) -> Result<(D::State, Version), CommandError> {
        let (state, version, _) = self.load_to_its_end::<D>(stream).await?;
        Ok((state, version))
    }

    /// The same, and the position of the stream's last event.
    async fn load_to_its_end<D: Decider>(
        &self,
        stream: &StreamName,
    ) -> Result<(D::State, Version, Position), CommandError> {
        let recorded = self.log.read_stream(stream, Version(0), STREAM_EVENTS_MAX).await?;
        let (version, position) =
            recorded.last().map_or((Version(0), Position::START), |event| (event.version, event.position));
        let mut state = D::State::default();
        for event in recorded {
            match event.body {
                Body::Event(body) => {
                    if let Ok(body) = D::Event::try_from(body) {
                        state = D::evolve(state, &body);
                    }
                }
                Body::Erased(_) => {}
                Body::Unreadable { event_type, reason } => {
                    return Err(CommandError::Unreadable(format!("{event_type} at {}: {reason}", event.position)));
                }
            }
        }
        Ok((state, version, position))
    }
}
