//! A status: posted, edited, pinned, deleted. One stream per status, also of those from elsewhere.

mod received;

use chronodon_events::remote::QuotePolicy;
use chronodon_events::status::{
    StatusDeleted, StatusEdited, StatusEvent, StatusPinned, StatusPosted, StatusQuotePolicyChanged, StatusUnpinned,
};
use chronodon_events::values::{Poll, Visibility};
use chronodon_events::{AccountId, MediaId, StatusId};
use jiff::Timestamp;

pub use self::received::UpdatedAt;
use crate::quote::policy_of;
use crate::{Decider, Refusal, limits, text};

/// What an author does with a status.
#[derive(Clone, Debug)]
pub enum Command {
    /// Say something. Facts (mentions, parent) are resolved; `now` is the event's `created_at`.
    Post(Box<StatusPosted>),
    /// Say it otherwise. `edited_at` is now.
    Edit {
        /// The content, whole.
        to: Box<StatusEdited>,
        /// Attachments have been described otherwise, so that it is an edit even if all else is as before.
        described: bool,
    },
    /// Another server shows a status, for the first time or again.
    Receive {
        /// The status, whole, as it is now. Attachments have new ids; those that are known keep theirs.
        status: Box<StatusPosted>,
        /// When it was last edited, if it ever was.
        updated_at: Option<UpdatedAt>,
    },
    /// Another server says that a status is gone, known here or not: it never comes again.
    Bury {
        /// Its author.
        by: AccountId,
        /// The id that the status has, or gets.
        status_id: StatusId,
    },
    /// Let others quote it than before.
    SetQuotePolicy {
        /// Who asks.
        by: AccountId,
        /// Which status.
        status_id: StatusId,
        /// Who may quote it, as far as all may see it.
        quote_policy: QuotePolicy,
    },
    /// Keep a status from elsewhere no longer. It may come again.
    Expire {
        /// Which status.
        status_id: StatusId,
    },
    /// Take it back.
    Delete {
        /// Who asks.
        by: AccountId,
        /// Which status.
        status_id: StatusId,
    },
    /// Show it on top of the profile.
    Pin {
        /// Who asks.
        by: AccountId,
        /// Which status.
        status_id: StatusId,
    },
    /// Show it there no more.
    Unpin {
        /// Who asks.
        by: AccountId,
        /// Which status.
        status_id: StatusId,
    },
}

/// A status as its stream tells it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// The status with its newest content; none before it is posted and after it is deleted.
    pub status: Option<StatusPosted>,
    /// It is on top of its author's profile.
    pub pinned: bool,
    /// It was deleted, for good.
    pub gone: bool,
    /// When it was last edited.
    pub edited_at: Option<Timestamp>,
    /// How often it was edited.
    pub edits: usize,
    /// All attachments that any version of it had.
    pub media_ids: Vec<MediaId>,
}

/// Decides about one status.
#[derive(Debug)]
pub struct Status;

impl Decider for Status {
    type Command = Command;
    type Event = StatusEvent;
    type State = State;

    fn decide(state: &State, command: &Command) -> Result<Vec<StatusEvent>, Refusal> {
        match command {
            Command::Post(posted) => post(posted),
            Command::Edit { to, described } => {
                let edited = edit(owned(state, to.account_id)?, to, *described)?;
                if !edited.is_empty() && state.edits >= limits::STATUS_EDITS_MAX {
                    return Err(Refusal::invalid("status", "ERR_LIMIT", "This post cannot be edited any more"));
                }
                Ok(edited)
            }
            Command::Receive { status, updated_at } => received::receive(state, status, *updated_at),
            Command::Bury { by, status_id } => received::bury(state, *by, *status_id),
            Command::Expire { status_id } => {
                let expired = state.status.as_ref().filter(|status| !status.local).map(|status| StatusDeleted {
                    account_id: status.account_id,
                    status_id: *status_id,
                    media_ids: state.media_ids.clone(),
                    expired: true,
                });
                Ok(expired.map(StatusEvent::Deleted).into_iter().collect())
            }
            Command::Delete { by, status_id } => {
                owned(state, *by)?;
                Ok(vec![StatusEvent::Deleted(StatusDeleted {
                    account_id: *by,
                    status_id: *status_id,
                    media_ids: state.media_ids.clone(),
                    expired: false,
                })])
            }
            Command::SetQuotePolicy { by, status_id, quote_policy } => {
                let status = owned(state, *by)?;
                let quote_policy = policy_of(status.visibility, *quote_policy);
                let changed = StatusQuotePolicyChanged { account_id: *by, status_id: *status_id, quote_policy };
                let is_other = status.quote_policy != quote_policy;
                Ok(is_other.then_some(StatusEvent::QuotePolicyChanged(changed)).into_iter().collect())
            }
            Command::Pin { by, status_id } => pin(state, *by, *status_id),
            Command::Unpin { by, status_id } => {
                owned(state, *by)?;
                let unpinned = StatusEvent::Unpinned(StatusUnpinned { account_id: *by, status_id: *status_id });
                Ok(if state.pinned { vec![unpinned] } else { Vec::new() })
            }
        }
    }

