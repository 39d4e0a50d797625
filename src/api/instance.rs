//! `/api/v1/instance`, `/api/v2/instance`, rules, peers, activity: what the server says of itself.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use chronodon_domain::limits;
use chronodon_domain::text::escape;
use chronodon_projections::core::{accounts, activity, rules};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::entities::accounts::{self as account_entities, Account};
use super::error::{ApiError, ApiResult};
use crate::app::App;
use crate::config::RegistrationMode;
use crate::media::format::SUPPORTED_MIME_TYPES;
use crate::{clock, ids};

/// The API of Mastodon that this server speaks. Clients look for features by it.
const API_OF_MASTODON: &str = "4.6.0";
/// What clients may switch on (4.5's, quotes; later numbers promise collections, which are not here).
const API_VERSION: u32 = 7;
/// Weeks that `activity` tells of.
const WEEKS: i64 = 12;
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// Its routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/instance", get(v1))
        .route("/api/v2/instance", get(v2))
        .route("/api/v1/instance/rules", get(show_rules))
        .route("/api/v1/instance/peers", get(peers))
        .route("/api/v1/instance/activity", get(show_activity))
        .route("/api/v1/instance/extended_description", get(extended_description))
}

/// `4.6.0 (compatible; Chronodon 0.1.0)`: clients read the first number.
fn version() -> String {
    format!("{API_OF_MASTODON} (compatible; Chronodon {})", env!("CARGO_PKG_VERSION"))
}

fn limits_of_statuses() -> Value {
    json!({
        "max_characters": limits::STATUS_CHARACTERS_MAX,
        "max_media_attachments": limits::STATUS_MEDIA_MAX,
        "characters_reserved_per_url": limits::STATUS_CHARACTERS_PER_URL,
    })
}

fn limits_of_media() -> Value {
    json!({
        "supported_mime_types": SUPPORTED_MIME_TYPES,
        "description_limit": limits::MEDIA_DESCRIPTION_CHARS_MAX,
        "image_size_limit": limits::IMAGE_BYTES_MAX,
        "image_matrix_limit": limits::IMAGE_PIXELS_MAX,
        "video_size_limit": limits::VIDEO_BYTES_MAX,
        "video_frame_rate_limit": limits::VIDEO_FRAME_RATE_MAX,
        "video_matrix_limit": limits::VIDEO_PIXELS_MAX,
    })
}

fn limits_of_polls() -> Value {
    json!({
        "max_options": limits::POLL_OPTIONS_MAX,
        "max_characters_per_option": limits::POLL_OPTION_CHARACTERS_MAX,
        "min_expiration": limits::POLL_EXPIRES_IN_SECONDS_MIN,
        "max_expiration": limits::POLL_EXPIRES_IN_SECONDS_MAX,
    })
}

fn streaming_url(app: &App) -> String {
    app.base_url.replacen("http", "ws", 1)
}

async fn v1(State(app): State<Arc<App>>) -> ApiResult<Json<Value>> {
    let about = &app.config.instance;
    let (users, statuses) = activity::totals(&app.reader).await?;
    let mode = app.config.registrations.mode;
    Ok(Json(json!({
        "uri": app.domain,
        "title": about.title,
        "short_description": about.description,
        "description": about.description,
        "email": about.contact_email,
        "version": version(),
        "urls": { "streaming_api": streaming_url(&app) },
        "stats": { "user_count": users, "status_count": statuses, "domain_count": 1 },
        "thumbnail": Value::Null,
        "languages": about.languages,
        "registrations": mode != RegistrationMode::Closed,
        "approval_required": mode == RegistrationMode::Approval,
        "invites_enabled": false,
        "configuration": {
            "accounts": { "max_featured_tags": 0, "max_pinned_statuses": limits::PINNED_STATUSES_MAX },
            "statuses": limits_of_statuses(),
            "media_attachments": limits_of_media(),
            "polls": limits_of_polls(),
        },
        "contact_account": contact(&app).await?,
        "rules": all_rules(&app).await?,
    })))
}

