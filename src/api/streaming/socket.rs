//! A connection as a WebSocket: messages out, subscriptions in, and signs of life both ways.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use chronodon_domain::limits::STREAM_PING_SECONDS;
use serde::Deserialize;
use serde_json::json;
use tokio::time::{Instant, interval_at, timeout};

use super::{Asked, subscribe, unsubscribe};
use crate::api::error::ApiError;
use crate::app::App;
use crate::streaming::Connection;

/// How long a client may take to read one message.
const SEND_MAX: Duration = Duration::from_secs(STREAM_PING_SECONDS);

/// The client is gone, or must go.
struct Over;

#[derive(Deserialize)]
struct Request {
    r#type: String,
    #[serde(flatten)]
    asked: Asked,
}

/// Serves a socket until either side closes it.
pub(super) async fn serve(app: Arc<App>, mut connection: Connection, mut socket: WebSocket, refused: Option<ApiError>) {
    if let Some(refused) = refused
        && send(&connection, &mut socket, sentence(&refused)).await.is_err()
    {
        return;
    }
    let Err(Over) = talk(&app, &mut connection, &mut socket).await;
    // Whoever does not read cannot be told that it is over.
    let frame = CloseFrame { code: close_code::AWAY, reason: "".into() };
    let _ = timeout(Duration::from_secs(1), socket.send(Message::Close(Some(frame)))).await;
}

/// Sends and receives. A sign of life that is asked for must have come by the next time.
async fn talk(app: &App, connection: &mut Connection, socket: &mut WebSocket) -> Result<Infallible, Over> {
    let period = Duration::from_secs(STREAM_PING_SECONDS);
    let mut ping = interval_at(Instant::now() + period, period);
    let mut heard = true;
    loop {
        tokio::select! {
            message = connection.next() => {
                send(connection, socket, Message::Text(message.ok_or(Over)?.frame().into())).await?;
            }
            received = socket.recv() => {
                heard = true;
                let received = received.ok_or(Over)?.map_err(|_| Over)?;
                if let Some(answer) = answer(app, connection, received).await? {
                    send(connection, socket, answer).await?;
                }
            }
            _ = ping.tick() => {
                if !std::mem::take(&mut heard) {
                    return Err(Over);
                }
                send(connection, socket, Message::Ping(Vec::new().into())).await?;
            }
        }
    }
}

async fn send(connection: &Connection, socket: &mut WebSocket, message: Message) -> Result<(), Over> {
    let closed = connection.closed();
    tokio::select! {
        sent = timeout(SEND_MAX, socket.send(message)) => sent.map_err(|_| Over)?.map_err(|_| Over),
        () = closed.cancelled() => Err(Over),
    }
}

/// What to say to a client's message, if anything.
async fn answer(app: &App, connection: &mut Connection, received: Message) -> Result<Option<Message>, Over> {
    let text = match received {
        Message::Text(text) => text,
        Message::Ping(_) | Message::Pong(_) => return Ok(None),
        Message::Binary(_) => {
            let reason = "The server does not accept binary data".into();
            return Ok(Some(Message::Close(Some(CloseFrame { code: close_code::UNSUPPORTED, reason }))));
        }
        Message::Close(_) => return Err(Over),
    };
    let done = match serde_json::from_str::<Request>(&text) {
        Ok(Request { r#type, asked }) if r#type == "subscribe" => subscribe(app, connection, &asked).await,
        Ok(Request { r#type, asked }) if r#type == "unsubscribe" => unsubscribe(connection, &asked),
        // Mastodon leaves other messages without an answer.
        _ => Ok(()),
    };
    Ok(done.err().map(|refused| sentence(&refused)))
}

fn sentence(refused: &ApiError) -> Message {
    let words = json!({ "error": refused.to_string(), "status": refused.status().as_u16() });
    Message::Text(words.to_string().into())
}
