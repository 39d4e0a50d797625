//! Account.

use std::collections::HashMap;

use chronodon_domain::text::{self, Format};
use chronodon_events::values::{Field, ImageFile, Role};
use chronodon_projections::core::accounts::{self, Account as Row};
use jiff::Timestamp;
use serde::Serialize;

use crate::api::error::ApiResult;
use crate::api::time::{date, iso, iso_or_null, midnight};
use crate::app::App;

/// The entity Account.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "fields are those of the entity")]
pub struct Account {
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
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub suspended: bool,
    pub emojis: Vec<serde_json::Value>,
    pub roles: Vec<AccountRole>,
    pub fields: Vec<AccountField>,
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

/// The accounts with these ids: two queries.
///
/// # Errors
/// When the database cannot be read.
pub async fn by_ids(app: &App, ids: &[i64]) -> ApiResult<HashMap<i64, Account>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = accounts::by_ids(&app.reader, ids);
    let last = accounts::last_status_at(&app.reader, ids);
    let (rows, last) = tokio::try_join!(rows, last)?;
    let last: HashMap<i64, Timestamp> = last.into_iter().collect();
    Ok(rows.iter().map(|row| (row.id, render(app, row, last.get(&row.id).copied()))).collect())
}

/// The accounts with these ids, in their order; unknown ones are left out.
///
/// # Errors
/// When the database cannot be read.
pub async fn in_order(app: &App, ids: &[i64]) -> ApiResult<Vec<Account>> {
    let mut found = by_ids(app, ids).await?;
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

fn render(app: &App, row: &Row, last_status_at: Option<Timestamp>) -> Account {
    let url = app.url(&format!("/@{}", row.username));
    let fields: Vec<Field> = serde_json::from_value(row.fields.clone()).unwrap_or_default();
    let avatar = picture(row.avatar.as_ref());
    let header = picture(row.header.as_ref());
    let file = |path: Option<&str>, default: &str| path.map_or_else(|| app.url(default), |path| app.media_url(path));
    Account {
        id: row.id.to_string(),
        username: row.username.clone(),
        acct: row.username.clone(),
        display_name: if row.suspended { String::new() } else { row.display_name.clone() },
        locked: row.locked,
        bot: row.bot,
        discoverable: row.discoverable,
        indexable: row.indexable,
        group: false,
        created_at: midnight(row.created_at),
        note: if row.suspended { String::new() } else { bio(app, &row.note) },
        uri: app.url(&format!("/users/{}", row.username)),
        url,
        avatar: file(avatar.as_ref().map(|file| &*file.path), "/avatars/original/missing.png"),
        avatar_static: file(avatar.as_ref().map(still), "/avatars/original/missing.png"),
        avatar_description: avatar.as_ref().map_or_else(String::new, |file| file.description.clone()),
        header: file(header.as_ref().map(|file| &*file.path), "/headers/original/missing.png"),
        header_static: file(header.as_ref().map(still), "/headers/original/missing.png"),
        header_description: header.as_ref().map_or_else(String::new, |file| file.description.clone()),
        followers_count: row.followers_count,
        following_count: row.following_count,
        statuses_count: row.statuses_count,
        last_status_at: last_status_at.map(date),
        hide_collections: row.hide_collections,
        noindex: !row.indexable,
        show_media: true,
        show_media_replies: true,
        show_featured: true,
        suspended: row.suspended,
        emojis: Vec::new(),
        roles: roles(&row.role),
        fields: if row.suspended { Vec::new() } else { fields.iter().map(|field| self::field(app, field)).collect() },
    }
}

fn picture(stored: Option<&serde_json::Value>) -> Option<ImageFile> {
    stored.and_then(|file| serde_json::from_value(file.clone()).ok())
}

fn still(file: &ImageFile) -> &str {
    file.static_path.as_deref().unwrap_or(&file.path)
}

fn bio(app: &App, note: &str) -> String {
    text::to_html(note, &Format { base_url: &app.base_url, resolve: &|_| None, rel_me: true, with_domains: true })
}

fn field(app: &App, field: &Field) -> AccountField {
    let format = Format { base_url: &app.base_url, resolve: &|_| None, rel_me: true, with_domains: true };
    AccountField {
        name: field.name.clone(),
        value: text::field_to_html(&field.value, &format),
        verified_at: field.verified_at,
    }
}

/// Staff roles are shown; the ordinary one is not.
fn roles(role: &str) -> Vec<AccountRole> {
    match Role::parse(role) {
        None | Some(Role::User) => Vec::new(),
        Some(role) => {
            let mut name = role.as_str().to_owned();
            name[..1].make_ascii_uppercase();
            vec![AccountRole { id: (role as i32).to_string(), name, color: String::new() }]
        }
    }
}
