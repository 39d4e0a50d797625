//! Statuses of other servers: in whatever order their activities come, the newest edit wins and a deletion is final.

use chronodon_events::status::{StatusDeleted, StatusEdited, StatusEvent, StatusPosted, StatusQuotePolicyChanged};
use chronodon_events::{AccountId, StatusId};
use jiff::Timestamp;
use serde::Serialize;

use super::State;
use crate::{Refusal, limits};

/// When a status was last edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum UpdatedAt {
    /// Its server says when: that is an edit, whatever has changed, so that none before it comes after it.
    Said(Timestamp),
    /// Its server does not say when. It was noticed then, if anything has changed.
    Noticed(Timestamp),
}

impl UpdatedAt {
    fn time(self) -> Timestamp {
        match self {
            Self::Said(at) | Self::Noticed(at) => at,
        }
    }
}

pub(super) fn receive(
    state: &State,
    status: &StatusPosted,
    updated_at: Option<UpdatedAt>,
) -> Result<Vec<StatusEvent>, Refusal> {
    if state.gone {
        return Ok(Vec::new());
    }
    match &state.status {
        None => Ok(first(status, updated_at)),
        Some(known) if known.account_id != status.account_id => Err(Refusal::NotFound),
        Some(known) => Ok(again(state, known, status, updated_at)),
    }
}

/// A status that was edited before it came here is posted and edited at once.
fn first(status: &StatusPosted, updated_at: Option<UpdatedAt>) -> Vec<StatusEvent> {
    let edited = updated_at
        .map(UpdatedAt::time)
        .filter(|at| *at > status.created_at)
        .map(|at| edit(status, status.status_id, at, false));
    [StatusEvent::Posted(status.clone())].into_iter().chain(edited.map(StatusEvent::Edited)).collect()
}

/// What is older than what is known changes nothing. Who may quote it is not part of an edit: what is said last of the
/// newest counts.
fn again(
    state: &State,
    known: &StatusPosted,
    status: &StatusPosted,
    updated_at: Option<UpdatedAt>,
) -> Vec<StatusEvent> {
    let newest = state.edited_at.unwrap_or(known.created_at);
    let is_newest = updated_at.map_or(status.created_at, UpdatedAt::time) >= newest;
    let changed = StatusQuotePolicyChanged {
        account_id: known.account_id,
        status_id: known.status_id,
        quote_policy: status.quote_policy,
    };
    let policy = (is_newest && status.quote_policy != known.quote_policy).then_some(changed);
    let edited = edited(state, known, status, updated_at);
    edited.into_iter().chain(policy.map(StatusEvent::QuotePolicyChanged)).collect()
}

fn edited(
    state: &State,
    known: &StatusPosted,
    status: &StatusPosted,
    updated_at: Option<UpdatedAt>,
) -> Option<StatusEvent> {
    let newest = state.edited_at.unwrap_or(known.created_at);
    let updated_at = updated_at.filter(|at| at.time() > newest)?;
    if state.edits >= limits::STATUS_EDITS_MAX {
        return None;
    }
    let mut status = status.clone();
    keep(known, &mut status);
    if matches!(updated_at, UpdatedAt::Noticed(_)) && says(known) == says(&status) {
        return None;
    }
    let asked = |status: &StatusPosted| status.poll.as_ref().map(|poll| (poll.options.clone(), poll.multiple));
    let poll_reset = asked(known) != asked(&status);
    Some(StatusEvent::Edited(edit(&status, known.status_id, updated_at.time(), poll_reset)))
}

/// What a reader would notice of an edit.
fn says(status: &StatusPosted) -> impl PartialEq + '_ {
    let shown = status.remote.as_ref().map(|remote| &remote.attachments);
    (&status.text, &status.spoiler_text, status.sensitive, &status.language, &status.poll, shown)
}

/// What an edit does not change: the ids of attachments that were there before, and what it answers.
fn keep(known: &StatusPosted, status: &mut StatusPosted) {
    let (Some(known), Some(remote)) = (&known.remote, &mut status.remote) else { return };
    remote.in_reply_to_uri.clone_from(&known.in_reply_to_uri);
    for attachment in &mut remote.attachments {
        if let Some(same) = known.attachments.iter().find(|other| other.url == attachment.url) {
            attachment.media_id = same.media_id;
        }
    }
    status.media_ids = remote.attachments.iter().map(|attachment| attachment.media_id).collect();
}

fn edit(status: &StatusPosted, status_id: StatusId, edited_at: Timestamp, poll_reset: bool) -> StatusEdited {
    StatusEdited {
        account_id: status.account_id,
        status_id,
        text: status.text.clone(),
        spoiler_text: status.spoiler_text.clone(),
        sensitive: status.sensitive,
        language: status.language.clone(),
        mentions: status.mentions.clone(),
        hashtags: status.hashtags.clone(),
        media_ids: status.media_ids.clone(),
        poll: status.poll.clone(),
        poll_reset,
        edited_at,
        remote: status.remote.clone(),
    }
}

