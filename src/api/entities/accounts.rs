//! Account.

mod pictures;
mod rendered;

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::Arc;

use chronodon_events::remote::ActorKind;
use chronodon_events::values::{Field, ImageFile, Role};
use chronodon_projections::core::accounts::{self, Account as Row};
use chronodon_projections::memory::kept::NEVER_KEPT;
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

use pictures::Pictures;
use rendered::Rendered;

use super::custom_emojis::{self, CustomEmoji, sorted};
use crate::api::error::{ApiError, ApiResult};
use crate::api::time::{date, iso, iso_or_null, midnight};
use crate::app::App;

/// Where the picture of those is that have none.
pub const AVATAR_MISSING: &str = "/avatars/original/missing.png";
/// Where the header of those is that have none.
pub const HEADER_MISSING: &str = "/headers/original/missing.png";

/// The entity Account with its JSON, the same for every viewer and cheap to clone.
#[derive(Clone, Debug)]
pub struct Account(Arc<Made>);

#[derive(Debug)]
struct Made {
    properties: AccountProperties,
    json: Box<RawValue>,
    let_in: bool,
}

impl Account {
    /// The entity, to be written among others' properties.
    #[must_use]
    pub fn properties(&self) -> AccountProperties {
        self.0.properties.clone()
    }

    /// Neither suspended nor waiting to be let in: what it has posted may be shown.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        self.0.let_in && !self.suspended
    }

    /// The entity as JSON.
    pub(super) fn json(&self) -> &str {
        self.0.json.get()
    }

    /// About how many bytes it takes. One that has moved shows another, which changes without it.
    pub(super) fn weight(&self) -> usize {
        if self.moved.is_some() {
            return NEVER_KEPT;
        }
        1_000 + 2 * self.0.json.get().len()
    }
}

impl Deref for Account {
    type Target = AccountProperties;

    fn deref(&self) -> &AccountProperties {
        &self.0.properties
    }
}

impl Serialize for Account {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.json.serialize(serializer)
    }
}

/// The properties of the entity Account.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "fields are those of the entity")]
pub struct AccountProperties {
    pub id: String,
    pub username: String,
    pub acct: String,
    pub display_name: String,
    pub locked: bool,
    pub bot: bool,
    pub discoverable: bool,
    pub indexable: bool,
    pub group: bool,
    #[serde(serialize_with = "iso")]
    pub created_at: Timestamp,
    pub note: String,
    pub url: String,
    pub uri: String,
    pub avatar: String,
    pub avatar_static: String,
    pub avatar_description: String,
    pub header: String,
    pub header_static: String,
    pub header_description: String,
    pub followers_count: i64,
    pub following_count: i64,
    pub statuses_count: i64,
    pub last_status_at: Option<String>,
    pub hide_collections: bool,
    pub noindex: bool,
    pub show_media: bool,
    pub show_media_replies: bool,
    pub show_featured: bool,
    pub feature_approval: Value,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub suspended: bool,
    pub emojis: Vec<CustomEmoji>,
    pub roles: Vec<AccountRole>,
    pub fields: Vec<AccountField>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved: Option<Account>,
}

/// A role as a profile shows it.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "fields are those of the entity")]
pub struct AccountRole {
    pub id: String,
    pub name: String,
    pub color: String,
}

/// The entity Field.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "fields are those of the entity")]
pub struct AccountField {
    pub name: String,
    pub value: String,
    #[serde(serialize_with = "iso_or_null")]
    pub verified_at: Option<Timestamp>,
}

/// The accounts with these ids. For those that are not kept: a query, and one each where their texts name custom
/// emojis or accounts.
///
/// # Errors
/// When the database cannot be read.
pub async fn by_ids(app: &App, ids: &[i64]) -> ApiResult<HashMap<i64, Account>> {
    let kept = app.kept.accounts.get(ids, |missing| make(app, missing)).await?;
    Ok(kept.into_iter().map(|(id, account)| (id, Account::clone(&account))).collect())
}

/// The accounts with these ids, and of those that have moved their successors.
pub(super) async fn make(app: &App, ids: Vec<i64>) -> ApiResult<Vec<(i64, Account)>> {
    let rows = accounts::with_last_status(&app.reader, &ids).await?;
    let moved: Vec<_> = rows.iter().filter_map(|(row, _)| row.moved_to_id).collect();
    let successors = if moved.is_empty() {
        HashMap::new()
    } else {
        let rows = accounts::with_last_status(&app.reader, &moved).await?;
        render(app, rows, &HashMap::new()).await?.into_iter().collect()
    };
    render(app, rows, &successors).await
}

async fn render(
    app: &App,
    rows: Vec<(Row, Option<Timestamp>)>,
    successors: &HashMap<i64, Account>,
) -> ApiResult<Vec<(i64, Account)>> {
    let (rows, last): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    let texts = rendered::of(app, &rows).await?;
    let shortcodes = sorted(texts.values().flat_map(|texts| texts.shortcodes.iter().cloned()));
    let emojis = custom_emojis::named(app, &shortcodes).await?;
    let made = rows.iter().zip(last).filter_map(|(row, last)| {
        let mut properties = properties(app, row, texts.get(&row.id)?, &emojis, last);
        properties.moved = row.moved_to_id.filter(|_| !row.suspended).and_then(|id| successors.get(&id).cloned());
        let json = to_raw_value(&properties).expect("an entity has a JSON form");
        Some((row.id, Account(Arc::new(Made { properties, json, let_in: row.approved }))))
    });
    Ok(made.collect())
}

