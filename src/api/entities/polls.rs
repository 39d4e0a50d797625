//! Poll.

use chronodon_projections::core::polls::Poll as Row;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::custom_emojis::{self, CustomEmoji};
use crate::api::time::iso;

/// The entity Poll. `voted` and `own_votes` are there for people only.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "fields are those of the entity")]
pub struct Poll {
    pub id: String,
    #[serde(serialize_with = "iso")]
    pub expires_at: Timestamp,
    pub expired: bool,
    pub multiple: bool,
    pub votes_count: i64,
    pub voters_count: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voted: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_votes: Option<Vec<i64>>,
    pub options: Vec<PollOption>,
    pub emojis: Vec<CustomEmoji>,
}

/// An answer that can be chosen; its votes are null while they are hidden.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "fields are those of the entity")]
pub struct PollOption {
    pub title: String,
    pub votes_count: Option<i64>,
}

/// The answers of a poll, plain texts.
pub fn titles(row: &Row) -> impl Iterator<Item = &str> {
    row.options.as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// Renders a poll at `now`, for a viewer with these votes; `None`: for the anonymous. `emojis`: those that its answers
/// may name, and others.
#[must_use]
pub fn render(row: &Row, now: Timestamp, own: bool, own_votes: Option<Vec<i64>>, emojis: &[CustomEmoji]) -> Poll {
    let expired = row.closed || row.expires_at <= now;
    let hidden = row.hide_totals && !expired;
    let tallies = row.tallies.as_array().into_iter().flatten().map(|tally| tally.as_i64().unwrap_or(0));
    Poll {
        id: row.status_id.to_string(),
        expires_at: row.expires_at,
        expired,
        multiple: row.multiple,
        votes_count: row.votes_count,
        voters_count: row.voters_count,
        voted: own_votes.as_ref().map(|votes| own || !votes.is_empty()),
        own_votes,
        options: titles(row)
            .zip(tallies)
            .map(|(title, tally)| PollOption { title: title.to_owned(), votes_count: (!hidden).then_some(tally) })
            .collect(),
        emojis: custom_emojis::of_text(emojis, titles(row)),
    }
}
