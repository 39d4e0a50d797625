//! What all public pages have in common: frame, headers, and the pages for what is not there.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::api::ApiError;
use crate::app::App;

/// Pictures come from this server and, in texts of others, from anywhere; nothing is run or sent.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' https:; media-src 'self' https:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A page is public, and what is deleted must not live on in caches for long.
const HEADERS: [(HeaderName, &str); 4] = [
    (header::CACHE_CONTROL, "public, max-age=30"),
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::VARY, "accept"),
];

/// Headers of a page: what its frame says.
#[derive(Debug, Default)]
pub(super) struct Shell {
    /// In the title and on top of every page.
    pub(super) site: String,
    /// In names, such as `social.example`.
    pub(super) domain: String,
    /// The page's one address.
    pub(super) canonical: Option<String>,
    /// Search engines may not list it.
    pub(super) noindex: bool,
    /// What links to the page show.
    pub(super) card: Option<Card>,
    /// Addresses that name the person of this page as the same.
    pub(super) rel_me: Vec<String>,
}

/// Open Graph: what links to a page show.
#[derive(Debug, Default)]
pub(super) struct Card {
    pub(super) kind: &'static str,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) image: Option<String>,
    pub(super) image_alt: String,
    pub(super) published: Option<String>,
    pub(super) username: Option<String>,
}

impl Shell {
    pub(super) fn of(app: &App) -> Self {
        Self { site: app.config.instance.title.clone(), domain: app.domain.clone(), ..Self::default() }
    }
}

/// Why there is no page.
#[derive(Debug)]
pub(super) enum NoPage {
    NotFound,
    Gone,
    Later,
}

impl From<ApiError> for NoPage {
    fn from(error: ApiError) -> Self {
        match error.status() {
            StatusCode::GONE => Self::Gone,
            status if status.is_client_error() => Self::NotFound,
            _ => {
                tracing::warn!(%error, "a page cannot be shown");
                Self::Later
            }
        }
    }
}

impl From<chronodon_projections::ProjectionError> for NoPage {
    fn from(error: chronodon_projections::ProjectionError) -> Self {
        ApiError::from(error).into()
    }
}

impl From<crate::commands::CommandError> for NoPage {
    fn from(error: crate::commands::CommandError) -> Self {
        ApiError::from(error).into()
    }
}

#[derive(Template)]
#[template(path = "public/missing.html")]
struct Missing {
    shell: Shell,
    title: &'static str,
    text: &'static str,
}

impl NoPage {
    pub(super) fn answer(&self, app: &App) -> Response {
        let (status, title, text) = match self {
            Self::NotFound => {
                (StatusCode::NOT_FOUND, "Not here", "There is nothing at this address, or it is not for everybody.")
            }
            Self::Gone => (StatusCode::GONE, "Gone", "What was at this address is gone."),
            Self::Later => {
                (StatusCode::SERVICE_UNAVAILABLE, "One moment", "The server cannot show this page now. Try again soon.")
            }
        };
        let mut response = rendered(&Missing { shell: Shell { noindex: true, ..Shell::of(app) }, title, text });
        *response.status_mut() = status;
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        response
    }
}

/// For addresses that nothing answers.
pub(super) async fn not_found(State(app): State<Arc<App>>, _uri: Uri) -> Response {
    NoPage::NotFound.answer(&app)
}

/// A page, or why there is none. What the reader has already is not sent again.
pub(super) fn answer<T: Template>(app: &App, headers: &HeaderMap, page: Result<T, NoPage>) -> Response {
    let page = match page {
        Ok(page) => page,
        Err(none) => return none.answer(app),
    };
    let Ok(html) = page.render() else { return NoPage::Later.answer(app) };
    let tag = format!("W/\"{}\"", hex::encode(&Sha256::digest(html.as_bytes())[..12]));
    let known = headers.get(header::IF_NONE_MATCH).and_then(|given| given.to_str().ok());
    let mut response = if known.is_some_and(|known| known.split(',').any(|known| known.trim() == tag)) {
        (StatusCode::NOT_MODIFIED, HEADERS).into_response()
    } else {
        (HEADERS, Html(html)).into_response()
    };
    response.headers_mut().insert(header::ETAG, HeaderValue::from_str(&tag).expect("hexadecimal digits in quotes"));
    response
}

fn rendered(page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (HEADERS, Html(html)).into_response(),
        Err(error) => ApiError::internal(error).into_response(),
    }
}
