//! `/oauth/authorize`: a person lets an app in, or does not (RFC 6749 §4.1).
//!
//! Until app and redirect URI are known to belong together, refusals stay on our own page; after that they go to the
//! app, with its `state`.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;
use url::Url;
use url::form_urlencoded::Serializer;

use super::browser::Browser;
use super::page::{self, Forms};
use super::sign_in;
use crate::api::Params;
use crate::api::params::lenient;
use crate::app::App;
use crate::auth::apps::{self, OUT_OF_BAND, RegisteredApp};
use crate::auth::grants::{Ask, GrantError};
use crate::auth::scopes;
use crate::auth::sessions::SignedIn;

const SHOW_CODE: &str = "/oauth/authorize/native";
const STATE_BYTES_MAX: usize = 4_096;
/// Characters of a code that is shown: more than any of ours has.
const CODE_BYTES_MAX: usize = 64;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/oauth/authorize", get(show).post(decide)).route(SHOW_CODE, get(show_code))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    #[serde(deserialize_with = "lenient::filled")]
    response_type: Option<String>,
    #[serde(deserialize_with = "lenient::filled")]
    client_id: Option<String>,
    #[serde(deserialize_with = "lenient::filled")]
    redirect_uri: Option<String>,
    #[serde(deserialize_with = "lenient::filled")]
    scope: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    state: Option<String>,
    #[serde(deserialize_with = "lenient::filled")]
    code_challenge: Option<String>,
    #[serde(deserialize_with = "lenient::filled")]
    code_challenge_method: Option<String>,
    #[serde(deserialize_with = "lenient::boolean")]
    force_login: Option<bool>,
    #[serde(deserialize_with = "lenient::filled")]
    decision: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    csrf: Option<String>,
}

impl Asked {
    /// The same question as a query string. It asks for no sign-in, so that it can be come back to.
    fn query(&self) -> String {
        let fields = [
            ("response_type", &self.response_type),
            ("client_id", &self.client_id),
            ("redirect_uri", &self.redirect_uri),
            ("scope", &self.scope),
            ("state", &self.state),
            ("code_challenge", &self.code_challenge),
            ("code_challenge_method", &self.code_challenge_method),
        ];
        let mut query = Serializer::new(String::new());
        for (name, value) in fields {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        query.finish()
    }
}

#[derive(Template)]
#[template(path = "authorize.html")]
struct Consent<'a> {
    site: &'a str,
    domain: &'a str,
    app: &'a str,
    website: Option<&'a str>,
    username: &'a str,
    scopes: Vec<&'static str>,
    destination: String,
    csrf: String,
    client_id: &'a str,
    redirect_uri: &'a str,
    scope: String,
    state: Option<&'a str>,
    code_challenge: Option<&'a str>,
    other_account: String,
}

#[derive(Template)]
#[template(path = "code.html")]
struct ShowCode<'a> {
    site: &'a str,
    code: &'a str,
}

async fn show(State(app): State<Arc<App>>, browser: Browser, asked: Params<Asked>) -> Response {
    let ask = match understand(&app, &asked).await {
        Ok(ask) => ask,
        Err(refusal) => return refusal,
    };
    match browser.signed_in(&app).await {
        Ok(Some(person)) if asked.force_login != Some(true) => consent(&app, &browser, &person, &ask, &asked),
        Ok(_) => Redirect::to(&sign_in::address(sign_in::AUTHORIZATION, &asked.query())).into_response(),
        Err(error) => page::fault(&app, error),
    }
}

async fn decide(State(app): State<Arc<App>>, browser: Browser, asked: Params<Asked>) -> Response {
    if !browser.owns(&app, asked.csrf.as_deref().unwrap_or_default()) {
        return page::expired(&app);
    }
    let ask = match understand(&app, &asked).await {
        Ok(ask) => ask,
        Err(refusal) => return refusal,
    };
    let person = match browser.signed_in(&app).await {
        Ok(Some(person)) => person,
        Ok(None) => return Redirect::to(&sign_in::address(sign_in::AUTHORIZATION, &asked.query())).into_response(),
        Err(error) => return page::fault(&app, error),
    };
    if asked.decision.as_deref() != Some("allow") {
        let sentence = "The resource owner or authorization server denied the request.";
        return refuse(&app, &ask.redirect_uri, asked.state.as_deref(), "access_denied", sentence);
    }
    let redirect_uri = ask.redirect_uri.clone();
    match app.grant_code(person.account_id, ask).await {
        Ok(code) if redirect_uri == OUT_OF_BAND => Redirect::to(&format!("{SHOW_CODE}?code={code}")).into_response(),
        Ok(code) => send_back(&redirect_uri, &[("code", Some(&code)), ("state", asked.state.as_deref())]),
        Err(error) => page::fault(&app, error),
    }
}