    fn evolve(mut state: State, event: &StatusEvent) -> State {
        match event {
            StatusEvent::Posted(posted) => {
                state.media_ids.clone_from(&posted.media_ids);
                state.status = Some(posted.clone());
            }
            StatusEvent::Edited(edited) => {
                state.edits += 1;
                state.edited_at = Some(edited.edited_at);
                let new = edited.media_ids.iter().filter(|id| !state.media_ids.contains(id));
                let new: Vec<_> = new.copied().collect();
                state.media_ids.extend(new);
                if let Some(status) = &mut state.status {
                    status.text.clone_from(&edited.text);
                    status.spoiler_text.clone_from(&edited.spoiler_text);
                    status.sensitive = edited.sensitive;
                    status.language.clone_from(&edited.language);
                    status.mentions.clone_from(&edited.mentions);
                    status.hashtags.clone_from(&edited.hashtags);
                    status.media_ids.clone_from(&edited.media_ids);
                    status.poll.clone_from(&edited.poll);
                    status.remote.clone_from(&edited.remote);
                }
            }
            StatusEvent::Deleted(deleted) => state = State { gone: !deleted.expired, ..State::default() },
            StatusEvent::Pinned(_) => state.pinned = true,
            StatusEvent::Unpinned(_) => state.pinned = false,
            StatusEvent::QuotePolicyChanged(changed) => {
                if let Some(status) = &mut state.status {
                    status.quote_policy = changed.quote_policy;
                }
            }
        }
        state
    }
}

/// Somebody else's status is as absent as a deleted one.
fn owned(state: &State, by: AccountId) -> Result<&StatusPosted, Refusal> {
    state.status.as_ref().filter(|status| status.account_id == by).ok_or(Refusal::NotFound)
}

fn post(posted: &StatusPosted) -> Result<Vec<StatusEvent>, Refusal> {
    check_content(&posted.spoiler_text, &posted.text, posted.media_ids.len(), posted.poll.as_ref())?;
    posted.poll.as_ref().map_or(Ok(()), |poll| check_poll(poll, posted.created_at))?;
    if !may_be_quoted_in(posted) {
        let message = "cannot be of a non-mentioned user in a private mention post";
        return Err(Refusal::invalid("quoted_status_id", "ERR_INVALID", message));
    }
    Ok(vec![StatusEvent::Posted(posted.clone())])
}

/// What only the named may see quotes only themselves and its author.
fn may_be_quoted_in(posted: &StatusPosted) -> bool {
    let quoted = posted.quote.as_ref().and_then(|quote| quote.status.as_ref()).map(|quoted| quoted.account_id);
    let Some(quoted) = quoted.filter(|_| posted.visibility == Visibility::Direct) else { return true };
    quoted == posted.account_id || posted.mentions.iter().any(|mention| mention.account_id == quoted)
}

/// Without a language the status keeps the one it has.
fn edit(status: &StatusPosted, edited: &StatusEdited, described: bool) -> Result<Vec<StatusEvent>, Refusal> {
    let edited = StatusEdited { language: edited.language.clone().or(status.language.clone()), ..edited.clone() };
    check_content(&edited.spoiler_text, &edited.text, edited.media_ids.len(), edited.poll.as_ref())?;
    let asked = |poll: &Option<Poll>| poll.as_ref().map(|poll| (poll.options.clone(), poll.multiple));
    let poll_reset = asked(&status.poll) != asked(&edited.poll);
    edited.poll.as_ref().map_or(Ok(()), |poll| check_poll(poll, edited.edited_at))?;
    let same = !described
        && status.text == edited.text
        && status.spoiler_text == edited.spoiler_text
        && status.sensitive == edited.sensitive
        && status.language == edited.language
        && status.media_ids == edited.media_ids
        && status.poll == edited.poll;
    Ok(if same { Vec::new() } else { vec![StatusEvent::Edited(StatusEdited { poll_reset, ..edited })] })
}