async fn v2(State(app): State<Arc<App>>) -> ApiResult<Json<Value>> {
    let about = &app.config.instance;
    let mode = app.config.registrations.mode;
    let month = ids::first_id_at(ago(30 * DAY_SECONDS));
    let limited = app.config.federation.limited;
    let active = if limited { 0 } else { activity::active_since(&app.reader, month).await? };
    let thumbnail = app.url("/headers/original/missing.png");
    let access = if limited { "authenticated" } else { "public" };
    let access = json!({ "local": access, "remote": access });
    Ok(Json(json!({
        "domain": app.domain,
        "title": about.title,
        "version": version(),
        "source_url": app.url("/about"),
        "description": about.description,
        "wrapstodon": Value::Null,
        "usage": { "users": { "active_month": active } },
        "thumbnail": { "url": thumbnail, "description": "" },
        "icon": [],
        "languages": about.languages,
        "configuration": {
            "urls": {
                "streaming": streaming_url(&app),
                "status": Value::Null,
                "about": app.url("/about"),
                "privacy_policy": Value::Null,
                "terms_of_service": Value::Null,
            },
            "vapid": { "public_key": "" },
            "accounts": {
                "max_display_name_length": limits::DISPLAY_NAME_CHARACTERS_MAX,
                "max_note_length": limits::NOTE_CHARACTERS_MAX,
                "max_avatar_description_length": limits::AVATAR_DESCRIPTION_CHARS_MAX,
                "max_header_description_length": limits::AVATAR_DESCRIPTION_CHARS_MAX,
                "max_featured_tags": 0,
                "max_pinned_statuses": limits::PINNED_STATUSES_MAX,
                "max_profile_fields": limits::PROFILE_FIELDS_MAX,
                "profile_field_name_limit": limits::PROFILE_FIELD_NAME_CHARS_MAX,
                "profile_field_value_limit": limits::PROFILE_FIELD_VALUE_CHARS_MAX,
            },
            "statuses": limits_of_statuses(),
            "media_attachments": limits_of_media(),
            "polls": limits_of_polls(),
            "translation": { "enabled": false },
            "timelines_access": { "live_feeds": access, "hashtag_feeds": access, "trending_link_feeds": access },
            "limited_federation": limited,
        },
        "registrations": {
            "enabled": mode != RegistrationMode::Closed,
            "approval_required": mode == RegistrationMode::Approval,
            "reason_required": mode == RegistrationMode::Approval,
            "message": Value::Null,
            "min_age": Value::Null,
            "url": Value::Null,
        },
        "api_versions": { "mastodon": API_VERSION },
        "contact": { "email": about.contact_email, "account": contact(&app).await? },
        "rules": all_rules(&app).await?,
    })))
}

/// The account that people may write to, if there is one.
async fn contact(app: &App) -> ApiResult<Option<Account>> {
    let Some(name) = &app.config.instance.contact_account else { return Ok(None) };
    let found = accounts::by_local_usernames(&app.reader, &[name.to_lowercase()]).await?;
    let ids: Vec<_> = found.iter().map(|account| account.id).collect();
    Ok(account_entities::in_order(app, &ids).await?.pop())
}

async fn all_rules(app: &App) -> ApiResult<Vec<Value>> {
    let rules = rules::all(&app.reader).await?;
    let render = |rule: rules::Rule| json!({ "id": rule.id.to_string(), "text": rule.text, "hint": rule.hint, "translations": {} });
    Ok(rules.into_iter().map(render).collect())
}

async fn show_rules(State(app): State<Arc<App>>) -> ApiResult<Json<Vec<Value>>> {
    all_rules(&app).await.map(Json)
}

/// Nobody is named yet.
async fn peers(State(app): State<Arc<App>>) -> ApiResult<Json<[String; 0]>> {
    is_told_to_everybody(&app)?;
    Ok(Json([]))
}

/// A server that federates with some only does not say with whom, nor what goes on in it.
fn is_told_to_everybody(app: &App) -> ApiResult<()> {
    if app.config.federation.limited { Err(ApiError::NotFound) } else { Ok(()) }
}

/// Twelve weeks, the newest first, quiet ones included.
async fn show_activity(State(app): State<Arc<App>>) -> ApiResult<Json<Vec<Value>>> {
    is_told_to_everybody(&app)?;
    let week_seconds = 7 * DAY_SECONDS;
    let known = activity::weeks(&app.reader, ago(WEEKS * week_seconds)).await?;
    let this = activity::week_of(clock::now());
    let weeks = (0..WEEKS).map(|back| this - back * week_seconds).map(|week| {
        let row = known.iter().find(|row| row.week == week);
        json!({
            "week": week.to_string(),
            "statuses": row.map_or(0, |row| row.statuses).to_string(),
            "logins": "0",
            "registrations": row.map_or(0, |row| row.registrations).to_string(),
        })
    });
    Ok(Json(weeks.collect()))
}

async fn extended_description(State(app): State<Arc<App>>) -> Json<Value> {
    let content = escape(&app.config.instance.description);
    Json(json!({ "updated_at": Value::Null, "content": format!("<p>{content}</p>") }))
}

fn ago(seconds: i64) -> Timestamp {
    clock::now().checked_sub(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::UNIX_EPOCH)
}
