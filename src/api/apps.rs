//! `/api/v1/apps`: register an app, and see what one is.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use chronodon_events::AppId;
use serde::{Deserialize, Serialize};

use super::auth::Viewer;
use super::error::{ApiError, ApiResult};
use super::params::{Params, lenient};
use crate::app::App;
use crate::auth::apps::{self, RegisteredApp, Registration, SCOPES_DEFAULT};
use crate::auth::{scopes, tokens};

/// Its routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/v1/apps", post(create)).route("/api/v1/apps/verify_credentials", get(show))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NewApp {
    #[serde(deserialize_with = "lenient::text")]
    client_name: Option<String>,
    #[serde(deserialize_with = "lenient::texts")]
    redirect_uris: Vec<String>,
    #[serde(deserialize_with = "lenient::filled")]
    scopes: Option<String>,
    #[serde(deserialize_with = "lenient::filled")]
    website: Option<String>,
}

/// The entity Application.
#[derive(Debug, Serialize)]
struct Application {
    id: AppId,
    name: String,
    website: Option<String>,
    scopes: Vec<String>,
    redirect_uris: Vec<String>,
    redirect_uri: String,
    /// Web push is not there yet.
    vapid_key: &'static str,
}

/// The entity CredentialApplication.
#[derive(Debug, Serialize)]
struct CredentialApplication {
    #[serde(flatten)]
    application: Application,
    client_id: String,
    client_secret: String,
    /// Never.
    client_secret_expires_at: i64,
}

impl From<RegisteredApp> for Application {
    fn from(app: RegisteredApp) -> Self {
        Self {
            id: app.id,
            name: app.name,
            website: app.website,
            scopes: app.scopes,
            redirect_uri: app.redirect_uris.join("\n"),
            redirect_uris: app.redirect_uris,
            vapid_key: "",
        }
    }
}

/// The secret is shown here and never again.
async fn create(State(app): State<Arc<App>>, params: Params<NewApp>) -> ApiResult<Json<CredentialApplication>> {
    let NewApp { client_name, redirect_uris, scopes, website } = params.value;
    let registration = Registration {
        name: client_name.unwrap_or_default(),
        website,
        // A single text may hold several, one a line.
        redirect_uris: redirect_uris.iter().flat_map(|uris| uris.split_whitespace()).map(str::to_owned).collect(),
        scopes: scopes::parse(scopes.as_deref().unwrap_or(SCOPES_DEFAULT)),
    };
    let client_secret = tokens::secret();
    let made = app.register(registration, None, &client_secret).await?;
    let made = made.ok_or_else(|| ApiError::internal("a random client id was taken"))?;
    let client_id = made.client_id.clone();
    Ok(Json(CredentialApplication { application: made.into(), client_id, client_secret, client_secret_expires_at: 0 }))
}

async fn show(State(app): State<Arc<App>>, Viewer(session): Viewer) -> ApiResult<Json<Application>> {
    let session = session.ok_or(ApiError::InvalidToken)?;
    let found = apps::by_id(&app.server_tables, session.app_id).await?;
    Ok(Json(found.ok_or(ApiError::InvalidToken)?.into()))
}