async fn show_code(State(app): State<Arc<App>>, query: Params<CodeQuery>) -> Response {
    let code = query.code.as_deref().unwrap_or_default();
    let plain = code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if code.is_empty() || code.len() > CODE_BYTES_MAX || !plain {
        return page::message(&app, StatusCode::BAD_REQUEST, "There is no code", "Please start again in the app.");
    }
    page::render(StatusCode::OK, &ShowCode { site: &app.config.instance.title, code }, Forms::Here)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CodeQuery {
    #[serde(deserialize_with = "lenient::filled")]
    code: Option<String>,
}

/// What is asked for, or the answer to what cannot be.
async fn understand(app: &App, asked: &Asked) -> Result<Ask, Response> {
    let client_id = asked.client_id.as_deref().unwrap_or_default();
    let found = apps::find(&app.server_tables, client_id).await.map_err(|error| page::fault(app, error))?;
    let Some(client) = found else {
        let text = "The app that sent you here is not known to this server. Please start again in the app.";
        return Err(page::message(app, StatusCode::BAD_REQUEST, "Unknown app", text));
    };
    let own = |uri: &&String| client.redirect_uris.contains(uri);
    let Some(redirect_uri) = asked.redirect_uri.as_ref().filter(own).cloned() else {
        let text = "The app wants you to be sent to an address that it did not register. This may be an attempt to \
                    steal your account, so it ends here.";
        return Err(page::message(app, StatusCode::BAD_REQUEST, "Unknown address", text));
    };
    let state = asked.state.as_deref();
    if state.is_some_and(|state| state.len() > STATE_BYTES_MAX) {
        return Err(refuse(app, &redirect_uri, None, "invalid_request", "The state is too long."));
    }
    let pkce = (asked.code_challenge.as_deref(), asked.code_challenge_method.as_deref());
    Ask::check(client, redirect_uri.clone(), asked.response_type.as_deref(), asked.scope.as_deref(), pkce).map_err(
        |error| match error {
            GrantError::Refused(code, sentence) => refuse(app, &redirect_uri, state, code, sentence),
            GrantError::Fault(error) => page::fault(app, error),
        },
    )
}

fn consent(app: &App, browser: &Browser, person: &SignedIn, ask: &Ask, asked: &Asked) -> Response {
    let template = Consent {
        site: &app.config.instance.title,
        domain: &app.domain,
        app: &ask.app.name,
        website: ask.app.website.as_deref(),
        username: &person.username,
        scopes: scopes::in_words(&ask.scopes),
        destination: destination(&ask.app, &ask.redirect_uri),
        csrf: browser.form_token(app),
        client_id: &ask.app.client_id,
        redirect_uri: &ask.redirect_uri,
        scope: ask.scopes.join(" "),
        state: asked.state.as_deref(),
        code_challenge: ask.code_challenge.as_deref(),
        other_account: sign_in::address(sign_in::AUTHORIZATION, &asked.query()),
    };
    page::render(StatusCode::OK, &template, Forms::AtAnApp)
}

/// Where the person will be sent, in words.
fn destination(client: &RegisteredApp, redirect_uri: &str) -> String {
    if redirect_uri == OUT_OF_BAND {
        return format!("You will be shown a code to copy into {}.", client.name);
    }
    match Url::parse(redirect_uri) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => {
            format!("You will be sent back to {}.", url.host_str().unwrap_or_default())
        }
        Ok(url) => format!("You will be sent back to the app on this device that opens {}: links.", url.scheme()),
        Err(_) => String::new(),
    }
}

/// Tells the app of a refusal; the person, where no app can be told.
fn refuse(app: &App, redirect_uri: &str, state: Option<&str>, code: &'static str, sentence: &str) -> Response {
    if redirect_uri == OUT_OF_BAND {
        let title = if code == "access_denied" { "Not let in" } else { "This app asks for something wrong" };
        let text = if code == "access_denied" { "The app has no access to your account." } else { sentence };
        return page::message(app, StatusCode::BAD_REQUEST, title, text);
    }
    send_back(redirect_uri, &[("error", Some(code)), ("error_description", Some(sentence)), ("state", state)])
}

/// To the app's own address, byte by byte as it was registered, with what it is told.
fn send_back(redirect_uri: &str, told: &[(&str, Option<&str>)]) -> Response {
    let mut query = Serializer::new(String::new());
    for (name, value) in told {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    let joint = match redirect_uri {
        uri if uri.ends_with(['?', '&']) => "",
        uri if uri.contains('?') => "&",
        _ => "?",
    };
    let address = HeaderValue::try_from(format!("{redirect_uri}{joint}{}", query.finish()));
    let address = address.expect("a registered redirect URI is printable ASCII");
    let headers = [(header::LOCATION, address), (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"))];
    (StatusCode::SEE_OTHER, headers).into_response()
}
