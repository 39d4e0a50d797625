//! How statuses and reblogs came about, as an outbox lists them: Create and Announce.

use std::collections::HashMap;

use chronodon_events::values::Visibility;
use serde_json::Value;

use super::activities::{self, Announce};
use super::addresses;
use super::note::notes;
use crate::api::entities::statuses::{self as entities, Status};
use crate::api::error::ApiResult;
use crate::app::App;

/// The activities of these local statuses and reblogs, in their order and each without `@context`: a fixed number of
/// queries. Left out are those that are not there or whose author is not shown.
///
/// # Errors
/// When the database cannot be read.
pub async fn posted(app: &App, ids: &[i64]) -> ApiResult<Vec<Value>> {
    let (statuses, notes) = tokio::try_join!(entities::in_order(app, None, ids), notes(app, ids))?;
    let mut notes: HashMap<String, Value> =
        notes.into_iter().filter_map(|note| Some((note["id"].as_str()?.to_owned(), note))).collect();
    let activity = |status: &Status| match &status.reblog {
        Some(shown) => Some(announce(app, status, shown)),
        None => notes.remove(&status.uri).map(activities::create),
    };
    Ok(statuses.iter().filter_map(activity).collect())
}

fn announce(app: &App, reblog: &Status, shown: &Status) -> Value {
    activities::announce(Announce {
        id: &addresses::activity(app, &reblog.account.username, reblog.id.parse().unwrap_or_default()),
        actor: &reblog.account.uri,
        status: &shown.uri,
        author: &shown.account.uri,
        visibility: Visibility::parse(&reblog.visibility).unwrap_or(Visibility::Direct),
        at: reblog.created_at,
    })
}
