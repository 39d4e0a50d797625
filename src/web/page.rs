//! How a page is sent: rendered, kept by nobody, framed by nobody, running nothing.

use askama::Template;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use crate::api::ApiError;
use crate::app::App;
use crate::commands::CommandError;

/// What a page may load, and where its forms may go.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; \
                      form-action 'self'";
/// The same for a page whose form ends at an app's own address. Browsers hold redirects of a form to its policy, and
/// an app may send the person on to anywhere.
const POLICY_OF_CONSENT: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'";

const PRIVATE: [(HeaderName, &str); 4] = [
    (header::CACHE_CONTROL, "private, no-store"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("x-robots-tag"), "noindex"),
];

/// Where the forms of a page end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forms {
    /// Here.
    Here,
    /// At an app.
    AtAnApp,
}

/// A page for the person who asks, and nobody else.
pub fn render(status: StatusCode, template: &impl Template, forms: Forms) -> Response {
    let Ok(html) = template.render() else {
        return ApiError::internal("a template did not render").into_response();
    };
    let mut response = (status, PRIVATE, Html(html)).into_response();
    let policy = match forms {
        Forms::Here => POLICY,
        Forms::AtAnApp => POLICY_OF_CONSENT,
    };
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response
}

#[derive(Template)]
#[template(path = "message.html")]
struct Message<'a> {
    site: &'a str,
    title: &'a str,
    text: &'a str,
}

/// A page that only says something.
pub fn message(app: &App, status: StatusCode, title: &str, text: &str) -> Response {
    render(status, &Message { site: &app.config.instance.title, title, text }, Forms::Here)
}

/// Tells a person that something went wrong on our side, or will be better later.
pub fn fault(app: &App, error: CommandError) -> Response {
    let error = ApiError::from(error);
    let status = error.status();
    let text = if status == StatusCode::SERVICE_UNAVAILABLE || status == StatusCode::TOO_MANY_REQUESTS {
        "The server has too much to do at this moment. Please try again in a few minutes."
    } else {
        "Something went wrong on our side. Please try again later."
    };
    // Writes what is internal to the log.
    let _ = error.into_response();
    message(app, status, "This did not work", text)
}

/// The page for a form that was not sent from our own page, or too late.
pub fn expired(app: &App) -> Response {
    let text = "This form was open for too long, or your browser does not send our cookie. Please go back, load the \
                page again, and try once more.";
    message(app, StatusCode::FORBIDDEN, "Please try again", text)
}
