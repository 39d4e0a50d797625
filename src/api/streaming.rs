//! `/api/v1/streaming`: live updates over a WebSocket, or as server-sent events.

mod events;
mod socket;

use std::sync::Arc;

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::http::header::SEC_WEBSOCKET_PROTOCOL;
use axum::response::Response;
use axum::routing::get;
use chronodon_domain::limits::STREAM_CLIENT_MESSAGE_BYTES_MAX;
use chronodon_events::ListId;
use chronodon_projections::core::timelines;
use serde::Deserialize;
use serde_json::json;

use super::auth::{Session, Viewer};
use super::error::{ApiError, ApiResult};
use super::params::{Params, lenient};
use super::path::Path;
use crate::app::App;
use crate::streaming::Connection;
use crate::streaming::channel::{Channel, Refused};

/// A socket's buffers: most of them are quiet most of the time.
const READ_BUFFER_BYTES: usize = 1_024;
/// A message that is being written.
const WRITE_BUFFER_BYTES_MAX: usize = 1024 * 1024;

/// Its routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/streaming", get(websocket))
        .route("/api/v1/streaming/health", get(|| async { "OK" }))
        .route("/api/v1/streaming/{*channel}", get(server_sent))
}

/// Which channel, as a client says it in a query or a message.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    stream: Option<String>,
    tag: Option<String>,
    list: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct EventParams {
    #[serde(deserialize_with = "lenient::filled")]
    tag: Option<String>,
    #[serde(deserialize_with = "lenient::filled")]
    list: Option<String>,
    #[serde(deserialize_with = "lenient::boolean")]
    only_media: Option<bool>,
}

async fn websocket(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> ApiResult<Response> {
    let protocol = headers.get(SEC_WEBSOCKET_PROTOCOL).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let session = match (viewer.0, &protocol) {
        (Some(session), _) => session,
        (None, Some(token)) => app.session(token.trim()).await?.ok_or(ApiError::InvalidToken)?,
        (None, None) => return Err(ApiError::InvalidToken),
    };
    let mut connection = connect(&app, session)?;
    let refused = match &asked.stream {
        Some(_) => subscribe(&app, &mut connection, &asked).await.err(),
        None => None,
    };
    Ok(upgrade
        .protocols(protocol)
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(0)
        .max_write_buffer_size(WRITE_BUFFER_BYTES_MAX)
        .max_message_size(STREAM_CLIENT_MESSAGE_BYTES_MAX)
        .max_frame_size(STREAM_CLIENT_MESSAGE_BYTES_MAX)
        .on_upgrade(move |socket| socket::serve(app, connection, socket, refused)))
}

async fn server_sent(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    Path(path): Path<String>,
    params: Params<EventParams>,
) -> ApiResult<Response> {
    let media = if params.only_media == Some(true) { ":media" } else { "" };
    let stream = match path.as_str() {
        "direct" | "hashtag" | "hashtag/local" | "list" | "user" | "user/notification" => path.replace('/', ":"),
        "public" | "public/local" | "public/remote" => format!("{}{media}", path.replace('/', ":")),
        _ => return Err(ApiError::NotFound),
    };
    let session = viewer.0.ok_or(ApiError::InvalidToken)?;
    let mut connection = connect(&app, session)?;
    let EventParams { tag, list, .. } = params.value;
    subscribe(&app, &mut connection, &Asked { stream: Some(stream), tag, list }).await?;
    Ok(events::serve(connection))
}

/// A connection of the person behind a token; apps without one may not listen.
fn connect(app: &App, session: Session) -> ApiResult<Connection> {
    let account = Viewer(Some(session.clone())).account_id().ok_or(ApiError::InvalidToken)?;
    let connected = app.streaming.connect(account, session.token_id, session.scopes);
    connected.map_err(|_| ApiError::unavailable("There are too many streams"))
}

async fn subscribe(app: &App, connection: &mut Connection, asked: &Asked) -> ApiResult<()> {
    let (channel, stream) = named(connection, asked)?;
    if !connection.may(channel.scope()) {
        return Err(ApiError::Forbidden("Access token does not have the required scopes".into()));
    }
    if let Channel::List(list) = channel
        && !owns(app, connection, list).await?
    {
        return Err(ApiError::NotFound);
    }
    connection.subscribe(channel, &stream).map_err(|_| ApiError::bad_request("Too many subscriptions"))
}

fn unsubscribe(connection: &mut Connection, asked: &Asked) -> ApiResult<()> {
    let (channel, _) = named(connection, asked)?;
    connection.unsubscribe(&channel);
    Ok(())
}

/// The channel that is asked for, and how its messages name it.
fn named(connection: &Connection, asked: &Asked) -> ApiResult<(Channel, String)> {
    let name = asked.stream.as_deref().unwrap_or_default();
    let channel = Channel::named(name, connection.account(), asked.tag.as_deref(), asked.list.as_deref())
        .map_err(|refused: Refused| ApiError::bad_request(refused.to_string()))?;
    let stream = match &channel {
        Channel::Hashtag { .. } => json!([name, asked.tag]),
        Channel::List(_) => json!([name, asked.list]),
        _ => json!([name]),
    };
    Ok((channel, stream.to_string()))
}

async fn owns(app: &App, connection: &Connection, list: ListId) -> ApiResult<bool> {
    Ok(timelines::owns_list(&app.reader, connection.account(), list).await?)
}
