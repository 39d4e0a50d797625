//! Answers that came before what they answer. Such an answer begins a conversation of its own and keeps the address of its
//! parent; once that is here, whichever came first, the two belong together, and so does all that follows from them. Not
//! a read model of its own: it keeps the columns `in_reply_to_id`, `in_reply_to_account_id` and `conversation_id` of
//! statuses.
//!
//! What they hold follows from the rows that are there, not from the order in which they came: so a replay after an
//! erasure gives the same. A conversation joins one that was begun earlier, so there are no circles.

use std::collections::BTreeSet;

use super::Core;
use super::statuses::{self, Status};

/// Asks for what may belong together with a status that comes: itself at `uri`, its parent at `in_reply_to_uri`.
pub(super) fn want_added(core: &mut Core, begun_in: i64, uri: Option<&str>, in_reply_to_uri: Option<&str>) {
    core.statuses.want((begun_in,));
    if let Some(uri) = in_reply_to_uri {
        core.statuses.want_text("uri", uri);
    }
    let Some(uri) = uri else { return };
    core.statuses.want_text("in_reply_to_uri", uri);
    let waiting: Vec<_> = core.statuses.rows().filter(|row| awaits(row, uri)).map(|row| row.conversation_id).collect();
    waiting.into_iter().for_each(|conversation| core.statuses.want_where("conversation_id", conversation));
    if let Some(parent) = in_reply_to_uri.and_then(|uri| at(core, uri)) {
        core.statuses.want((parent,));
    }
}

/// Asks for what may fall apart when a status goes.
pub(super) fn want_removed(core: &mut Core, id: i64) {
    let Some(row) = core.statuses.get((id,)) else { return };
    let (conversation, uri, parts) = (row.conversation_id, row.uri.clone(), has_joined(row));
    let parts = parts || core.statuses.rows().any(|row| row.in_reply_to_id == Some(id) && has_joined(row));
    if let Some(uri) = uri {
        core.statuses.want_text("in_reply_to_uri", &uri);
    }
    if parts {
        core.statuses.want_where("conversation_id", conversation);
    }
}

/// The conversation that the one which began with the status `begun_in` is part of by now.
pub(super) fn of(core: &Core, begun_in: i64) -> i64 {
    core.statuses.get((begun_in,)).map_or(begun_in, |began| began.conversation_id)
}

/// A status is there: it joins its parent if it has waited for that, and those join it that have waited for it.
pub(super) fn join(core: &mut Core, id: i64) {
    let Some(row) = core.statuses.get((id,)) else { return };
    let (uri, parent_uri) = (row.uri.clone(), row.in_reply_to_uri.clone());
    if let Some(parent) = parent_uri.and_then(|uri| at(core, &uri)) {
        link(core, id, parent);
    }
    let Some(uri) = uri else { return };
    let waiting: Vec<_> = core.statuses.rows().filter(|row| awaits(row, &uri)).map(|row| row.id).collect();
    waiting.into_iter().for_each(|answer| link(core, answer, id));
}

/// A status is about to go: what has joined by way of it is on its own again.
pub(super) fn part(core: &mut Core, id: i64) {
    let joined = |row: &&Status| has_joined(row) && (row.id == id || row.in_reply_to_id == Some(id));
    let joined: Vec<_> = core.statuses.rows().filter(joined).map(|row| row.id).collect();
    joined.into_iter().for_each(|answer| unlink(core, answer));
}

fn link(core: &mut Core, answer: i64, parent: i64) {
    let Some(above) = core.statuses.get((parent,)) else { return };
    if above.begun_in_id >= answer {
        return;
    }
    let (author, conversation) = (above.account_id, above.conversation_id);
    let all: Vec<_> = core.statuses.all_where("conversation_id", answer).map(|row| row.id).collect();
    move_to(core, all, conversation);
    core.statuses.update((answer,), |row| {
        row.in_reply_to_id = Some(parent);
        row.in_reply_to_account_id = Some(author);
    });
    statuses::count_answer(core, answer, 1);
}

fn unlink(core: &mut Core, answer: i64) {
    statuses::count_answer(core, answer, -1);
    let Some(row) = core.statuses.get((answer,)) else { return };
    let all: Vec<_> = core
        .statuses
        .all_where("conversation_id", row.conversation_id)
        .map(|row| (row.id, row.begun_in_id, row.in_reply_to_id.filter(|_| has_joined(row))))
        .collect();
    // Conversations that go with it, and the statuses of these.
    let (mut begun, mut parting) = (BTreeSet::from([answer]), BTreeSet::new());
    loop {
        parting.extend(all.iter().filter(|(_, begun_in, _)| begun.contains(begun_in)).map(|(id, ..)| *id));
        let before = begun.len();
        begun
            .extend(all.iter().filter(|(.., above)| above.is_some_and(|id| parting.contains(&id))).map(|(id, ..)| *id));
        if begun.len() == before {
            break;
        }
    }
    move_to(core, parting, answer);
    core.statuses.update((answer,), |row| {
        row.in_reply_to_id = None;
        row.in_reply_to_account_id = None;
    });
}

fn move_to(core: &mut Core, ids: impl IntoIterator<Item = i64>, conversation: i64) {
    for id in ids {
        core.statuses.update((id,), |row| row.conversation_id = conversation);
    }
}

/// The status at this address.
fn at(core: &Core, uri: &str) -> Option<i64> {
    let mut found = core.statuses.rows().filter(|row| row.reblog_of_id.is_none() && row.uri.as_deref() == Some(uri));
    found.next().map(|row| row.id)
}

/// Whether it waits for the status at this address.
fn awaits(row: &Status, uri: &str) -> bool {
    row.in_reply_to_uri.as_deref() == Some(uri) && row.in_reply_to_id.is_none()
}

/// Whether its parent came later, or became known later, than itself.
fn has_joined(row: &Status) -> bool {
    row.in_reply_to_uri.is_some() && row.in_reply_to_id.is_some()
}