fn pin(state: &State, by: AccountId, status_id: StatusId) -> Result<Vec<StatusEvent>, Refusal> {
    let status = state.status.as_ref().ok_or(Refusal::NotFound)?;
    if status.account_id != by {
        return Err(Refusal::invalid("status", "ERR_OWNERSHIP", "Someone else's post cannot be pinned"));
    }
    if status.visibility == Visibility::Direct {
        return Err(Refusal::invalid(
            "status",
            "ERR_DIRECT",
            "Posts that are only visible to mentioned users cannot be pinned",
        ));
    }
    let pinned = StatusEvent::Pinned(StatusPinned { account_id: by, status_id });
    Ok(if state.pinned { Vec::new() } else { vec![pinned] })
}

fn check_content(spoiler: &str, content: &str, media: usize, poll: Option<&Poll>) -> Result<(), Refusal> {
    if text::is_blank(content) && text::is_blank(spoiler) && media == 0 {
        return Err(Refusal::invalid("text", "ERR_BLANK", "can't be blank"));
    }
    if text::count_status(spoiler, content) > limits::STATUS_CHARACTERS_MAX
        || spoiler.len().max(content.len()) > limits::STATUS_BYTES_MAX
    {
        let message = format!("character limit of {} exceeded", limits::STATUS_CHARACTERS_MAX);
        return Err(Refusal::invalid("text", "ERR_TOO_LONG", message));
    }
    if media > limits::STATUS_MEDIA_MAX {
        let message = format!("Cannot attach more than {} files", limits::STATUS_MEDIA_MAX);
        return Err(Refusal::invalid("media_ids", "ERR_TOO_MANY", message));
    }
    if poll.is_some() && media > 0 {
        return Err(Refusal::invalid("media_ids", "ERR_INVALID", "Cannot attach files to a post with a poll"));
    }
    Ok(())
}

