//! What a server answers while it starts: that it does, and how far it is. Read models may have to be made anew.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::header::{ACCEPT, CACHE_CONTROL, RETRY_AFTER};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use chronodon_events::Position;
use serde_json::json;

/// When to ask again.
const RETRY_AFTER_SECONDS: &str = "5";

/// How far the read models are, and where the log ends.
#[derive(Debug, Default)]
pub struct Progress {
    at: AtomicU64,
    head: AtomicU64,
}

impl Progress {
    /// They have come so far.
    pub fn tell(&self, at: Position, head: Position) {
        self.at.store(at.0, Ordering::Relaxed);
        self.head.store(head.0, Ordering::Relaxed);
    }

    fn words(&self) -> String {
        let (at, head) = (self.at.load(Ordering::Relaxed), self.head.load(Ordering::Relaxed));
        match (at * 100).checked_div(head) {
            Some(percent) => format!("It is reading its log: {} % of {head} events.", percent.min(100)),
            None => "It is opening its log.".to_owned(),
        }
    }
}

/// Everything answers 503, but that the process lives.
pub fn router(progress: Arc<Progress>) -> Router {
    Router::new().route("/livez", get(async || "ok")).fallback(answer).with_state(progress)
}

async fn answer(State(progress): State<Arc<Progress>>, headers: HeaderMap) -> Response {
    let words = progress.words();
    let accepted = headers.get(ACCEPT).and_then(|accepted| accepted.to_str().ok()).unwrap_or_default();
    let headers = [(RETRY_AFTER, RETRY_AFTER_SECONDS), (CACHE_CONTROL, "no-store")];
    let body = if accepted.contains("text/html") {
        let page =
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"5\">
<title>One moment</title><h1>One moment</h1><p>The server is starting. ";
        Html(format!("{page}{words}</p></html>")).into_response()
    } else {
        Json(json!({ "error": "The server is starting", "error_description": words })).into_response()
    };
    (StatusCode::SERVICE_UNAVAILABLE, headers, body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_told_in_percent() {
        let progress = Progress::default();
        assert_eq!(progress.words(), "It is opening its log.");
        progress.tell(Position(50), Position(200));
        assert_eq!(progress.words(), "It is reading its log: 25 % of 200 events.");
    }
}
