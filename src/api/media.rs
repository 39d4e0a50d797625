//! `/api/v1/media`, `/api/v2/media`: hand in files for statuses, ask how far they are, describe and remove them.
//!
//! A picture is usually ready within the time that version 2 waits, and then answered with 200; what takes longer is
//! answered with 202 and asked for until it is ready (client trap 14).

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use chronodon_domain::Refusal;
use chronodon_events::MediaId;
use chronodon_events::values::Focus;
use chronodon_projections::core::media;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::OwnedSemaphorePermit;

use super::auth::Authenticated;
use super::entities::media::{MediaAttachment, render};
use super::error::{ApiError, ApiResult};
use super::params::{FileLimit, Params, Upload, lenient};
use super::path::Path;
use super::statuses::retriable;
use crate::app::App;
use crate::commands::{By, CommandError, DescribeMedia};
use crate::jobs;
use crate::media::Format;

/// How long version 2 waits for a file to be ready.
const WAIT: Duration = Duration::from_secs(2);
/// How long version 1 does, whose clients cannot ask again.
const WAIT_V1: Duration = Duration::from_secs(120);

/// Its routes. Files may have as many bytes as the configuration says.
pub fn routes(app: &App) -> Router<Arc<App>> {
    let limit = FileLimit { bytes: app.config.media.image_bytes_max as u64 };
    Router::new()
        .route("/api/v1/media", post(create_and_wait))
        .route("/api/v2/media", post(create))
        .route("/api/v1/media/{id}", get(show).put(update).patch(update).delete(destroy))
        .layer(Extension(limit))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Description {
    #[serde(deserialize_with = "lenient::text")]
    description: Option<String>,
    focus: Value,
}

type Answer = ApiResult<(StatusCode, Json<MediaAttachment>)>;

async fn create(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    headers: HeaderMap,
    params: Params<Description>,
) -> Answer {
    upload(&app, &auth, &headers, params, WAIT).await
}

async fn create_and_wait(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    headers: HeaderMap,
    params: Params<Description>,
) -> Answer {
    let (_, media) = upload(&app, &auth, &headers, params, WAIT_V1).await?;
    Ok((StatusCode::OK, media))
}

async fn upload(
    app: &Arc<App>,
    auth: &Authenticated,
    headers: &HeaderMap,
    mut params: Params<Description>,
    wait: Duration,
) -> Answer {
    auth.require("write:media")?;
    let by = retriable(app, auth, headers).await?;
    let busy = || ApiError::unavailable("Too many files are being processed; try again");
    let place = app.media.admit().ok_or_else(busy)?;
    let id = match app.commands.uploaded_media(by).await? {
        Some(first) => first,
        None => {
            let file = params.files.take("file").ok_or_else(|| ApiError::validation("File can't be blank"))?;
            let description = params.value.description.take();
            take_in(app, auth, by, file, DescribeMedia { description, focus: focus(&params.focus)? }).await?
        }
    };
    let work = tokio::spawn(work(app.clone(), id, place));
    // What is not done by then goes on; what a crash interrupts is taken up again.
    let _ = tokio::time::timeout(wait, work).await;
    answer(app, auth, id, StatusCode::ACCEPTED).await
}

/// Keeps the file, then says so in the log.
async fn take_in(app: &App, auth: &Authenticated, by: By, file: Upload, describe: DescribeMedia) -> ApiResult<MediaId> {
    let start = file.start().await.map_err(ApiError::internal)?;
    if Format::sniff(&start).is_none() {
        return Err(ApiError::validation("File is not a picture of a supported kind (JPEG, PNG, GIF or WebP)"));
    }
    chronodon_domain::media::check(describe.description.as_deref().unwrap_or_default(), describe.focus)?;
    let id = app.commands.new_media_id();
    app.media.store.keep_incoming(id.get(), file.into_path()).await.map_err(unwritable)?;
    let uploaded = app.commands.upload_media(by, auth.account_id, id, describe).await;
    if !matches!(uploaded, Ok(kept) if kept == id) && !unknown(&uploaded) {
        app.media.store.discard_incoming(id.get()).await.map_err(unwritable)?;
    }
    Ok(uploaded?)
}

/// The event may be in the log all the same, and then its file is needed.
fn unknown(outcome: &Result<MediaId, CommandError>) -> bool {
    matches!(outcome, Err(error) if !matches!(error, CommandError::Refused(_)))
}

async fn work(app: Arc<App>, id: MediaId, _place: OwnedSemaphorePermit) {
    if let Err(error) = jobs::process_media::run(&app, id).await {
        tracing::warn!(%id, %error, "an upload waits to be processed again");
    }
}

fn unwritable(error: std::io::Error) -> ApiError {
    if error.kind() == std::io::ErrorKind::StorageFull {
        return ApiError::unavailable("There is no room for uploads at the moment");
    }
    ApiError::internal(error)
}

/// `"x,y"`, `[x, y]` or `{x, y}`; what lies a little beyond the picture is put on its edge.
pub(super) fn focus(given: &Value) -> ApiResult<Option<Focus>> {
    let number = |value: &Value| value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
    let pair = match given {
        Value::Null => return Ok(None),
        Value::String(text) if text.trim().is_empty() => return Ok(None),
        Value::String(text) => {
            text.split_once(',').and_then(|(x, y)| Some((x.trim().parse().ok()?, y.trim().parse().ok()?)))
        }
        Value::Array(pair) => pair.first().and_then(number).zip(pair.get(1).and_then(number)),
        Value::Object(pair) => pair.get("x").and_then(number).zip(pair.get("y").and_then(number)),
        _ => None,
    };
    let pair = pair.filter(|(x, y): &(f64, f64)| x.is_finite() && y.is_finite());
    let (x, y) = pair.ok_or_else(|| ApiError::validation("Focus must be two numbers from -1 to 1"))?;
    Ok(Some(Focus { x: x.clamp(-1.0, 1.0), y: y.clamp(-1.0, 1.0) }))
}

/// The attachment as it is now: `pending` while it is processed, 422 when it failed.
async fn answer(app: &App, auth: &Authenticated, id: MediaId, pending: StatusCode) -> Answer {
    let row = media::own(&app.reader, auth.account_id, id).await?.ok_or(ApiError::NotFound)?;
    let status = match row.state.as_str() {
        "ready" => StatusCode::OK,
        "failed" => return Err(ApiError::unprocessable(row.reason.unwrap_or_else(|| "The file is damaged".into()))),
        _ => pending,
    };
    Ok((status, Json(render(app, &row))))
}

/// An attachment that is on a status is edited with that status.
async fn loose(app: &App, id: MediaId) -> ApiResult<()> {
    if media::attached(&app.reader, &[id]).await?.is_empty() { Ok(()) } else { Err(ApiError::NotFound) }
}

async fn show(State(app): State<Arc<App>>, auth: Authenticated, Path(id): Path<MediaId>) -> Answer {
    auth.require("write:media")?;
    loose(&app, id).await?;
    answer(&app, &auth, id, StatusCode::PARTIAL_CONTENT).await
}

async fn update(
    State(app): State<Arc<App>>,
    auth: Authenticated,
    Path(id): Path<MediaId>,
    params: Params<Description>,
) -> Answer {
    auth.require("write:media")?;
    loose(&app, id).await?;
    let _before = answer(&app, &auth, id, StatusCode::OK).await?;
    let describe = DescribeMedia { focus: focus(&params.focus)?, description: params.value.description };
    app.commands.update_media(By::account(auth.account_id), auth.account_id, id, describe).await?;
    answer(&app, &auth, id, StatusCode::OK).await
}

async fn destroy(State(app): State<Arc<App>>, auth: Authenticated, Path(id): Path<MediaId>) -> ApiResult<Json<Value>> {
    auth.require("write:media")?;
    let removed = app.commands.remove_media(By::account(auth.account_id), auth.account_id, id).await;
    removed.map_err(|error| match error {
        CommandError::Refused(Refusal::Invalid { message, .. }) => ApiError::unprocessable(message),
        other => other.into(),
    })?;
    if let Err(error) = jobs::erase::media(&app, id).await {
        tracing::warn!(%id, %error, "files of a removed attachment wait to be deleted again");
    }
    Ok(Json(json!({})))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_focus_is_read_in_any_shape() {
        let read = |value: Value| focus(&value).ok().flatten().map(|focus| (focus.x, focus.y));
        assert_eq!(read(json!("-0.5, 0.25")), Some((-0.5, 0.25)));
        assert_eq!(read(json!(["1", -1.000_1])), Some((1.0, -1.0)));
        assert_eq!(read(json!({ "x": 0, "y": "0.5" })), Some((0.0, 0.5)));
        assert_eq!(read(json!("")), None);
        for bad in [json!("left"), json!("1"), json!("NaN,0"), json!([0]), json!(true)] {
            assert!(focus(&bad).is_err(), "{bad}");
        }
    }
}
