//! `/api/v1/statuses`: post, read, delete.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::{get, post};
use axum::{Json, Router};
use chronodon_events::values::{Application, Visibility};
use chronodon_events::{MediaId, StatusId};
use serde::Deserialize;

use super::auth::{Authenticated, Viewer};
use super::entities::statuses::{self, Status};
use super::error::{ApiError, ApiResult};
use super::params::{Params, lenient};
use crate::app::App;
use crate::commands::{By, NewPoll, PostStatus};

/// Its routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/v1/statuses", post(create)).route("/api/v1/statuses/{id}", get(show).delete(destroy))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NewStatus {
    #[serde(deserialize_with = "lenient::text")]
    status: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    spoiler_text: Option<String>,
    #[serde(deserialize_with = "lenient::boolean")]
    sensitive: Option<bool>,
    #[serde(deserialize_with = "lenient::filled")]
    visibility: Option<String>,
    #[serde(deserialize_with = "lenient::filled")]
    language: Option<String>,
    #[serde(deserialize_with = "lenient::id")]
    in_reply_to_id: Option<StatusId>,
    #[serde(deserialize_with = "lenient::ids")]
    media_ids: Vec<MediaId>,
    #[serde(deserialize_with = "lenient::object")]
    poll: Option<PollParams>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PollParams {
    #[serde(deserialize_with = "lenient::texts")]
    options: Vec<String>,
    #[serde(deserialize_with = "lenient::integer")]
    expires_in: Option<i64>,
    #[serde(deserialize_with = "lenient::boolean")]
    multiple: Option<bool>,
    #[serde(deserialize_with = "lenient::boolean")]
    hide_totals: Option<bool>,
}

impl From<PollParams> for NewPoll {
    fn from(poll: PollParams) -> Self {
        Self {
            options: poll.options,
            expires_in_seconds: poll.expires_in.unwrap_or(0),
            multiple: poll.multiple.unwrap_or(false),
            hide_totals: poll.hide_totals.unwrap_or(false),
        }
    }
}

async fn create(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    headers: HeaderMap,
    params: Params<NewStatus>,
) -> ApiResult<Json<Status>> {
    auth.require("write:statuses")?;
    let NewStatus { status, spoiler_text, sensitive, visibility, language, in_reply_to_id, media_ids, poll } =
        params.value;
    let visibility = visibility.map_or(Ok(Visibility::Public), |word| {
        Visibility::parse(&word).ok_or_else(|| ApiError::validation("Visibility is not included in the list"))
    })?;
    let post = PostStatus {
        text: status.unwrap_or_default(),
        spoiler_text: spoiler_text.unwrap_or_default(),
        sensitive: sensitive.unwrap_or(false),
        visibility,
        language,
        in_reply_to: in_reply_to_id,
        media_ids,
        poll: poll.map(Into::into),
        application: Some(Application {
            id: auth.session.app_id,
            name: auth.session.app_name.clone(),
            website: auth.session.app_website.clone(),
        }),
    };
    let by = retriable(&app, &auth, &headers).await?;
    let id = app.commands.post_status(by, auth.account_id, post).await?;
    statuses::one(&app, Some(auth.account_id), id.get()).await.map(Json)
}

async fn show(State(app): State<Arc<App>>, viewer: Viewer, Path(id): Path<StatusId>) -> ApiResult<Json<Status>> {
    viewer.require("read:statuses")?;
    app.commands.may_see_status(viewer.account_id(), id).await?;
    statuses::one(&app, viewer.account_id(), id.get()).await.map(Json)
}

/// Answers the status with its source, to be written anew.
async fn destroy(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    Path(id): Path<StatusId>,
) -> ApiResult<Json<Status>> {
    auth.require("write:statuses")?;
    let mut status = statuses::one(&app, Some(auth.account_id), id.get()).await?;
    status.text = Some(app.commands.status_source(auth.account_id, id).await?);
    app.commands.delete_status(By::account(auth.account_id), auth.account_id, id).await?;
    Ok(Json(status))
}

/// A person's command, under the id of its `Idempotency-Key` if it has one.
pub(super) async fn retriable(app: &App, auth: &Authenticated, headers: &HeaderMap) -> ApiResult<By> {
    let by = By::account(auth.account_id);
    match headers.get("idempotency-key").and_then(|key| key.to_str().ok()) {
        Some(key) => Ok(by.retried_as(app.commands.request_id(auth.account_id, key).await?)),
        None => Ok(by),
    }
}