fn check_poll(poll: &Poll, now: Timestamp) -> Result<(), Refusal> {
    let options = poll.options.len();
    if options < limits::POLL_OPTIONS_MIN {
        return Err(Refusal::invalid("poll.options", "ERR_TOO_FEW", "must have more than one item"));
    }
    if options > limits::POLL_OPTIONS_MAX {
        let message = format!("can't contain more than {} items", limits::POLL_OPTIONS_MAX);
        return Err(Refusal::invalid("poll.options", "ERR_TOO_MANY", message));
    }
    if poll.options.iter().any(|option| text::count_graphemes(option) > limits::POLL_OPTION_CHARACTERS_MAX) {
        let message = format!("can't be longer than {} characters each", limits::POLL_OPTION_CHARACTERS_MAX);
        return Err(Refusal::invalid("poll.options", "ERR_TOO_LONG", message));
    }
    if (1..options).any(|i| poll.options[..i].contains(&poll.options[i])) {
        return Err(Refusal::invalid("poll.options", "ERR_TAKEN", "contain duplicate items"));
    }
    let seconds = poll.expires_at.duration_since(now).as_secs();
    if seconds < limits::POLL_EXPIRES_IN_SECONDS_MIN.cast_signed() {
        return Err(Refusal::invalid("poll.expires_at", "ERR_TOO_SOON", "is too soon"));
    }
    if seconds > limits::POLL_EXPIRES_IN_SECONDS_MAX.cast_signed() {
        return Err(Refusal::invalid("poll.expires_at", "ERR_TOO_LATE", "is too far into the future"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given;

    pub(super) fn posted(content: &str) -> StatusPosted {
        StatusPosted {
            account_id: AccountId(1),
            status_id: StatusId(7),
            local: true,
            created_at: Timestamp::UNIX_EPOCH,
            visibility: Visibility::Public,
            conversation_id: StatusId(7),
            in_reply_to: None,
            in_reply_to_account_id: None,
            text: content.to_owned(),
            spoiler_text: String::new(),
            sensitive: false,
            language: None,
            mentions: Vec::new(),
            hashtags: Vec::new(),
            media_ids: Vec::new(),
            poll: None,
            application: None,
            quote: None,
            quote_policy: QuotePolicy::Nobody,
            remote: None,
        }
    }

    fn decide(events: Vec<StatusEvent>, command: Command) -> Result<Vec<StatusEvent>, Refusal> {
        Status::decide(&given::<Status>(events), &command)
    }

    fn there() -> Vec<StatusEvent> {
        vec![StatusEvent::Posted(posted("hello"))]
    }

    fn delete(by: i64) -> Command {
        Command::Delete { by: AccountId(by), status_id: StatusId(7) }
    }

    #[test]
    fn nothing_to_say_is_refused() {
        let refusal = decide(Vec::new(), Command::Post(Box::new(posted(" \u{200b}\n")))).expect_err("blank");
        assert!(matches!(refusal, Refusal::Invalid { code: "ERR_BLANK", .. }));
    }

    #[test]
    fn too_much_is_refused() {
        let long = "a".repeat(limits::STATUS_CHARACTERS_MAX + 1);
        assert!(decide(Vec::new(), Command::Post(Box::new(posted(&long)))).is_err());
        assert!(decide(Vec::new(), Command::Post(Box::new(posted(&long[1..])))).is_ok());
    }

    #[test]
    fn only_the_author_deletes() {
        assert_eq!(decide(there(), delete(2)), Err(Refusal::NotFound));
        assert_eq!(decide(there(), delete(1)).map(|events| events.len()), Ok(1));
    }

    #[test]
    fn what_is_deleted_is_not_there() {
        let mut events = there();
        events.push(StatusEvent::Deleted(StatusDeleted {
            account_id: AccountId(1),
            status_id: StatusId(7),
            media_ids: Vec::new(),
            expired: false,
        }));
        assert_eq!(decide(events, delete(1)), Err(Refusal::NotFound));
    }

    fn edit(content: &str, described: bool) -> Command {
        let StatusPosted { account_id, status_id, created_at, .. } = posted("");
        let to = StatusEdited {
            account_id,
            status_id,
            text: content.to_owned(),
            spoiler_text: String::new(),
            sensitive: false,
            language: None,
            mentions: Vec::new(),
            hashtags: Vec::new(),
            media_ids: Vec::new(),
            poll: None,
            poll_reset: false,
            edited_at: created_at,
            remote: None,
        };
        Command::Edit { to: Box::new(to), described }
    }

    #[test]
    fn the_same_again_is_no_edit_unless_attachments_are_described() {
        assert_eq!(decide(there(), edit("hello", false)), Ok(Vec::new()));
        assert_eq!(decide(there(), edit("hello", true)).map(|events| events.len()), Ok(1));
        assert_eq!(decide(there(), edit("hello!", false)).map(|events| events.len()), Ok(1));
        assert!(matches!(decide(there(), edit(" ", false)), Err(Refusal::Invalid { code: "ERR_BLANK", .. })));
    }

    #[test]
    fn edits_are_counted() {
        let mut events = there();
        events.extend(decide(there(), edit("hello!", false)).expect("its author's"));
        assert_eq!(given::<Status>(events).edits, 1);
        let worn = State { edits: limits::STATUS_EDITS_MAX, ..given::<Status>(there()) };
        assert!(Status::decide(&worn, &edit("hello!", false)).is_err());
        assert_eq!(Status::decide(&worn, &edit("hello", false)), Ok(Vec::new()));
    }

    #[test]
    fn who_may_quote_is_changed_by_the_author_where_all_may_see_it() {
        let set =
            |by: i64, quote_policy| Command::SetQuotePolicy { by: AccountId(by), status_id: StatusId(7), quote_policy };
        assert_eq!(decide(there(), set(2, QuotePolicy::Public)), Err(Refusal::NotFound));
        assert_eq!(decide(there(), set(1, QuotePolicy::Nobody)), Ok(Vec::new()));
        let mut events = there();
        events.extend(decide(there(), set(1, QuotePolicy::Public)).expect("its author's"));
        assert_eq!((events.len(), decide(events, set(1, QuotePolicy::Public))), (2, Ok(Vec::new())));
        let private = StatusPosted { visibility: Visibility::Private, ..posted("hello") };
        assert_eq!(decide(vec![StatusEvent::Posted(private)], set(1, QuotePolicy::Public)), Ok(Vec::new()));
    }

    #[test]
    fn pinning_twice_is_pinning_once() {
        let pin = Command::Pin { by: AccountId(1), status_id: StatusId(7) };
        let mut events = there();
        events.extend(decide(events.clone(), pin.clone()).expect("one's own"));
        assert_eq!(decide(events, pin), Ok(Vec::new()));
    }

    #[test]
    fn a_poll_with_one_option_is_refused() {
        let expires_at = Timestamp::from_second(600).expect("in range");
        let poll = Poll { options: vec!["Yes".to_owned()], multiple: false, hide_totals: false, expires_at };
        let status = StatusPosted { poll: Some(poll), ..posted("well?") };
        let refusal = decide(Vec::new(), Command::Post(Box::new(status))).expect_err("one option");
        assert!(matches!(refusal, Refusal::Invalid { field: "poll.options", .. }));
    }
}
