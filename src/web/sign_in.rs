//! `/auth/sign_in` and `/auth/sign_out`.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use super::browser::Browser;
use super::page::{self, Forms};
use crate::api::Params;
use crate::api::params::lenient;
use crate::app::App;
use crate::auth::sign_in::SignIn;
use crate::commands::CommandError;

const PATH: &str = "/auth/sign_in";
/// An app that asks to be let in.
pub(super) const AUTHORIZATION: &str = "/oauth/authorize?";
/// Something to do about what another server showed.
pub(super) const INTERACTION: &str = "/authorize_interaction?";
/// The only places that signing in leads back to. Anything else could lead astray.
const RETURN_TO: [&str; 2] = [AUTHORIZATION, INTERACTION];

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route(PATH, get(show).post(sign_in)).route("/auth/sign_out", post(sign_out))
}

/// The address of the sign-in page that leads back to one of these places, with this query.
pub(super) fn address(place: &'static str, query: &str) -> String {
    let mut encoded = url::form_urlencoded::Serializer::new(String::new());
    encoded.append_pair("return_to", &format!("{place}{query}"));
    format!("{PATH}?{}", encoded.finish())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Form {
    #[serde(deserialize_with = "lenient::filled")]
    return_to: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    login: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    password: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    csrf: Option<String>,
}

impl Form {
    fn return_to(&self) -> Option<&str> {
        let known = |path: &&str| RETURN_TO.iter().any(|place| path.starts_with(place));
        self.return_to.as_deref().filter(known).filter(|path| path.bytes().all(|b| b.is_ascii_graphic()))
    }
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page<'a> {
    site: &'a str,
    csrf: String,
    return_to: &'a str,
    login: &'a str,
    problem: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "signed_in.html")]
struct SignedInPage<'a> {
    site: &'a str,
    domain: &'a str,
    username: &'a str,
    csrf: String,
}

async fn show(State(app): State<Arc<App>>, browser: Browser, form: Params<Form>) -> Response {
    let signed_in = match browser.signed_in(&app).await {
        Ok(signed_in) => signed_in.filter(|_| form.return_to().is_none()),
        Err(error) => return page::fault(&app, error),
    };
    let Some(signed_in) = signed_in else { return ask(&app, &browser, &form, StatusCode::OK, None) };
    let site = &app.config.instance.title;
    let csrf = browser.form_token(&app);
    let template = SignedInPage { site, domain: &app.domain, username: &signed_in.username, csrf };
    page::render(StatusCode::OK, &template, Forms::Here)
}

async fn sign_in(State(app): State<Arc<App>>, browser: Browser, form: Params<Form>) -> Response {
    if !browser.owns(&app, form.csrf.as_deref().unwrap_or_default()) {
        let problem = "The form was open for too long. Please try again.";
        return ask(&app, &browser, &form, StatusCode::FORBIDDEN, Some(problem));
    }
    let (login, password) = (form.login.as_deref().unwrap_or_default(), form.password.as_deref().unwrap_or_default());
    let (status, problem) = match app.sign_in(login, password).await {
        Ok(SignIn::In(account)) => {
            let to = form.return_to().unwrap_or(PATH);
            return match browser.sign_in(&app, account).await {
                Ok(browser) => browser.remembered(&app, Redirect::to(to).into_response()),
                Err(error) => page::fault(&app, error),
            };
        }
        Ok(refused) => (StatusCode::UNPROCESSABLE_ENTITY, refused.problem()),
        Err(CommandError::Throttled) => {
            (StatusCode::TOO_MANY_REQUESTS, Some("Too many attempts. Please wait for an hour before the next one."))
        }
        Err(error) => return page::fault(&app, error),
    };
    ask(&app, &browser, &form, status, problem)
}

async fn sign_out(State(app): State<Arc<App>>, browser: Browser, form: Params<Form>) -> Response {
    if !browser.owns(&app, form.csrf.as_deref().unwrap_or_default()) {
        return page::expired(&app);
    }
    match browser.sign_out(&app).await {
        Ok(browser) => browser.remembered(&app, Redirect::to(PATH).into_response()),
        Err(error) => page::fault(&app, error),
    }
}

fn ask(app: &App, browser: &Browser, form: &Form, status: StatusCode, problem: Option<&str>) -> Response {
    let template = Page {
        site: &app.config.instance.title,
        csrf: browser.form_token(app),
        return_to: form.return_to().unwrap_or_default(),
        login: form.login.as_deref().unwrap_or_default(),
        problem,
    };
    browser.remembered(app, page::render(status, &template, Forms::Here))
}
