//! `/.well-known/webfinger`: from an address to an account's page. Local accounts only, for clients that discover by it.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chronodon_projections::core::accounts;
use serde::Deserialize;
use serde_json::json;

use super::error::{ApiError, ApiResult};
use super::params::{Params, lenient};
use crate::app::App;

/// Its routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/.well-known/webfinger", get(show))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    #[serde(deserialize_with = "lenient::filled")]
    resource: Option<String>,
}

async fn show(State(app): State<Arc<App>>, asked: Params<Asked>) -> ApiResult<Response> {
    let resource = asked.resource.as_deref().ok_or_else(|| ApiError::missing("resource"))?;
    let name = username(&app, resource).ok_or(ApiError::NotFound)?;
    let found = accounts::by_local_usernames(&app.reader, &[name.to_lowercase()]).await?;
    let account = found.first().ok_or(ApiError::NotFound)?;
    let page = app.url(&format!("/@{}", account.username));
    let body = json!({
        "subject": format!("acct:{}@{}", account.username, app.domain),
        "aliases": [page],
        "links": [{ "rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": page }],
    });
    Ok(([(CONTENT_TYPE, "application/jrd+json; charset=utf-8")], body.to_string()).into_response())
}

/// The name in `acct:name@our.domain` or `https://our.domain/@name`.
fn username<'a>(app: &App, resource: &'a str) -> Option<&'a str> {
    if let Some(page) = resource.strip_prefix(app.base_url.as_str()) {
        return page.strip_prefix("/@").or_else(|| page.strip_prefix("/users/"));
    }
    let (name, domain) = resource.strip_prefix("acct:").unwrap_or(resource).rsplit_once('@')?;
    domain.eq_ignore_ascii_case(&app.domain).then_some(name.trim_start_matches('@'))
}
