//! `/.well-known/webfinger` (RFC 7033): from a handle or an address to an actor of this server.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chronodon_activitypub::context::ACTIVITY_JSON;
use chronodon_projections::core::accounts::by_handle;
use serde::Deserialize;
use serde_json::{Value, json};

use super::outbox::addresses;
use crate::api::Params;
use crate::api::entities::accounts::{self as entities, AVATAR_MISSING};
use crate::api::error::ApiError;
use crate::api::params::lenient;
use crate::app::App;

const MEDIA_TYPE: &str = "application/jrd+json; charset=utf-8";
/// Three days, as Mastodon's: handles do not change.
const KEPT: &str = "public, max-age=259200";
/// Those who were shut out may come back.
const KEPT_GONE: &str = "public, max-age=180";
const PROFILE_PAGE: &str = "http://webfinger.net/rel/profile-page";
const SUBSCRIBE: &str = "http://ostatus.org/schema/1.0/subscribe";
const AVATAR: &str = "http://webfinger.net/rel/avatar";

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

/// Who is asked for.
#[derive(Debug, PartialEq, Eq)]
enum Resource<'a> {
    Account(&'a str),
    Server,
    /// Something of another server, or nothing at all.
    Elsewhere,
}

/// Refusals have no body.
async fn show(State(app): State<Arc<App>>, asked: Params<Asked>) -> Response {
    let resource = asked.resource.as_deref().and_then(|resource| read(resource, &app.domain, &app.base_url));
    match resource {
        None => StatusCode::BAD_REQUEST.into_response(),
        Some(Resource::Elsewhere) => StatusCode::NOT_FOUND.into_response(),
        Some(Resource::Server) => found(&of_server(&app)),
        Some(Resource::Account(name)) => of_account(&app, name).await.unwrap_or_else(ApiError::into_response),
    }
}

/// What is asked for; none where it is neither a handle nor an address. Both domains are ours, where the server is at
/// another than its handles.
fn read<'a>(resource: &'a str, domain: &str, base: &str) -> Option<Resource<'a>> {
    let authority = base.split_once("://").map_or(base, |(_, authority)| authority);
    let is_ours = |name: &str| name.eq_ignore_ascii_case(domain) || name.eq_ignore_ascii_case(authority);
    let of_name = |name: &'a str| if is_ours(name) { Resource::Server } else { Resource::Account(name) };
    if let Some((_, address)) = resource.split_once("://") {
        let (host, path) = address.split_once('/').unwrap_or((address, ""));
        let path = path.trim_end_matches('/');
        let name = path.strip_prefix('@').or_else(|| path.strip_prefix("users/"));
        return Some(match name {
            _ if !is_ours(host) => Resource::Elsewhere,
            Some(name) => Resource::Account(name.split('@').next().unwrap_or_default()),
            None if matches!(path, "" | "actor") => Resource::Server,
            None => Resource::Elsewhere,
        });
    }
    let handle = resource.strip_prefix("acct:").unwrap_or(resource);
    match handle.strip_prefix('@').unwrap_or(handle).rsplit_once('@') {
        Some((name, host)) if !name.is_empty() && !host.is_empty() => {
            Some(if is_ours(host) { of_name(name) } else { Resource::Elsewhere })
        }
        None if is_ours(handle) => Some(Resource::Server),
        _ => None,
    }
}

async fn of_account(app: &App, name: &str) -> Result<Response, ApiError> {
    let row = by_handle(&app.reader, name, None).await?.filter(|row| row.approved && row.confirmed);
    let gone = || (StatusCode::GONE, [(CACHE_CONTROL, KEPT_GONE)]).into_response();
    let row = match row {
        Some(row) if row.suspended => return Ok(gone()),
        Some(row) => row,
        None if app.commands.was_deleted(name).await? => return Ok(gone()),
        None => return Ok(StatusCode::NOT_FOUND.into_response()),
    };
    let shown = entities::one(app, row.id).await?;
    let actor = addresses::actor(app, &row.username);
    let mut links = vec![link(PROFILE_PAGE, "text/html", &shown.url)];
    if app.config.federation.enabled {
        links.push(link("self", ACTIVITY_JSON, &actor));
        links.push(json!({ "rel": SUBSCRIBE, "template": app.url("/authorize_interaction?uri={uri}") }));
    }
    if !shown.avatar.ends_with(AVATAR_MISSING) {
        links.push(link(AVATAR, super::outbox::type_by_name(&shown.avatar), &shown.avatar));
    }
    Ok(found(&json!({
        "subject": format!("acct:{}@{}", row.username, app.domain),
        "aliases": [shown.url, actor],
        "links": links,
    })))
}

fn of_server(app: &App) -> Value {
    let (actor, page) = (addresses::instance_actor(app), app.url("/about"));
    json!({
        "subject": format!("acct:{0}@{0}", app.domain),
        "aliases": [actor],
        "links": [link(PROFILE_PAGE, "text/html", &page), link("self", ACTIVITY_JSON, &actor)],
    })
}

fn link(rel: &str, kind: &str, href: &str) -> Value {
    json!({ "rel": rel, "type": kind, "href": href })
}

fn found(body: &Value) -> Response {
    ([(CONTENT_TYPE, MEDIA_TYPE), (CACHE_CONTROL, KEPT)], body.to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(resource: &str) -> Option<Resource<'_>> {
        read(resource, "social.example", "https://www.social.example")
    }

    #[test]
    fn all_names_of_ours_are_read() {
        for resource in [
            "acct:ann@social.example",
            "acct:ann@WWW.social.example",
            "acct:@ann@social.example",
            "ann@social.example",
            "@ann@social.example",
            "https://www.social.example/@ann",
            "https://www.social.example/users/ann",
            "https://social.example/@ann/",
            "https://www.social.example/@ann@social.example",
        ] {
            assert_eq!(asked(resource), Some(Resource::Account("ann")), "{resource}");
        }
        for resource in [
            "acct:social.example@social.example",
            "acct:www.social.example@social.example",
            "https://www.social.example/actor",
            "https://www.social.example/",
            "social.example",
        ] {
            assert_eq!(asked(resource), Some(Resource::Server), "{resource}");
        }
    }

    #[test]
    fn anything_else_is_elsewhere_or_no_name() {
        for resource in ["acct:ann@b.example", "https://b.example/@ann", "https://www.social.example/about", "https://"]
        {
            assert_eq!(asked(resource), Some(Resource::Elsewhere), "{resource}");
        }
        for resource in ["", "ann", "acct:", "acct:ann", "acct:@social.example", "ann@", "@"] {
            assert_eq!(asked(resource), None, "{resource}");
        }
    }
}
