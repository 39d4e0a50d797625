//! The client API: parse, one command or query, render.
//!
//! What stands here so far is the edge every handler shares: it knows HTTP and Mastodon's conventions, and must not
//! know accounts, statuses or the log. To add a piece of the edge, add a module and one line below.

use std::sync::Arc;

use axum::Router;

use crate::app::App;

mod accounts;
mod apps;
pub mod auth;
mod blocks;
mod bookmarks;
pub mod client_ip;
mod closed;
mod cors;
mod custom_emojis;
mod domain_blocks;
pub mod edge;
mod emails;
pub mod entities;
pub mod error;
pub mod fallback;
mod favourites;
mod follow_requests;
mod grouped_notifications;
mod health;
mod instance;
mod lists;
mod markers;
mod media;
mod mutes;
mod notifications;
mod oauth;
pub mod page;
pub mod params;
pub mod path;
mod polls;
mod preferences;
pub mod rate_limit;
mod refusal;
mod relationships;
mod reports;
pub mod request_id;
pub(crate) mod search;
pub mod starting;
mod statuses;
mod streaming;
mod tags;
pub mod time;
mod timelines;

pub use client_ip::ClientIp;
pub use edge::{EdgeConfig, layers};
pub use error::{ApiError, ApiResult, ErrorCode, Validation};
pub use page::{Page, PageQuery, Pager, Window};
pub use params::{FileLimit, Files, Params, Upload};
pub use rate_limit::{Caller, RateLimitConfig};
pub use request_id::RequestId;

/// All routes of the client API, one line per noun, inside the edge.
pub fn router(app: Arc<App>) -> Router {
    let edge = edge_of(&app);
    let routes = Router::new()
        .merge(accounts::routes())
        .merge(apps::routes())
        .merge(blocks::routes())
        .merge(bookmarks::routes())
        .merge(crate::federation::routes())
        .merge(crate::media::serve::router(app.media.store.clone()))
        .merge(crate::federation::media_proxy::routes())
        .merge(custom_emojis::routes())
        .merge(domain_blocks::routes())
        .merge(emails::routes())
        .merge(favourites::routes())
        .merge(follow_requests::routes())
        .merge(grouped_notifications::routes())
        .merge(health::routes())
        .merge(instance::routes())
        .merge(lists::routes())
        .merge(markers::routes())
        .merge(media::routes(&app))
        .merge(mutes::routes())
        .merge(notifications::routes())
        .merge(oauth::routes())
        .merge(polls::routes())
        .merge(preferences::routes())
        .merge(relationships::routes())
        .merge(reports::routes())
        .merge(search::routes())
        .merge(statuses::routes())
        .merge(streaming::routes())
        .merge(tags::routes())
        .merge(timelines::routes())
        .merge(crate::web::routes(&app));
    layers(closed::close(routes, &app).with_state(app), edge)
}

fn edge_of(app: &App) -> EdgeConfig {
    let public_base = app.base_url.parse().expect("the configuration made it of a domain");
    EdgeConfig {
        trusted_proxies: app.config.server.trusted_proxies.clone(),
        rate_limits: app.config.rate_limits.clone(),
        upload_dir: Some(app.media.store.scratch()),
        ..EdgeConfig::new(public_base)
    }
}
