//! Aliases and moving, which Mastodon has on its settings pages only; the paths are those of GoToSocial.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use chronodon_domain::{Refusal, limits};
use chronodon_projections::core::accounts;
use serde::Deserialize;

use crate::api::auth::Authenticated;
use crate::api::entities::credentials::{self, CredentialAccount};
use crate::api::error::{ApiError, ApiResult};
use crate::api::params::Params;
use crate::app::App;
use crate::commands::By;
use crate::federation::moving;
use crate::federation::resolve::ResolveError;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/v1/accounts/alias", post(alias)).route("/api/v1/accounts/move", post(begin))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Aliases {
    also_known_as_uris: Vec<String>,
}

/// Replaces all aliases. Each is an actor's address or a handle, and is asked for where it is.
async fn alias(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    params: Params<Aliases>,
) -> ApiResult<Json<CredentialAccount>> {
    auth.require("write:accounts")?;
    let asked = &params.value.also_known_as_uris;
    if asked.len() > limits::ACCOUNT_ALIASES_MAX {
        return Err(refused("also_known_as_uris", "contain too many items"));
    }
    let mut uris = Vec::new();
    for other in asked {
        uris.push(moving::alias(&app, other).await.map_err(|error| said("also_known_as_uris", &error))?);
    }
    app.commands.change_aliases(By::account(auth.account_id), auth.account_id, uris).await?;
    credentials::own(&app, auth.account_id).await.map(Json)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Move {
    password: String,
    moved_to_uri: String,
}

/// Asks for the password, since an app must not give an account away.
async fn begin(State(app): State<Arc<App>>, auth: Authenticated, params: Params<Move>) -> ApiResult<StatusCode> {
    auth.require("write:accounts")?;
    let row = accounts::by_ids(&app.reader, &[auth.account_id.get()]).await?.pop().ok_or(ApiError::NotFound)?;
    if app.credentials.verify(&row.username, &params.value.password).await? != Some(auth.account_id) {
        return Err(refused("password", "is wrong"));
    }
    let target = &params.value.moved_to_uri;
    let by = By::account(auth.account_id);
    moving::begin(&app, by, &row, target).await.map_err(|error| said("moved_to_uri", &error))?;
    Ok(StatusCode::ACCEPTED)
}

fn said(field: &'static str, error: &ResolveError) -> ApiError {
    if error.is_fault() {
        ApiError::internal(error.to_string())
    } else {
        refused(field, "leads to no account that says it is this one")
    }
}

fn refused(field: &'static str, message: &str) -> ApiError {
    crate::commands::CommandError::from(Refusal::invalid(field, "ERR_INVALID", message)).into()
}
