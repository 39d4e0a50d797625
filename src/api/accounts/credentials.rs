//! One's own account: `verify_credentials`, `update_credentials`, `/api/v1/profile`.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::{get, patch};
use axum::{Json, Router};
use chronodon_domain::account::Changes;
use chronodon_events::values::Visibility;
use serde::Deserialize;
use serde_json::Value;

use super::pictures;
use crate::api::auth::Authenticated;
use crate::api::entities::credentials::{self, CredentialAccount};
use crate::api::error::{ApiError, ApiResult};
use crate::api::params::{Params, lenient};
use crate::api::statuses::params::quote_policy;
use crate::app::App;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/accounts/verify_credentials", get(verify))
        .route("/api/v1/accounts/update_credentials", patch(update))
        .route("/api/v1/profile", get(profile).patch(update_profile))
        .layer(pictures::limit())
}

async fn verify(State(app): State<Arc<App>>, auth: Authenticated) -> ApiResult<Json<CredentialAccount>> {
    may_read(&auth)?;
    credentials::own(&app, auth.account_id).await.map(Json)
}

async fn profile(State(app): State<Arc<App>>, auth: Authenticated) -> ApiResult<Json<Value>> {
    may_read(&auth)?;
    credentials::profile(&app, auth.account_id).await.map(Json)
}

async fn update(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    params: Params<Update>,
) -> ApiResult<Json<CredentialAccount>> {
    change(&app, &auth, params).await?;
    credentials::own(&app, auth.account_id).await.map(Json)
}

async fn update_profile(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    params: Params<Update>,
) -> ApiResult<Json<Value>> {
    change(&app, &auth, params).await?;
    credentials::profile(&app, auth.account_id).await.map(Json)
}

async fn change(app: &App, auth: &Authenticated, params: Params<Update>) -> ApiResult<()> {
    auth.require("write:accounts")?;
    let changes = params.value.changes()?;
    pictures::change(app, auth.account_id, changes, &params.files).await
}

/// The scope `profile` is for apps that only want to know who signs in.
fn may_read(auth: &Authenticated) -> ApiResult<()> {
    auth.require("profile").or_else(|_| auth.require("read:accounts"))
}

/// What cannot be kept yet (`attribution_domains`) is passed over.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Update {
    #[serde(deserialize_with = "lenient::text")]
    display_name: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    note: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    avatar_description: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    header_description: Option<String>,
    #[serde(deserialize_with = "lenient::boolean")]
    locked: Option<bool>,
    #[serde(deserialize_with = "lenient::boolean")]
    bot: Option<bool>,
    #[serde(deserialize_with = "lenient::boolean")]
    discoverable: Option<bool>,
    #[serde(deserialize_with = "lenient::boolean")]
    indexable: Option<bool>,
    #[serde(deserialize_with = "lenient::boolean")]
    hide_collections: Option<bool>,
    #[serde(deserialize_with = "lenient::objects_if_given")]
    fields_attributes: Option<Vec<FieldParams>>,
    #[serde(deserialize_with = "lenient::object")]
    source: Option<SourceParams>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct FieldParams {
    #[serde(deserialize_with = "lenient::text")]
    name: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    value: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SourceParams {
    #[serde(deserialize_with = "lenient::filled")]
    privacy: Option<String>,
    #[serde(deserialize_with = "lenient::boolean")]
    sensitive: Option<bool>,
    #[serde(deserialize_with = "lenient::text")]
    language: Option<String>,
    #[serde(deserialize_with = "lenient::filled")]
    quote_policy: Option<String>,
}

impl Update {
    fn changes(self) -> ApiResult<Changes> {
        let source = self.source.unwrap_or_default();
        let field = |field: FieldParams| (field.name.unwrap_or_default(), field.value.unwrap_or_default());
        Ok(Changes {
            display_name: self.display_name,
            note: self.note,
            fields: self.fields_attributes.map(|fields| fields.into_iter().map(field).collect()),
            avatar_description: self.avatar_description,
            header_description: self.header_description,
            locked: self.locked,
            bot: self.bot,
            discoverable: self.discoverable,
            indexable: self.indexable,
            hide_collections: self.hide_collections,
            visibility: source.privacy.as_deref().map(default_visibility).transpose()?,
            sensitive: source.sensitive,
            quote_policy: source.quote_policy.map(|word| quote_policy(&word)).transpose()?,
            language: source.language.map(|code| Some(code).filter(|code| !code.trim().is_empty())),
            ..Changes::default()
        })
    }
}

/// A status is never direct unless somebody says so.
fn default_visibility(word: &str) -> ApiResult<Visibility> {
    Visibility::parse(word)
        .filter(|visibility| *visibility != Visibility::Direct)
        .ok_or_else(|| ApiError::validation("Default privacy is not included in the list"))
}
