//! Notification, and groups of them.

use std::collections::HashMap;

use chronodon_events::AccountId;
use chronodon_projections::core::notifications::{Notification as Row, NotificationGroup as GroupRow};
use chronodon_projections::core::severances;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::accounts::{self, Account};
use super::statuses::{self, Status};
use crate::api::error::ApiResult;
use crate::api::time::{iso, iso8601};
use crate::app::App;

/// The entity Notification.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "fields are those of the entity")]
pub struct Notification {
    pub id: String,
    pub r#type: String,
    pub group_key: String,
    #[serde(serialize_with = "iso")]
    pub created_at: Timestamp,
    pub account: Account,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<SeveranceEvent>,
}

/// The entity RelationshipSeveranceEvent.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "fields are those of the entity")]
pub struct SeveranceEvent {
    pub id: String,
    pub r#type: String,
    pub purged: bool,
    pub target_name: String,
    pub followers_count: i64,
    pub following_count: i64,
    #[serde(serialize_with = "iso")]
    pub created_at: Timestamp,
}

/// The notifications of `viewer`, in their order; those whose account or status is gone are left out.
///
/// # Errors
/// When the database cannot be read.
pub async fn in_order(app: &App, viewer: AccountId, rows: &[Row]) -> ApiResult<Vec<Notification>> {
    let (accounts, statuses) = sides(app, viewer, rows.iter().map(|row| row.from_account_id), rows).await?;
    let severed = severed(app, rows.iter()).await?;
    Ok(rows
        .iter()
        .filter_map(|row| {
            Some(Notification {
                id: row.id.to_string(),
                r#type: row.kind.clone(),
                group_key: row.group_key.clone(),
                created_at: row.created_at,
                account: accounts.get(&row.from_account_id)?.clone(),
                status: match row.status_id {
                    Some(id) => Some(statuses.get(&id)?.clone()),
                    None => None,
                },
                event: severed.get(&row.id).cloned(),
            })
        })
        .collect())
}

/// The entity GroupedNotificationsResults. `paged`: the ends of each group on the page are told.
///
/// # Errors
/// When the database cannot be read.
pub async fn grouped(app: &App, viewer: AccountId, groups: &[GroupRow], partial_avatars: bool) -> ApiResult<Value> {
    let newest: Vec<_> = groups.iter().map(|group| group.newest.clone()).collect();
    let severed = severed(app, newest.iter()).await?;
    let named = groups.iter().flat_map(|group| group.sample.iter().copied());
    let (mut accounts, statuses) = sides(app, viewer, named, &newest).await?;
    let shown: Vec<_> =
        groups.iter().filter(|group| group.newest.status_id.is_none_or(|id| statuses.contains_key(&id))).collect();
    let full = |id: &i64| !partial_avatars || shown.iter().any(|group| group.sample.first() == Some(id));
    let mut ids: Vec<_> = accounts.keys().copied().collect();
    ids.sort_unstable();
    let (whole, partial): (Vec<_>, Vec<_>) = ids.into_iter().partition(full);
    let partial: Vec<_> =
        partial.iter().filter_map(|id| accounts.remove(id)).map(|account| partial_account(&account)).collect();
    let mut answer = json!({
        "accounts": whole.iter().filter_map(|id| accounts.get(id)).collect::<Vec<_>>(),
        "statuses": shown
            .iter()
            .filter_map(|group| group.newest.status_id)
            .collect::<std::collections::BTreeSet<_>>()
            .iter()
            .filter_map(|id| statuses.get(id))
            .collect::<Vec<_>>(),
        "notification_groups": shown.iter().map(|group| render_group(group, &severed)).collect::<Vec<_>>(),
    });
    if partial_avatars {
        answer["partial_accounts"] = json!(partial);
    }
    Ok(answer)
}

fn render_group(group: &GroupRow, severed: &HashMap<i64, SeveranceEvent>) -> Value {
    let mut value = json!({
        "group_key": group.group_key,
        "notifications_count": group.count,
        "type": group.newest.kind,
        "most_recent_notification_id": group.newest.id,
        "page_min_id": group.oldest_id.to_string(),
        "page_max_id": group.newest.id.to_string(),
        "latest_page_notification_at": iso8601(group.newest.created_at),
        "sample_account_ids": group.sample.iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    if let Some(id) = group.newest.status_id {
        value["status_id"] = json!(id.to_string());
    }
    if let Some(event) = severed.get(&group.newest.id) {
        value["event"] = json!(event);
    }
    value
}

fn partial_account(account: &Account) -> Value {
    json!({
        "id": account.id,
        "acct": account.acct,
        "locked": account.locked,
        "bot": account.bot,
        "url": account.url,
        "avatar": account.avatar,
        "avatar_static": account.avatar_static,
        "avatar_description": account.avatar_description,
    })
}

/// What notifications tell of ended follows, by their ids. Asked only where there are such.
async fn severed(app: &App, rows: impl Iterator<Item = &Row>) -> ApiResult<HashMap<i64, SeveranceEvent>> {
    let ids: Vec<_> = rows.filter(|row| row.kind == "severed_relationships").map(|row| row.id).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found = severances::by_notifications(&app.reader, &ids).await?;
    let event = |row: severances::Severance| SeveranceEvent {
        id: row.id.to_string(),
        r#type: row.kind,
        // What was ended is not kept apart, so there is nothing to give back.
        purged: true,
        target_name: row.target_name,
        followers_count: row.followers_count,
        following_count: row.following_count,
        created_at: row.created_at,
    };
    Ok(found.into_iter().map(|row| (row.notification_id, event(row))).collect())
}

/// The accounts and statuses that notifications name, by id.
async fn sides(
    app: &App,
    viewer: AccountId,
    named: impl Iterator<Item = i64>,
    rows: &[Row],
) -> ApiResult<(HashMap<i64, Account>, HashMap<i64, Status>)> {
    let mut account_ids: Vec<_> = named.collect();
    account_ids.sort_unstable();
    account_ids.dedup();
    let mut status_ids: Vec<_> = rows.iter().filter_map(|row| row.status_id).collect();
    status_ids.sort_unstable();
    status_ids.dedup();
    let statuses = async {
        if status_ids.is_empty() { Ok(Vec::new()) } else { statuses::in_order(app, Some(viewer), &status_ids).await }
    };
    let (accounts, statuses) = tokio::try_join!(accounts::by_ids(app, &account_ids), statuses)?;
    let statuses = statuses.into_iter().filter_map(|status| Some((status.id.parse().ok()?, status)));
    Ok((accounts, statuses.collect()))
}