/// The accounts with these ids, in their order; unknown ones are left out.
///
/// # Errors
/// When the database cannot be read.
pub async fn in_order(app: &App, ids: &[i64]) -> ApiResult<Vec<Account>> {
    let mut found = by_ids(app, ids).await?;
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

/// One account.
///
/// # Errors
/// [`ApiError::NotFound`] when it is not there.
pub async fn one(app: &App, id: i64) -> ApiResult<Account> {
    by_ids(app, &[id]).await?.remove(&id).ok_or(ApiError::NotFound)
}

/// Of a suspended account only the shell is shown.
fn properties(
    app: &App,
    row: &Row,
    texts: &Rendered,
    emojis: &[CustomEmoji],
    last_status_at: Option<Timestamp>,
) -> AccountProperties {
    let there = !row.suspended;
    let shown = |text: &str| if there { text.to_owned() } else { String::new() };
    let named = |emoji: &&CustomEmoji| there && texts.shortcodes.contains(&emoji.shortcode);
    let remote = accounts::remote::actor(row).filter(|_| there);
    let pictures = Pictures::of(app, row, remote.as_ref().filter(|_| there));
    AccountProperties {
        id: row.id.to_string(),
        username: row.username.clone(),
        acct: acct(row),
        display_name: shown(&row.display_name),
        locked: there && row.locked,
        bot: there && row.bot,
        discoverable: there && row.discoverable,
        indexable: there && row.indexable,
        group: row.kind == ActorKind::Group.as_str(),
        created_at: midnight(row.created_at),
        note: shown(&texts.note),
        url: page_of(app, row),
        uri: uri_of(app, row),
        avatar: pictures.avatar.moving,
        avatar_static: pictures.avatar.still,
        avatar_description: pictures.avatar.description,
        header: pictures.header.moving,
        header_static: pictures.header.still,
        header_description: pictures.header.description,
        followers_count: row.followers_count,
        following_count: row.following_count,
        statuses_count: row.statuses_count,
        last_status_at: last_status_at.filter(|_| there).map(date),
        hide_collections: row.hide_collections,
        noindex: !row.indexable,
        show_media: true,
        show_media_replies: true,
        show_featured: true,
        feature_approval: json!({ "automatic": [], "manual": [], "current_user": "denied" }),
        suspended: row.suspended,
        emojis: match &remote {
            Some(actor) => custom_emojis::remote(app, row.id, &actor.emojis),
            None => emojis.iter().filter(named).cloned().collect(),
        },
        roles: if there { roles(&row.role) } else { Vec::new() },
        fields: if there { texts.fields.clone() } else { Vec::new() },
        moved: None,
    }
}

/// As others write it: `name` of ours, `name@domain` of others.
#[must_use]
pub fn acct(row: &Row) -> String {
    row.domain.as_ref().map_or_else(|| row.username.clone(), |domain| format!("{}@{domain}", row.username))
}

/// Its actor's address.
#[must_use]
pub fn uri_of(app: &App, row: &Row) -> String {
    row.uri.clone().unwrap_or_else(|| app.url(&format!("/users/{}", row.username)))
}

/// Its page for people.
#[must_use]
pub fn page_of(app: &App, row: &Row) -> String {
    row.url.clone().unwrap_or_else(|| app.url(&format!("/@{}", row.username)))
}

/// The fields of a profile, as they were written.
#[must_use]
pub fn fields(column: &Value) -> Vec<Field> {
    serde_json::from_value(column.clone()).unwrap_or_default()
}

/// A picture of a profile.
#[must_use]
pub fn picture(stored: Option<&Value>) -> Option<ImageFile> {
    stored.and_then(|file| serde_json::from_value(file.clone()).ok())
}

/// The path of a picture that does not move.
#[must_use]
pub fn still(file: &ImageFile) -> &str {
    file.static_path.as_deref().unwrap_or(&file.path)
}

/// Staff roles are shown; the ordinary one is not.
fn roles(role: &str) -> Vec<AccountRole> {
    match Role::parse(role) {
        None | Some(Role::User) => Vec::new(),
        Some(role) => vec![AccountRole { id: role_id(role), name: role_name(role), color: String::new() }],
    }
}

/// Mastodon's ids of its first roles.
pub(super) fn role_id(role: Role) -> String {
    let id = match role {
        Role::User => "-99",
        Role::Moderator => "1",
        Role::Admin => "2",
        Role::Owner => "3",
    };
    id.to_owned()
}

/// As people read it; the ordinary role has no name.
pub(super) fn role_name(role: Role) -> String {
    let name = match role {
        Role::User => "",
        Role::Moderator => "Moderator",
        Role::Admin => "Admin",
        Role::Owner => "Owner",
    };
    name.to_owned()
}
