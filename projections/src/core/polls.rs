//! Polls, their tallies, and who voted how.

use chronodon_event_log::Recorded;
use chronodon_events::poll::{PollEvent, PollVoted};
use chronodon_events::remote::Tally;
use chronodon_events::status::{StatusEdited, StatusEvent};
use chronodon_events::{AccountId, Event, StatusId, values};
use jiff::Timestamp;
use serde_json::Value;

use super::{Core, column, json};
use crate::{ProjectionError, Reader, Row};

row! {
    /// A poll, under the id of the status that asks it. `options` are texts, `tallies` their votes, in order.
    pub struct Poll in "polls" {
        key { status_id: i64 }
        account_id: i64,
        asked_at: Timestamp,
        options: Value,
        tallies: Value,
        multiple: bool,
        hide_totals: bool,
        expires_at: Timestamp,
        closed: bool,
        votes_count: i64,
        voters_count: i64,
    }
}

row! {
    /// An account's vote; `choices` are indices of options.
    pub struct PollVote in "poll_votes" {
        key { status_id: i64, account_id: i64 }
        choices: Value,
        position: i64,
    }
}

pub(super) fn want(core: &mut Core, _: &Recorded, event: &Event) {
    match event {
        Event::Poll(PollEvent::Voted(e)) => {
            core.polls.want((e.status.status_id.get(),));
            core.poll_votes.want((e.status.status_id.get(), e.account_id.get()));
        }
        Event::Poll(PollEvent::Closed(e)) => core.polls.want((e.status_id.get(),)),
        Event::Poll(PollEvent::Tallied(e)) => core.polls.want((e.status_id.get(),)),
        Event::Status(StatusEvent::Edited(e)) => core.polls.want((e.status_id.get(),)),
        _ => {}
    }
}

pub(super) fn apply(core: &mut Core, at: &Recorded, event: &Event) {
    match event {
        Event::Status(StatusEvent::Posted(e)) => {
            if let Some(poll) = &e.poll {
                ask(core, e.status_id, e.account_id, poll, e.created_at);
                count(core, e.status_id, e.remote.as_ref().and_then(|remote| remote.tally.as_ref()));
            }
        }
        Event::Status(StatusEvent::Edited(e)) => edit(core, e),
        Event::Status(StatusEvent::Deleted(e)) => {
            core.polls.remove((e.status_id.get(),));
            core.poll_votes.remove_where("status_id", e.status_id.get());
        }
        Event::Poll(PollEvent::Voted(e)) => vote(core, at, e),
        Event::Poll(PollEvent::Closed(e)) => core.polls.update((e.status_id.get(),), |poll| poll.closed = true),
        Event::Poll(PollEvent::Tallied(e)) => count(core, e.status_id, Some(&e.tally)),
        _ => {}
    }
}

fn ask(core: &mut Core, status: StatusId, account: AccountId, poll: &values::Poll, asked_at: Timestamp) {
    core.polls.put(Poll {
        status_id: status.get(),
        account_id: account.get(),
        asked_at,
        options: json(&poll.options),
        tallies: json(&vec![0; poll.options.len()]),
        multiple: poll.multiple,
        hide_totals: poll.hide_totals,
        expires_at: poll.expires_at,
        closed: false,
        votes_count: 0,
        voters_count: 0,
    });
}

/// What the server that asks has counted, all votes of this server's accounts among them.
fn count(core: &mut Core, status: StatusId, tally: Option<&Tally>) {
    let Some(tally) = tally else { return };
    core.polls.update((status.get(),), |poll| {
        if poll.options.as_array().map(Vec::len) == Some(tally.votes.len()) {
            poll.tallies = json(&tally.votes);
            poll.votes_count = tally.votes.iter().sum::<u64>().cast_signed();
            poll.voters_count = tally.voters.map_or(poll.votes_count, u64::cast_signed);
        }
    });
}

/// A closed poll stays closed, unless it asks anew or is given more time.
fn edit(core: &mut Core, e: &StatusEdited) {
    change(core, e);
    count(core, e.status_id, e.remote.as_ref().and_then(|remote| remote.tally.as_ref()));
}

fn change(core: &mut Core, e: &StatusEdited) {
    let id = e.status_id.get();
    match &e.poll {
        Some(poll) if e.poll_reset || core.polls.get((id,)).is_none() => {
            core.poll_votes.remove_where("status_id", id);
            ask(core, e.status_id, e.account_id, poll, e.edited_at);
        }
        Some(poll) => core.polls.update((id,), |row| {
            row.hide_totals = poll.hide_totals;
            row.expires_at = poll.expires_at;
            row.closed &= poll.expires_at <= e.edited_at;
        }),
        None => {
            core.poll_votes.remove_where("status_id", id);
            core.polls.remove((id,));
        }
    }
}

/// The poll may be gone; the vote stands all the same until the status is deleted. What was asked before an edit that
/// asks anew is not what the vote counts for.
fn vote(core: &mut Core, at: &Recorded, e: &PollVoted) {
    let key = (e.status.status_id.get(), e.account_id.get());
    let another = core.polls.get((key.0,)).is_some_and(|poll| poll.asked_at != e.asked_at);
    if another {
        return;
    }
    // Who lives elsewhere chooses one by one, in any order.
    let again = core.poll_votes.get(key).is_some();
    core.poll_votes.update(key, |vote| {
        vote.choices.as_array_mut().into_iter().for_each(|known| {
            known.extend(e.choices.iter().copied().map(Value::from));
            known.sort_unstable_by_key(Value::as_u64);
        });
    });
    if !again {
        let (status_id, account_id) = key;
        core.poll_votes.put(PollVote { status_id, account_id, choices: json(&e.choices), position: column(at) });
    }
    core.polls.update((key.0,), |poll| {
        for choice in &e.choices {
            if let Some(tally) = poll.tallies.get_mut(usize::from(*choice)) {
                *tally = Value::from(tally.as_i64().unwrap_or(0) + 1);
                poll.votes_count += 1;
            }
        }
        poll.voters_count += i64::from(!again);
    });
}

/// The polls of these statuses, in no order.
///
/// # Errors
/// When the database cannot be read.
pub async fn by_ids(reader: &Reader, status_ids: &[i64]) -> Result<Vec<Poll>, ProjectionError> {
    let sql = "SELECT * FROM polls WHERE status_id = ANY($1)";
    Ok(reader.lookup(sql, &[&status_ids]).await?.iter().map(Poll::read).collect())
}

/// Polls that are over but not closed, the longest over first.
///
/// # Errors
/// When the database cannot be read.
pub async fn due(reader: &Reader, now: Timestamp, limit: i64) -> Result<Vec<Poll>, ProjectionError> {
    let sql = "SELECT * FROM polls WHERE NOT closed AND expires_at <= $1 ORDER BY expires_at, status_id LIMIT $2";
    Ok(reader.query(sql, &[&now, &limit]).await?.iter().map(Poll::read).collect())
}
