//! A connection as server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use chronodon_domain::limits::STREAM_THUMP_SECONDS;
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::streaming::Connection;

/// The answer that goes on until the client leaves or the connection is closed.
pub(super) fn serve(connection: Connection) -> Response {
    let mut thump = interval(Duration::from_secs(STREAM_THUMP_SECONDS));
    thump.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let pieces = futures::stream::unfold((connection, thump, true), async |(mut connection, mut thump, first)| {
        let piece = if first { begin(&mut thump).await } else { next(&mut connection, &mut thump).await? };
        Some((Ok::<_, Infallible>(piece), (connection, thump, false)))
    });
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "private, no-store"),
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (headers, Body::from_stream(pieces)).into_response()
}

/// A comment, so that the client knows at once that it is heard.
async fn begin(thump: &mut Interval) -> Bytes {
    thump.tick().await;
    Bytes::from_static(b":)\n")
}

async fn next(connection: &mut Connection, thump: &mut Interval) -> Option<Bytes> {
    tokio::select! {
        message = connection.next() => Some(Bytes::from(message?.lines())),
        _ = thump.tick() => Some(Bytes::from_static(b":thump\n")),
    }
}
