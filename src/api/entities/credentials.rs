//! CredentialAccount, Profile, Role: one's own account.

use chronodon_events::AccountId;
use chronodon_events::values::{PostingDefaults, Role as RoleOfAccount};
use chronodon_projections::core::accounts::{self as rows, Account as Row};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::accounts::{self, AccountProperties};
use crate::api::error::{ApiError, ApiResult};
use crate::api::time::iso_or_null;
use crate::app::App;

/// The entity CredentialAccount: an account with what only its owner sees.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "fields are those of the entity")]
pub struct CredentialAccount {
    #[serde(flatten)]
    pub account: AccountProperties,
    pub source: Source,
    pub role: Role,
}

/// A profile as it was written, and what new statuses begin with.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "fields are those of the entity")]
pub struct Source {
    pub privacy: String,
    pub sensitive: bool,
    pub language: Option<String>,
    pub note: String,
    pub fields: Vec<SourceField>,
    pub follow_requests_count: i64,
    pub hide_collections: bool,
    pub discoverable: bool,
    pub indexable: bool,
    pub attribution_domains: Vec<String>,
    pub quote_policy: String,
}

/// The entity Field as it was written.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "fields are those of the entity")]
pub struct SourceField {
    pub name: String,
    pub value: String,
    #[serde(serialize_with = "iso_or_null")]
    pub verified_at: Option<Timestamp>,
}

/// The entity Role.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "fields are those of the entity")]
pub struct Role {
    pub id: String,
    pub name: String,
    pub permissions: String,
    pub color: String,
    pub highlighted: bool,
    pub collection_limit: i64,
}

/// One's own account: three queries.
///
/// # Errors
/// When the account is not there.
pub async fn own(app: &App, id: AccountId) -> ApiResult<CredentialAccount> {
    let (account, own) = tokio::try_join!(accounts::one(app, id.get()), async {
        Ok(rows::with_follow_requests(&app.reader, id).await?)
    })?;
    let (row, follow_requests) = own.ok_or(ApiError::NotFound)?;
    let defaults: PostingDefaults = serde_json::from_value(row.posting_defaults.clone()).unwrap_or_default();
    Ok(CredentialAccount {
        account: account.properties(),
        source: Source {
            privacy: defaults.visibility.as_str().to_owned(),
            sensitive: defaults.sensitive,
            language: defaults.language,
            note: row.note.clone(),
            fields: fields(&row),
            follow_requests_count: follow_requests,
            hide_collections: row.hide_collections,
            discoverable: row.discoverable,
            indexable: row.indexable,
            attribution_domains: Vec::new(),
            quote_policy: defaults.quote_policy.as_str().to_owned(),
        },
        role: role(RoleOfAccount::parse(&row.role).unwrap_or_default()),
    })
}

/// The entity Profile: one's own profile as it was written.
///
/// # Errors
/// When the account is not there.
pub async fn profile(app: &App, id: AccountId) -> ApiResult<Value> {
    let row = rows::by_ids(&app.reader, &[id.get()]).await?.pop().ok_or(ApiError::NotFound)?;
    let (avatar, header) = (accounts::picture(row.avatar.as_ref()), accounts::picture(row.header.as_ref()));
    let url = |path: Option<&str>| path.map(|path| app.media_url(path));
    Ok(json!({
        "id": row.id.to_string(),
        "display_name": row.display_name,
        "note": row.note,
        "fields": fields(&row),
        "avatar": url(avatar.as_ref().map(|file| &*file.path)),
        "avatar_static": url(avatar.as_ref().map(accounts::still)),
        "avatar_description": avatar.map_or_else(String::new, |file| file.description),
        "header": url(header.as_ref().map(|file| &*file.path)),
        "header_static": url(header.as_ref().map(accounts::still)),
        "header_description": header.map_or_else(String::new, |file| file.description),
        "locked": row.locked,
        "bot": row.bot,
        "hide_collections": row.hide_collections,
        "discoverable": row.discoverable,
        "indexable": row.indexable,
        "show_media": true,
        "show_media_replies": true,
        "show_featured": true,
        "attribution_domains": [],
        "featured_tags": [],
    }))
}

fn fields(row: &Row) -> Vec<SourceField> {
    let fields = accounts::fields(&row.fields).into_iter();
    fields.map(|field| SourceField { name: field.name, value: field.value, verified_at: field.verified_at }).collect()
}

/// Renders a role.
#[must_use]
pub fn role(role: RoleOfAccount) -> Role {
    Role {
        id: accounts::role_id(role),
        name: accounts::role_name(role),
        permissions: permissions(role).to_string(),
        color: String::new(),
        highlighted: role != RoleOfAccount::User,
        collection_limit: 0,
    }
}

/// Mastodon's bits of what its first roles may do (client trap 2). Nobody can invite here, so ordinary people have none.
const fn permissions(role: RoleOfAccount) -> u64 {
    const VIEW_AUDIT_LOG: u64 = 1 << 2;
    const VIEW_DASHBOARD: u64 = 1 << 3;
    const MANAGE_REPORTS: u64 = 1 << 4;
    const MANAGE_TAXONOMIES: u64 = 1 << 8;
    const MANAGE_USERS: u64 = 1 << 10;
    const MODERATOR: u64 = VIEW_AUDIT_LOG | VIEW_DASHBOARD | MANAGE_REPORTS | MANAGE_TAXONOMIES | MANAGE_USERS;
    /// Everything but bit 0, which stands for all bits, also those to come.
    const ADMIN: u64 = (1 << 20) - 2;
    match role {
        RoleOfAccount::User => 0,
        RoleOfAccount::Moderator => MODERATOR,
        RoleOfAccount::Admin => ADMIN,
        RoleOfAccount::Owner => ADMIN | 1,
    }
}
