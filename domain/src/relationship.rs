//! All that holds between two accounts, both ways: follows, requests, blocks, mutes, notes. One stream per pair.
//!
//! It holds that nobody follows or asks to follow across a block. A block therefore ends, in one append, the follows
//! and requests of both directions.

use chronodon_events::AccountId;
use chronodon_events::relationship::{
    BlockCreated, BlockRemoved, FollowChanged, FollowCreated, FollowRemoved, FollowRequestRejected,
    FollowRequestWithdrawn, FollowRequested, MuteCreated, MuteRemoved, NoteSet, RelationshipEvent,
};
use jiff::Timestamp;

use crate::{Decider, Refusal, limits};

/// The longest code of a language with its region.
const LANGUAGE_CODE_BYTES_MAX: usize = 16;

/// What `by` does about `target`.
#[derive(Clone, Debug)]
pub struct Command {
    /// Who acts.
    pub by: AccountId,
    /// About whom.
    pub target: AccountId,
    /// What.
    pub action: Action,
    /// The activity that says so, or the one that is answered, when one of the two lives elsewhere.
    pub uri: Option<String>,
}

/// What one account does about another.
#[derive(Clone, Debug)]
pub enum Action {
    /// Follow, or change what a follow or request shows.
    Follow(Follow),
    /// Follow no more, ask to follow no more.
    Unfollow,
    /// Let the target's request through.
    AcceptRequest,
    /// Refuse the target's request.
    RejectRequest,
    /// Be followed by the target no more.
    RemoveFollower,
    /// Neither see nor be seen.
    Block,
    /// Block no more.
    Unblock,
    /// See the target no more, unknown to it; again: change how.
    Mute {
        /// Its notifications too.
        notifications: bool,
        /// Until then.
        expires_at: Option<Timestamp>,
    },
    /// Mute no more.
    Unmute,
    /// Write oneself a note; an empty one removes it.
    SetNote {
        /// Plain text.
        comment: String,
    },
}

/// How to follow, and what is known of both.
#[derive(Clone, Debug, Default)]
pub struct Follow {
    /// Show reblogs at home. Not given: as before, yes at first.
    pub reblogs: Option<bool>,
    /// Notify of each new status. Not given: as before, no at first.
    pub notify: Option<bool>,
    /// Show only these languages. Not given: as before, all at first.
    pub languages: Option<Vec<String>>,
    /// The target lets in by hand.
    pub target_locked: bool,
    /// The most that the follower may follow, when it follows that many already.
    pub full: Option<usize>,
    /// The follower lives on this server.
    pub account_local: bool,
    /// The target lives on this server.
    pub target_local: bool,
}

/// Both directions of a pair. In the order of ids, so that it does not matter who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// What the account with the smaller id does about the other.
    pub lower: Side,
    /// The other way round.
    pub higher: Side,
}

/// What one account does about another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Side {
    /// It follows.
    pub follow: Option<Shown>,
    /// It asks to follow.
    pub request: Option<Request>,
    /// The activity by which it asked or follows, when one of the two lives elsewhere.
    pub follow_uri: Option<String>,
    /// It blocks.
    pub blocks: bool,
    /// The activity by which it blocks, when the other lives elsewhere.
    pub block_uri: Option<String>,
    /// It mutes.
    pub mute: Option<Mute>,
    /// It has noted this.
    pub note: String,
}

/// What a follow shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Reblogs.
    pub reblogs: bool,
    /// Each new status notifies.
    pub notify: bool,
    /// Only these languages; empty: all.
    pub languages: Vec<String>,
}

/// A follow that waits for its target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What it will show.
    pub shown: Shown,
    /// The asking account lives on this server.
    pub account_local: bool,
    /// The asked account lives on this server.
    pub target_local: bool,
}

/// A mute, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mute {
    /// Notifications too.
    pub notifications: bool,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

impl Shown {
    fn new(reblogs: bool, notify: bool, languages: &[String]) -> Self {
        Self { reblogs, notify, languages: languages.to_vec() }
    }
}

impl Side {
    /// A follow from elsewhere came again under another name, which wants an answer of its own.
    fn asks_anew(&self, command: &Command, asked: &Follow) -> bool {
        !asked.account_local && command.uri.is_some() && command.uri != self.follow_uri
    }

    /// An answer that names another attempt than the one that this side waits with.
    fn answered_elsewhere(&self, command: &Command) -> bool {
        command.uri.is_some() && command.uri != self.follow_uri
    }
}

impl State {
    /// What `account` does about `other`.
    #[must_use]
    pub fn side(&self, account: AccountId, other: AccountId) -> &Side {
        if account < other { &self.lower } else { &self.higher }
    }

    fn side_mut(&mut self, account: AccountId, other: AccountId) -> &mut Side {
        if account < other { &mut self.lower } else { &mut self.higher }
    }
}

/// Decides about one pair of accounts.
#[derive(Debug)]
pub struct Relationship;

impl Decider for Relationship {
    type Command = Command;
    type Event = RelationshipEvent;
    type State = State;

