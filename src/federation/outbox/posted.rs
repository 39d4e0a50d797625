//! How statuses and reblogs came about, as an outbox lists them: Create and Announce.

use std::collections::HashMap;

use chronodon_events::values::Visibility;
use serde_json::{Value, json};

use super::addresses;
use super::note::{addressees, notes};
use crate::api::entities::statuses::{self as entities, Status};
use crate::api::error::ApiResult;
use crate::api::time::iso8601;
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
        None => notes.remove(&status.uri).map(|note| create(app, status, note)),
    };
    Ok(statuses.iter().filter_map(activity).collect())
}

fn create(app: &App, status: &Status, note: Value) -> Value {
    json!({
        "id": address(app, status),
        "type": "Create",
        "actor": status.account.uri,
        "published": note["published"],
        "to": note["to"],
        "cc": note["cc"],
        "object": note,
    })
}

fn announce(app: &App, reblog: &Status, shown: &Status) -> Value {
    let visibility = Visibility::parse(&reblog.visibility).unwrap_or(Visibility::Direct);
    let followers = addresses::followers(app, &reblog.account.username);
    let (to, cc) = addressees(visibility, &followers, std::slice::from_ref(&shown.account.uri));
    json!({
        "id": address(app, reblog),
        "type": "Announce",
        "actor": reblog.account.uri,
        "published": iso8601(reblog.created_at),
        "to": to,
        "cc": cc,
        "object": shown.uri,
    })
}

fn address(app: &App, status: &Status) -> String {
    let id = status.id.parse().unwrap_or_default();
    addresses::activity(app, &status.account.username, id)
}
