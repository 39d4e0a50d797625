//! Poll.

use std::collections::HashMap;
use std::sync::Arc;

use chronodon_projections::core::polls::{self, Poll as Row};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::custom_emojis::{self, CustomEmoji};
use crate::api::error::ApiResult;
use crate::api::time::iso;
use crate::app::App;

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

/// A poll, the same for every viewer.
#[derive(Clone, Debug, PartialEq)]
pub struct AskedPoll {
    row: Row,
    /// Those that its answers name.
    emojis: Vec<CustomEmoji>,
}

/// The polls of these statuses. One query where some are not kept, and one where those name custom emojis.
///
/// # Errors
/// When the database cannot be read.
pub async fn by_ids(app: &App, ids: &[i64]) -> ApiResult<HashMap<i64, Arc<AskedPoll>>> {
    app.kept.polls.get(ids, |missing| make(app, missing)).await
}

pub(super) async fn make(app: &App, ids: Vec<i64>) -> ApiResult<Vec<(i64, AskedPoll)>> {
    let rows = polls::by_ids(&app.reader, &ids).await?;
    let emojis = custom_emojis::named(app, &custom_emojis::shortcodes(rows.iter().flat_map(titles))).await?;
    let asked = rows.into_iter().map(|row| {
        let emojis = custom_emojis::of_text(&emojis, titles(&row));
        (row.status_id, AskedPoll { row, emojis })
    });
    Ok(asked.collect())
}

impl AskedPoll {
    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        1_000 + titles(&self.row).map(str::len).sum::<usize>() + 500 * self.emojis.len()
    }
}

/// The answers of a poll, plain texts.
pub fn titles(row: &Row) -> impl Iterator<Item = &str> {
    row.options.as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// Renders a poll at `now`, for a viewer with these votes; `None`: for the anonymous.
#[must_use]
pub fn render(poll: &AskedPoll, now: Timestamp, own: bool, own_votes: Option<Vec<i64>>) -> Poll {
    let row = &poll.row;
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
        emojis: poll.emojis.clone(),
    }
}