/// A deletion may come before what it deletes.
pub(super) fn bury(state: &State, by: AccountId, status_id: StatusId) -> Result<Vec<StatusEvent>, Refusal> {
    match &state.status {
        _ if state.gone => Ok(Vec::new()),
        Some(known) if known.account_id != by => Err(Refusal::NotFound),
        known => {
            let status_id = known.as_ref().map_or(status_id, |known| known.status_id);
            let media_ids = state.media_ids.clone();
            Ok(vec![StatusEvent::Deleted(StatusDeleted { account_id: by, status_id, media_ids, expired: false })])
        }
    }
}

#[cfg(test)]
mod tests {
    use chronodon_events::remote::{QuotePolicy, RemoteStatus};
    use proptest::prelude::*;

    use super::*;
    use crate::Decider;
    use crate::status::tests::posted;
    use crate::status::{Command, Status};

    const BOB: AccountId = AccountId(5);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).expect("in range")
    }

    fn status(text: &str) -> StatusPosted {
        let remote = RemoteStatus { uri: "https://b.example/1".to_owned(), ..RemoteStatus::default() };
        StatusPosted { account_id: BOB, local: false, created_at: at(100), remote: Some(remote), ..posted(text) }
    }

    /// The fourth version says again what the first said.
    fn said(version: i64) -> String {
        if version == 4 { "1".to_owned() } else { version.to_string() }
    }

    /// `0`: deleted; else the version of this number, edited that many seconds after it was posted.
    fn happens(state: State, version: i64) -> State {
        let command = match version {
            0 => Command::Bury { by: BOB, status_id: StatusId(8) },
            1 => Command::Receive { status: Box::new(status("1")), updated_at: None },
            edit => {
                let status = Box::new(status(&said(edit)));
                Command::Receive { status, updated_at: Some(UpdatedAt::Said(at(100 + edit))) }
            }
        };
        let events = Status::decide(&state, &command).expect("its author's");
        events.iter().fold(state, Status::evolve)
    }

    proptest! {
        #[test]
        fn in_any_order_the_newest_edit_wins_and_a_deletion_is_final(order in prop::collection::vec(0i64..6, 1..20)) {
            let state = order.iter().fold(State::default(), |state, version| happens(state, *version));
            if order.contains(&0) {
                prop_assert!(state.gone && state.status.is_none());
            } else {
                let newest = order.iter().max().expect("not empty");
                prop_assert_eq!(state.status.map(|status| status.text), Some(said(*newest)));
                prop_assert_eq!(state.edited_at, (*newest > 1).then(|| at(100 + newest)));
            }
        }
    }

    #[test]
    fn what_was_noticed_is_an_edit_if_anything_has_changed() {
        let state = happens(State::default(), 1);
        let noticed = |text: &str| {
            let updated_at = Some(UpdatedAt::Noticed(at(200)));
            Status::decide(&state, &Command::Receive { status: Box::new(status(text)), updated_at })
        };
        assert_eq!(noticed("1"), Ok(Vec::new()));
        assert_eq!(noticed("2").expect("its author's").len(), 1);
    }

    #[test]
    fn nobody_speaks_for_another() {
        let state = happens(State::default(), 1);
        let forged = StatusPosted { account_id: AccountId(6), ..status("forged") };
        let receive = Command::Receive { status: Box::new(forged), updated_at: Some(UpdatedAt::Said(at(200))) };
        assert_eq!(Status::decide(&state, &receive), Err(Refusal::NotFound));
        let bury = Command::Bury { by: AccountId(6), status_id: StatusId(7) };
        assert_eq!(Status::decide(&state, &bury), Err(Refusal::NotFound));
    }

    #[test]
    fn who_may_quote_is_what_is_said_last_of_the_newest() {
        let receive = |state: &State, quote_policy, updated_at: Option<i64>| {
            let status = Box::new(StatusPosted { quote_policy, ..status("1") });
            let command = Command::Receive { status, updated_at: updated_at.map(at).map(UpdatedAt::Said) };
            Status::decide(state, &command).expect("its author's")
        };
        let state = happens(State::default(), 1);
        let events = receive(&state, QuotePolicy::Public, Some(100));
        assert!(matches!(events[..], [StatusEvent::QuotePolicyChanged(_)]));
        let state = happens(events.iter().fold(state, Status::evolve), 5);
        assert_eq!(receive(&state, QuotePolicy::Followers, None), Vec::new(), "older than the edit");
        assert_eq!(receive(&state, QuotePolicy::Followers, Some(105)).len(), 1);
    }

    #[test]
    fn what_is_kept_no_longer_may_come_again() {
        let state = happens(State::default(), 1);
        let events = Status::decide(&state, &Command::Expire { status_id: StatusId(7) }).expect("not ours");
        let state = events.iter().fold(state, Status::evolve);
        assert!(state.status.is_none() && !state.gone);
        assert!(happens(state, 1).status.is_some());
    }
}
