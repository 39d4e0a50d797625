//! Relationship, and the accounts of lists that hold relationships.

use chronodon_events::AccountId;
use chronodon_projections::core::relationships::{self, Entry, Relation};
use jiff::Timestamp;
use serde::Serialize;

use super::accounts::{self, Account, AccountProperties};
use crate::api::error::{ApiError, ApiResult};
use crate::api::time::iso_or_null;
use crate::app::App;
use crate::clock;

/// The entity Relationship.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "fields are those of the entity")]
pub struct Relationship {
    pub id: String,
    pub following: bool,
    pub showing_reblogs: bool,
    pub notifying: bool,
    pub languages: Option<Vec<String>>,
    pub followed_by: bool,
    pub blocking: bool,
    pub blocked_by: bool,
    pub muting: bool,
    pub muting_notifications: bool,
    #[serde(serialize_with = "iso_or_null")]
    pub muting_expires_at: Option<Timestamp>,
    pub requested: bool,
    pub requested_by: bool,
    pub domain_blocking: bool,
    pub endorsed: bool,
    pub note: String,
}

/// The entity MutedAccount.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "fields are those of the entity")]
pub struct MutedAccount {
    #[serde(flatten)]
    pub account: AccountProperties,
    #[serde(serialize_with = "iso_or_null")]
    pub mute_expires_at: Option<Timestamp>,
}

/// The entity FamiliarFollowers.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "fields are those of the entity")]
pub struct FamiliarFollowers {
    pub id: String,
    pub accounts: Vec<Account>,
}

/// What holds between the viewer and one account, suspended or not.
///
/// # Errors
/// [`ApiError::NotFound`] when the account is not there.
pub async fn one(app: &App, viewer: AccountId, account: AccountId) -> ApiResult<Relationship> {
    in_order(app, viewer, &[account.get()], true).await?.pop().ok_or(ApiError::NotFound)
}

/// What holds between the viewer and the accounts with these ids, in their order; unknown ones are left out, and
/// suspended ones unless asked for. One query.
///
/// # Errors
/// When the database cannot be read.
pub async fn in_order(app: &App, viewer: AccountId, ids: &[i64], with_suspended: bool) -> ApiResult<Vec<Relationship>> {
    let relations = relationships::between(&app.reader, viewer, ids, clock::now()).await?;
    let shown = relations.into_iter().filter(|relation| with_suspended || !relation.suspended);
    Ok(shown.map(render).collect())
}

fn render(relation: Relation) -> Relationship {
    let (following, requested) = (relation.follow.is_some(), relation.request.is_some());
    let shown = relation.follow.or(relation.request).unwrap_or_default();
    let shows = following || requested;
    Relationship {
        id: relation.account_id.to_string(),
        following,
        showing_reblogs: shows && shown.reblogs,
        notifying: shows && shown.notify,
        languages: Some(shown.languages).filter(|languages| !languages.is_empty()),
        followed_by: relation.followed_by,
        blocking: relation.blocks,
        blocked_by: relation.blocked_by,
        muting: relation.mute.is_some(),
        muting_notifications: relation.mute.as_ref().is_some_and(|mute| mute.notifications),
        muting_expires_at: relation.mute.and_then(|mute| mute.expires_at),
        requested,
        requested_by: relation.requested_by,
        domain_blocking: false,
        endorsed: false,
        note: relation.note,
    }
}

/// The accounts of a page, each beside its entry; those that are gone are left out.
///
/// # Errors
/// When the database cannot be read.
pub async fn listed(app: &App, entries: &[Entry]) -> ApiResult<Vec<Account>> {
    accounts::in_order(app, &entries.iter().map(|entry| entry.account_id).collect::<Vec<_>>()).await
}

/// The muted accounts of a page.
///
/// # Errors
/// When the database cannot be read.
pub async fn muted(app: &App, entries: &[Entry]) -> ApiResult<Vec<MutedAccount>> {
    let ids: Vec<_> = entries.iter().map(|entry| entry.account_id).collect();
    let mut found = accounts::by_ids(app, &ids).await?;
    let muted = |entry: &Entry| {
        let account = found.remove(&entry.account_id)?;
        Some(MutedAccount { account: account.properties(), mute_expires_at: entry.expires_at })
    };
    Ok(entries.iter().filter_map(muted).collect())
}

/// Who follows each of these accounts, among those whom the viewer follows; in the order asked, unknown ones left out.
/// Three queries.
///
/// # Errors
/// When the database cannot be read.
pub async fn familiar(app: &App, viewer: AccountId, ids: &[i64], most: usize) -> ApiResult<Vec<FamiliarFollowers>> {
    let pairs = relationships::familiar_followers(&app.reader, viewer, ids, most).await?;
    let mut followers: Vec<_> = pairs.iter().filter_map(|(_, follower)| *follower).collect();
    followers.sort_unstable();
    followers.dedup();
    let found = accounts::by_ids(app, &followers).await?;
    let familiar_with = |id: &&i64| {
        let of = pairs.iter().filter(|(target, _)| target == *id).filter_map(|(_, follower)| *follower);
        let accounts = of.filter_map(|follower| found.get(&follower).cloned()).collect();
        FamiliarFollowers { id: id.to_string(), accounts }
    };
    Ok(ids.iter().filter(|id| pairs.iter().any(|(target, _)| target == *id)).map(|id| familiar_with(&id)).collect())
}
