//! `/oauth/token`, `/oauth/revoke`, `/oauth/userinfo` and what says where they are (RFC 6749, 7009, 8414).
//!
//! The pages of the code grant are in `web/authorize.rs`.

use std::sync::Arc;

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::auth::Authenticated;
use super::entities::accounts;
use super::error::{ApiError, ApiResult};
use super::params::{Params, lenient};
use crate::app::App;
use crate::auth::apps::{self, RegisteredApp};
use crate::auth::grants::{GrantError, Granted, UNSUPPORTED_GRANT};
use crate::auth::{scopes, tokens};
use crate::commands::By;

/// Its routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/.well-known/oauth-authorization-server", get(metadata))
        .route("/oauth/revoke", post(revoke))
        .route("/oauth/token", post(token))
        .route("/oauth/userinfo", get(userinfo).post(userinfo))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    #[serde(deserialize_with = "lenient::filled")]
    grant_type: Option<String>,
    #[serde(deserialize_with = "lenient::filled")]
    client_id: Option<String>,
    #[serde(deserialize_with = "lenient::filled")]
    client_secret: Option<String>,
    #[serde(deserialize_with = "lenient::filled")]
    code: Option<String>,
    #[serde(deserialize_with = "lenient::filled")]
    redirect_uri: Option<String>,
    #[serde(deserialize_with = "lenient::filled")]
    code_verifier: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    scope: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    username: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    password: Option<String>,
    #[serde(deserialize_with = "lenient::filled")]
    token: Option<String>,
}

/// The entity Token.
#[derive(Debug, Serialize)]
struct Token {
    access_token: String,
    token_type: &'static str,
    scope: String,
    created_at: i64,
}

impl From<Granted> for Token {
    fn from(granted: Granted) -> Self {
        Self {
            access_token: granted.secret,
            token_type: "Bearer",
            scope: granted.scopes.join(" "),
            created_at: granted.created_at.as_second(),
        }
    }
}

async fn token(State(app): State<Arc<App>>, basic: Basic, asked: Params<Asked>) -> ApiResult<Json<Token>> {
    let client = client(&app, basic, &asked).await?.ok_or_else(unknown_client)?;
    let scope = asked.scope.as_deref();
    let granted = match asked.grant_type.as_deref() {
        Some("authorization_code") => {
            let code = asked.code.as_deref().ok_or_else(|| missing("code"))?;
            app.redeem_code(&client, code, asked.redirect_uri.as_deref(), asked.code_verifier.as_deref()).await?
        }
        Some("client_credentials") => app.grant_to_app(&client, scope).await?,
        Some("password") => {
            let (login, password) = (asked.username.as_deref(), asked.password.as_deref());
            app.grant_for_password(&client, login.unwrap_or_default(), password.unwrap_or_default(), scope).await?
        }
        Some(_) => return Err(UNSUPPORTED_GRANT.into()),
        None => return Err(missing("grant_type")),
    };
    Ok(Json(granted.into()))
}

/// Revoking what is no token, or not any more, is success (RFC 7009 §2.2).
async fn revoke(State(app): State<Arc<App>>, basic: Basic, asked: Params<Asked>) -> ApiResult<Json<Value>> {
    let client = client(&app, basic, &asked).await?.ok_or_else(not_yours)?;
    let secret = asked.token.as_deref().ok_or_else(|| missing("token"))?;
    if let Some(token) = tokens::find(&app.server_tables, secret).await? {
        if token.app_id != client.id {
            return Err(not_yours());
        }
        let by = token.account_id.map_or(By::operator(), By::account);
        app.revoke_token(by, &token).await?;
    }
    Ok(Json(json!({})))
}

async fn userinfo(State(app): State<Arc<App>>, auth: Authenticated) -> ApiResult<Json<Value>> {
    auth.require("profile")?;
    let id = auth.account_id.get();
    let account = accounts::by_ids(&app, &[id]).await?.remove(&id).ok_or(ApiError::NotFound)?;
    Ok(Json(json!({
        "iss": app.url("/"),
        "sub": account.uri,
        "name": account.display_name,
        "preferred_username": account.username,
        "profile": account.url,
        "picture": account.avatar,
    })))
}

/// What works here, and nothing else.
async fn metadata(State(app): State<Arc<App>>) -> Json<Value> {
    let mut grants = vec!["authorization_code", "client_credentials"];
    if app.config.oauth.password_grant {
        grants.push("password");
    }
    Json(json!({
        "issuer": app.url("/"),
        "authorization_endpoint": app.url("/oauth/authorize"),
        "token_endpoint": app.url("/oauth/token"),
        "revocation_endpoint": app.url("/oauth/revoke"),
        "userinfo_endpoint": app.url("/oauth/userinfo"),
        "app_registration_endpoint": app.url("/api/v1/apps"),
        "scopes_supported": scopes::KNOWN,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": grants,
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
    }))
}

/// Client id and secret of an `Authorization: Basic …` header.
struct Basic(Option<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Basic {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        let written = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let encoded = written.and_then(|value| value.split_once(' '));
        let encoded = encoded.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"));
        let Some((_, encoded)) = encoded else { return Ok(Self(None)) };
        let decoded = STANDARD.decode(encoded.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let (id, secret) = decoded.as_deref().and_then(|text| text.split_once(':')).ok_or_else(unknown_client)?;
        Ok(Self(Some((id.to_owned(), secret.to_owned()))))
    }
}

/// The app that asks, by its header or its body.
async fn client(app: &App, basic: Basic, asked: &Asked) -> ApiResult<Option<RegisteredApp>> {
    let in_body = asked.client_id.clone().zip(asked.client_secret.clone());
    let Some((id, secret)) = basic.0.or(in_body) else { return Ok(None) };
    Ok(apps::authenticate(&app.server_tables, &id, &secret).await?)
}

fn refused(status: StatusCode, code: &'static str, description: &'static str) -> ApiError {
    ApiError::OAuth { status, code, description: description.into() }
}

fn unknown_client() -> ApiError {
    let description = "Client authentication failed due to unknown client, no client authentication included, or \
                       unsupported authentication method.";
    refused(StatusCode::UNAUTHORIZED, "invalid_client", description)
}

fn not_yours() -> ApiError {
    refused(StatusCode::FORBIDDEN, "unauthorized_client", "You are not authorized to revoke this token")
}

fn missing(parameter: &'static str) -> ApiError {
    let description = format!("Missing required parameter: {parameter}.").into();
    ApiError::OAuth { status: StatusCode::BAD_REQUEST, code: "invalid_request", description }
}

impl From<GrantError> for ApiError {
    fn from(error: GrantError) -> Self {
        match error {
            GrantError::Refused(code, description) => refused(StatusCode::BAD_REQUEST, code, description),
            GrantError::Fault(error) => error.into(),
        }
    }
}
