//! Makes messages of a happening: a fixed number of queries, however many listen.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chronodon_events::AccountId;
use chronodon_projections::core::notifications as rows;
use chronodon_projections::memory::recent::Facts;
use serde::Serialize;
use serde_json::json;

use super::channel::Channel;
use super::happening::{Happening, Told};
use super::registry::Target;
use super::{Message, Payload, audience};
use crate::api::entities::{accounts, notifications, statuses};
use crate::api::error::{ApiError, ApiResult};
use crate::app::App;
use crate::clock;

type Outgoing = Vec<(Target, Message)>;

/// What is to be sent, to whom.
pub(super) async fn prepare(app: &App, happening: &Happening) -> ApiResult<Outgoing> {
    let mut outgoing = match &happening.told {
        Told::Nothing => Vec::new(),
        Told::New(id, facts) => {
            let mut outgoing = status(app, "update", *id, facts).await?;
            outgoing.extend(conversation(app, *id, facts).await?);
            outgoing
        }
        Told::Changed(id, facts) => status(app, "status.update", *id, facts).await?,
        Told::Gone(gone) => {
            let mut outgoing = Vec::new();
            for (id, facts) in gone {
                let payload = Payload::new(id.to_string());
                let targets = audience::of_gone(app, facts).await?.into_iter();
                outgoing.extend(targets.map(|target| addressed(target, "delete", payload.clone())));
            }
            outgoing
        }
    };
    if happening.notifies {
        outgoing.extend(notified(app, happening).await?);
    }
    Ok(outgoing)
}

fn addressed(target: Target, event: &'static str, payload: Arc<Payload>) -> (Target, Message) {
    let message = target.message(event, payload);
    (target, message)
}

/// A status for those on whose timelines it stands, as each of them sees it.
async fn status(app: &App, event: &'static str, id: i64, facts: &Facts) -> ApiResult<Outgoing> {
    let targets = audience::of_status(app, id, facts).await?;
    let payloads = rendered(app, id, &targets).await?;
    let outgoing = targets.into_iter().filter_map(|target| {
        let payload = payloads.get(&target.account())?.clone();
        Some(addressed(target, event, payload))
    });
    Ok(outgoing.collect())
}

/// A direct status as the newest of its conversation, for each who takes part.
async fn conversation(app: &App, id: i64, facts: &Facts) -> ApiResult<Outgoing> {
    let targets = audience::of_conversation(app, facts);
    if targets.is_empty() {
        return Ok(Vec::new());
    }
    let taking_part: BTreeSet<_> = facts.mentions.iter().copied().chain([facts.author]).collect();
    let accounts = accounts::in_order(app, &taking_part.into_iter().collect::<Vec<_>>()).await?;
    let seen: HashMap<_, _> = as_seen(app, id, &targets).await?.into_iter().collect();
    let outgoing = targets.into_iter().filter_map(|target| {
        let viewer = target.account();
        let status = seen.get(&viewer)?;
        let others: Vec<_> = accounts.iter().filter(|account| account.id != viewer.to_string()).collect();
        let entity = json!({
            "id": facts.conversation.to_string(),
            "unread": facts.author != viewer.get(),
            "accounts": others,
            "last_status": status,
        });
        Some(addressed(target, "conversation", Payload::new(entity.to_string())))
    });
    Ok(outgoing.collect())
}

/// What the event has told local accounts.
async fn notified(app: &App, happening: &Happening) -> ApiResult<Outgoing> {
    let mut listening: BTreeMap<AccountId, Vec<Target>> = BTreeMap::new();
    {
        let registry = app.streaming.registry();
        for of in [Channel::User as fn(AccountId) -> Channel, Channel::UserNotification] {
            for channel in registry.between(of(AccountId(i64::MIN)), of(AccountId(i64::MAX))) {
                for target in registry.to(channel).into_iter().filter(Target::hears_notifications) {
                    listening.entry(target.account()).or_default().push(target);
                }
            }
        }
    }
    if listening.is_empty() {
        return Ok(Vec::new());
    }
    let accounts: Vec<_> = listening.keys().map(|account| account.get()).collect();
    let told = rows::caused_at(&app.reader, happening.position, &accounts, clock::now()).await?;
    let mut outgoing = Vec::new();
    for row in told {
        let account = AccountId(row.account_id);
        for entity in notifications::in_order(app, account, std::slice::from_ref(&row)).await? {
            let payload = Payload::new(json(&entity)?);
            let targets = listening.get(&account).into_iter().flatten().cloned();
            outgoing.extend(targets.map(|target| addressed(target, "notification", payload.clone())));
        }
    }
    Ok(outgoing)
}

/// A status as each of these accounts sees it, as a payload.
async fn rendered(app: &App, id: i64, targets: &[Target]) -> ApiResult<HashMap<AccountId, Arc<Payload>>> {
    let mut payloads = HashMap::new();
    // Most see the same: they have done nothing with it yet.
    let mut written: HashMap<String, Arc<Payload>> = HashMap::new();
    for (viewer, status) in as_seen(app, id, targets).await? {
        let payload = written.entry(json(&status)?).or_insert_with_key(|text| Payload::new(text.clone()));
        payloads.insert(viewer, payload.clone());
    }
    Ok(payloads)
}

async fn as_seen(app: &App, id: i64, targets: &[Target]) -> ApiResult<Vec<(AccountId, statuses::Status)>> {
    let viewers: BTreeSet<_> = targets.iter().map(Target::account).collect();
    statuses::for_viewers(app, &viewers.into_iter().collect::<Vec<_>>(), id).await
}

fn json(entity: &impl Serialize) -> ApiResult<String> {
    serde_json::to_string(entity).map_err(ApiError::internal)
}
