//! The poll of a question.

use jiff::Timestamp;
use serde_json::Value;

use crate::document::{Fields, cut};
use crate::limits::{POLL_OPTION_CHARS_MAX, POLL_OPTIONS_MAX};

/// A poll, at the time the object was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Poll {
    /// What can be voted for, at least one.
    pub options: Vec<PollOption>,
    /// Several options may be chosen.
    pub multiple: bool,
    /// When it ends or ended; none for never.
    pub end_time: Option<Timestamp>,
    /// When it was closed, where that is said.
    pub closed: Option<Timestamp>,
    /// How many have voted, where that is said.
    pub voters: Option<u64>,
}

/// One option of a poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PollOption {
    /// Plain text; a vote names it.
    pub name: String,
    /// How many have chosen it.
    pub votes: u64,
}

/// The poll of an object that is a question and has options.
pub(super) fn read(fields: &Fields<'_>) -> Option<Poll> {
    if !fields.is("Question") {
        return None;
    }
    let multiple = fields.get("oneOf").is_none();
    let options: Vec<PollOption> = fields
        .objects(if multiple { "anyOf" } else { "oneOf" }, POLL_OPTIONS_MAX)
        .filter_map(|it| read_option(&it))
        .collect();
    if options.is_empty() {
        return None;
    }
    let end_time = fields.time("endTime");
    // `closed` is a time, or only says that it is.
    let closed = match fields.get("closed") {
        None | Some(Value::Bool(false)) => None,
        Some(_) => {
            fields.time("closed").or(end_time).or_else(|| fields.time("updated")).or_else(|| fields.time("published"))
        }
    };
    Some(Poll { options, multiple, end_time, closed, voters: fields.number("votersCount") })
}

fn read_option(option: &Fields<'_>) -> Option<PollOption> {
    let name = cut(option.text("name")?, POLL_OPTION_CHARS_MAX);
    let votes = option.object("replies").and_then(|replies| replies.number("totalItems")).unwrap_or(0);
    Some(PollOption { name, votes })
}
