//! `/` and `/about`: what the server says of itself.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use chronodon_projections::core::{activity, rules};

use super::shell::{Card, NoPage, Shell, answer};
use crate::app::App;
use crate::config::RegistrationMode;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/", get(home)).route("/about", get(about))
}

#[derive(Template)]
#[template(path = "public/about.html")]
struct About {
    shell: Shell,
    description: String,
    accounts: i64,
    statuses: i64,
    rules: Vec<(String, String)>,
    sign_up: &'static str,
    contact_email: String,
    contact_account: Option<String>,
    version: &'static str,
    /// The whole of it, rather than the front page.
    whole: bool,
}

async fn home(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    answer(&app, &headers, page(&app, "/", false).await)
}

async fn about(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    answer(&app, &headers, page(&app, "/about", true).await)
}

async fn page(app: &App, path: &str, whole: bool) -> Result<About, NoPage> {
    let ((accounts, statuses), rules) = tokio::try_join!(activity::totals(&app.reader), rules::all(&app.reader))?;
    let instance = &app.config.instance;
    let card = Card {
        kind: "website",
        title: instance.title.clone(),
        description: instance.description.clone(),
        ..Card::default()
    };
    Ok(About {
        shell: Shell { canonical: Some(app.url(path)), card: Some(card), ..Shell::of(app) },
        description: instance.description.clone(),
        accounts,
        statuses,
        rules: rules.into_iter().map(|rule| (rule.text, rule.hint)).collect(),
        sign_up: match app.config.registrations.mode {
            RegistrationMode::Open => "Everybody may sign up, with an app.",
            RegistrationMode::Approval => "Everybody may ask to join, with an app; the team lets people in.",
            RegistrationMode::Closed => "New accounts are made by the team.",
        },
        contact_email: instance.contact_email.clone(),
        contact_account: instance.contact_account.clone(),
        version: env!("CARGO_PKG_VERSION"),
        whole,
    })
}