    fn decide(state: &State, command: &Command) -> Result<Vec<RelationshipEvent>, Refusal> {
        let (by, target) = (command.by, command.target);
        let (own, other) = (state.side(by, target), state.side(target, by));
        Ok(match &command.action {
            // Between an account and itself nothing can begin but a note; nothing is there to end, either.
            Action::Follow(_) if by == target => return Err(Refusal::NotFound),
            Action::Block | Action::Mute { .. } if by == target => Vec::new(),
            Action::Follow(follow) => self::follow(own, other, command, follow)?,
            Action::Unfollow => end_follow(own, by, target),
            // An answer to an attempt that was given up is no answer to the one that waits.
            Action::AcceptRequest | Action::RejectRequest if other.answered_elsewhere(command) => Vec::new(),
            Action::AcceptRequest => accept(other, target, by),
            Action::RejectRequest => reject(other, target, by),
            Action::RemoveFollower => removed(other, target, by),
            Action::Block => block(own, other, command),
            Action::Unblock => {
                let unblocked = BlockRemoved { account_id: by, target_id: target, uri: own.block_uri.clone() };
                own.blocks.then_some(RelationshipEvent::BlockRemoved(unblocked)).into_iter().collect()
            }
            Action::Mute { notifications, expires_at } => {
                let mute = Mute { notifications: *notifications, expires_at: *expires_at };
                self::mute(own, by, target, mute)
            }
            Action::Unmute => {
                let unmuted = MuteRemoved { account_id: by, target_id: target };
                own.mute.map(|_| RelationshipEvent::MuteRemoved(unmuted)).into_iter().collect()
            }
            Action::SetNote { comment } => note(own, by, target, comment)?,
        })
    }

    fn evolve(mut state: State, event: &RelationshipEvent) -> State {
        match event {
            RelationshipEvent::FollowRequested(e) => {
                let side = state.side_mut(e.account_id, e.target_id);
                side.follow_uri.clone_from(&e.uri);
                side.request = Some(Request {
                    shown: Shown::new(e.reblogs, e.notify, &e.languages),
                    account_local: e.account_local,
                    target_local: e.target_local,
                });
            }
            RelationshipEvent::FollowRequestWithdrawn(e) => state.side_mut(e.account_id, e.target_id).request = None,
            RelationshipEvent::FollowRequestRejected(e) => state.side_mut(e.account_id, e.target_id).request = None,
            RelationshipEvent::FollowCreated(e) => {
                let side = state.side_mut(e.account_id, e.target_id);
                side.request = None;
                side.follow_uri.clone_from(&e.uri);
                side.follow = Some(Shown::new(e.reblogs, e.notify, &e.languages));
            }
            RelationshipEvent::FollowChanged(e) => {
                let side = state.side_mut(e.account_id, e.target_id);
                side.follow_uri.clone_from(&e.uri);
                let shown = side.follow.as_mut().or(side.request.as_mut().map(|request| &mut request.shown));
                if let Some(shown) = shown {
                    *shown = Shown::new(e.reblogs, e.notify, &e.languages);
                }
            }
            RelationshipEvent::FollowRemoved(e) => state.side_mut(e.account_id, e.target_id).follow = None,
            RelationshipEvent::BlockCreated(e) => {
                let side = state.side_mut(e.account_id, e.target_id);
                side.blocks = true;
                side.block_uri.clone_from(&e.uri);
            }
            RelationshipEvent::BlockRemoved(e) => state.side_mut(e.account_id, e.target_id).blocks = false,
            RelationshipEvent::MuteCreated(e) => {
                let mute = Mute { notifications: e.notifications, expires_at: e.expires_at };
                state.side_mut(e.account_id, e.target_id).mute = Some(mute);
            }
            RelationshipEvent::MuteRemoved(e) => state.side_mut(e.account_id, e.target_id).mute = None,
            RelationshipEvent::NoteSet(e) => {
                state.side_mut(e.account_id, e.target_id).note.clone_from(&e.comment);
            }
        }
        state
    }
}

fn follow(own: &Side, other: &Side, command: &Command, asked: &Follow) -> Result<Vec<RelationshipEvent>, Refusal> {
    let (by, target) = (command.by, command.target);
    if own.blocks || other.blocks {
        return Err(Refusal::Forbidden(""));
    }
    let before = own.follow.as_ref().or(own.request.as_ref().map(|request| &request.shown));
    let shown = Shown {
        reblogs: asked.reblogs.unwrap_or(before.is_none_or(|before| before.reblogs)),
        notify: asked.notify.unwrap_or(before.is_some_and(|before| before.notify)),
        languages: match &asked.languages {
            Some(languages) => checked(languages)?,
            None => before.map_or_else(Vec::new, |before| before.languages.clone()),
        },
    };
    Ok(match before {
        Some(before) if *before == shown && !own.asks_anew(command, asked) => Vec::new(),
        Some(_) => vec![RelationshipEvent::FollowChanged(FollowChanged {
            account_id: by,
            target_id: target,
            reblogs: shown.reblogs,
            notify: shown.notify,
            languages: shown.languages,
            uri: if asked.account_local { own.follow_uri.clone() } else { command.uri.clone() },
        })],
        None if asked.full.is_some() => {
            let message = format!("You can follow {} accounts at most", asked.full.unwrap_or_default());
            return Err(Refusal::invalid("base", "ERR_LIMIT", message));
        }
        // Who lives elsewhere lets in from there.
        None if asked.target_locked || !asked.target_local => {
            vec![RelationshipEvent::FollowRequested(FollowRequested {
                account_id: by,
                target_id: target,
                reblogs: shown.reblogs,
                notify: shown.notify,
                languages: shown.languages,
                account_local: asked.account_local,
                target_local: asked.target_local,
                uri: command.uri.clone(),
            })]
        }
        None => {
            let local = (asked.account_local, asked.target_local);
            vec![created(by, target, shown, false, local, command.uri.clone())]
        }
    })
}

