//! `POST /api/v1/accounts`: an app makes an account for a person, and gets a token that acts for it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chronodon_domain::account::{check_username, is_language};
use chronodon_domain::limits;
use chronodon_events::AccountId;
use chronodon_projections::core::accounts;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::auth::{Session, Viewer};
use crate::api::error::{ApiError, ApiResult, ErrorCode, Validation};
use crate::api::params::{Params, lenient};
use crate::app::App;
use crate::auth::emails::Email;
use crate::auth::tokens::{self, NewToken};
use crate::auth::{apps, passwords};
use crate::clock;
use crate::commands::{By, CommandError, NewAccount};
use crate::config::RegistrationMode;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SignUp {
    #[serde(deserialize_with = "lenient::text")]
    username: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    email: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    password: Option<String>,
    #[serde(deserialize_with = "lenient::boolean")]
    agreement: Option<bool>,
    #[serde(deserialize_with = "lenient::filled")]
    locale: Option<String>,
    #[serde(deserialize_with = "lenient::filled")]
    reason: Option<String>,
}

/// The token is good at once; what it may do waits until the account is confirmed and let in.
pub(super) async fn create(
    State(app): State<Arc<App>>,
    Viewer(session): Viewer,
    params: Params<SignUp>,
) -> ApiResult<Json<Value>> {
    let session = session.ok_or(ApiError::InvalidToken)?;
    session.require("write:accounts")?;
    if app.config.registrations.mode == RegistrationMode::Closed {
        return Err(ApiError::NotAllowed);
    }
    let asked = params.value;
    faults(&app, &asked).await?.check()?;
    let new = NewAccount {
        username: asked.username.unwrap_or_default(),
        locale: locale(&app, asked.locale),
        reason: asked.reason,
        approved: app.config.registrations.mode == RegistrationMode::Open,
        confirmed: !app.config.confirms_email(),
        ..NewAccount::default()
    };
    let (email, password) = (asked.email.unwrap_or_default(), asked.password.unwrap_or_default());
    let made = app.sign_up(By::account, new, &email, &password).await;
    let account = made.map_err(|error| match error {
        CommandError::Refused(refusal) => Validation::new().refused(refusal).into(),
        other => ApiError::from(other),
    })?;
    token(&app, &session, account).await.map(Json)
}

/// Everything that is wrong with what was asked, as far as it shows before trying.
async fn faults(app: &App, asked: &SignUp) -> ApiResult<Validation> {
    let mut faults = Validation::new();
    let username = asked.username.as_deref().unwrap_or_default();
    match check_username(username, false) {
        Err(refusal) => faults = faults.refused(refusal),
        Ok(()) if accounts::by_handle(&app.reader, username, None).await?.is_some() => {
            faults.add("username", ErrorCode::Taken, "has already been taken");
        }
        Ok(()) => {}
    }
    let email = Email::parse(asked.email.as_deref().unwrap_or_default()).map(drop);
    let password = passwords::check(asked.password.as_deref().unwrap_or_default());
    for refusal in [email, password].into_iter().filter_map(Result::err) {
        faults = faults.refused(refusal);
    }
    if !asked.agreement.unwrap_or(false) {
        faults.add("agreement", ErrorCode::Accepted, "must be accepted");
    }
    let max = limits::SIGN_UP_REASON_CHARS_MAX;
    if asked.reason.as_ref().is_some_and(|reason| reason.chars().count() > max) {
        faults.add("reason", ErrorCode::TooLong, format!("is too long (maximum is {max} characters)"));
    }
    Ok(faults)
}

/// A language that does not look like one is the server's.
fn locale(app: &App, asked: Option<String>) -> String {
    let asked = asked.filter(|locale| is_language(locale));
    asked.or_else(|| app.config.instance.languages.first().cloned()).unwrap_or_default()
}

/// A token with everything that the app registered for.
async fn token(app: &App, session: &Session, account: AccountId) -> ApiResult<Value> {
    let made_for = apps::by_id(&app.server_tables, session.app_id).await?.ok_or(ApiError::InvalidToken)?;
    app.commands.authorize_app(By::account(account), account, &made_for, &made_for.scopes).await?;
    let (id, secret, created_at) = (app.commands.new_token_id(), tokens::secret(), clock::now());
    let (app_id, account_id) = (made_for.id, Some(account));
    let token = NewToken { id, secret: &secret, app_id, account_id, scopes: &made_for.scopes, created_at };
    tokens::store(&app.server_tables, &token).await?;
    Ok(json!({
        "access_token": secret,
        "token_type": "Bearer",
        "scope": made_for.scopes.join(" "),
        "created_at": created_at.as_second(),
    }))
}