fn created(
    by: AccountId,
    target: AccountId,
    shown: Shown,
    requested: bool,
    (account_local, target_local): (bool, bool),
    uri: Option<String>,
) -> RelationshipEvent {
    RelationshipEvent::FollowCreated(FollowCreated {
        account_id: by,
        target_id: target,
        reblogs: shown.reblogs,
        notify: shown.notify,
        languages: shown.languages,
        requested,
        account_local,
        target_local,
        uri,
    })
}

/// Codes of two or three letters, perhaps with a region; each once.
fn checked(languages: &[String]) -> Result<Vec<String>, Refusal> {
    let well_formed = |code: &String| {
        (2..=LANGUAGE_CODE_BYTES_MAX).contains(&code.len())
            && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if languages.len() > limits::FOLLOW_LANGUAGES_MAX || !languages.iter().all(well_formed) {
        return Err(Refusal::invalid("languages", "ERR_INVALID", "is invalid"));
    }
    let mut unique: Vec<String> = Vec::new();
    for code in languages {
        if !unique.contains(code) {
            unique.push(code.clone());
        }
    }
    Ok(unique)
}

/// What ends that `account` follows or asks to follow `target`, at its own wish.
fn end_follow(side: &Side, account: AccountId, target: AccountId) -> Vec<RelationshipEvent> {
    let withdrawn = FollowRequestWithdrawn { account_id: account, target_id: target, uri: side.follow_uri.clone() };
    let withdrawn = side.request.as_ref().map(|_| RelationshipEvent::FollowRequestWithdrawn(withdrawn));
    removed(side, account, target).into_iter().chain(withdrawn).collect()
}

/// What ends that `account` follows `target`.
fn removed(side: &Side, account: AccountId, target: AccountId) -> Vec<RelationshipEvent> {
    let removed = FollowRemoved { account_id: account, target_id: target, uri: side.follow_uri.clone() };
    side.follow.as_ref().map(|_| RelationshipEvent::FollowRemoved(removed)).into_iter().collect()
}

fn accept(asking: &Side, account: AccountId, target: AccountId) -> Vec<RelationshipEvent> {
    let accepted = |request: &Request| {
        let local = (request.account_local, request.target_local);
        created(account, target, request.shown.clone(), true, local, asking.follow_uri.clone())
    };
    asking.request.as_ref().map(accepted).into_iter().collect()
}

fn reject(asking: &Side, account: AccountId, target: AccountId) -> Vec<RelationshipEvent> {
    let rejected = FollowRequestRejected { account_id: account, target_id: target, uri: asking.follow_uri.clone() };
    asking.request.as_ref().map(|_| RelationshipEvent::FollowRequestRejected(rejected)).into_iter().collect()
}

fn block(own: &Side, other: &Side, command: &Command) -> Vec<RelationshipEvent> {
    let (by, target) = (command.by, command.target);
    if own.blocks {
        return Vec::new();
    }
    let blocked = BlockCreated { account_id: by, target_id: target, uri: command.uri.clone() };
    let mut events = vec![RelationshipEvent::BlockCreated(blocked)];
    events.extend(end_follow(own, by, target));
    events.extend(removed(other, target, by));
    events.extend(reject(other, target, by));
    events
}

fn mute(own: &Side, by: AccountId, target: AccountId, mute: Mute) -> Vec<RelationshipEvent> {
    if own.mute == Some(mute) {
        return Vec::new();
    }
    let Mute { notifications, expires_at } = mute;
    vec![RelationshipEvent::MuteCreated(MuteCreated { account_id: by, target_id: target, notifications, expires_at })]
}

fn note(own: &Side, by: AccountId, target: AccountId, comment: &str) -> Result<Vec<RelationshipEvent>, Refusal> {
    if comment.chars().count() > limits::ACCOUNT_NOTE_CHARS_MAX {
        let message = format!("is too long (maximum is {} characters)", limits::ACCOUNT_NOTE_CHARS_MAX);
        return Err(Refusal::invalid("comment", "ERR_TOO_LONG", message));
    }
    let comment = if comment.trim().is_empty() { "" } else { comment };
    let set = NoteSet { account_id: by, target_id: target, comment: comment.to_owned() };
    Ok(if own.note == comment { Vec::new() } else { vec![RelationshipEvent::NoteSet(set)] })
}

#[cfg(test)]
mod tests;
