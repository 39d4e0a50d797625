//! What the hosts answer. One listener is all of them; which one is meant, the `Host` header says.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use serde_json::json;
use tokio::sync::mpsc::UnboundedSender;

use super::{ACTIVITY_JSON, Arrival, SLOWNESS, USERNAME, actor_at, host_at, is_slow, key_of, shared_inbox_at};

struct Hosts {
    faults: bool,
    publics: Vec<String>,
    arrived: UnboundedSender<Arrival>,
}

/// Hosts with these public keys.
pub(super) fn router(faults: bool, publics: Vec<String>, arrived: UnboundedSender<Arrival>) -> Router {
    Router::new()
        .route("/.well-known/webfinger", get(webfinger))
        .route("/inbox", post(inbox))
        .route("/users/peer", get(actor))
        .route("/users/peer/inbox", post(inbox))
        .with_state(Arc::new(Hosts { faults, publics, arrived }))
}

/// There is one account, so it is the one that was asked for.
async fn webfinger(headers: HeaderMap) -> impl IntoResponse {
    let authority = authority(&headers);
    let found = json!({
        "subject": format!("acct:{USERNAME}@{authority}"),
        "links": [{ "rel": "self", "type": ACTIVITY_JSON, "href": actor_at(authority) }],
    });
    ([(CONTENT_TYPE, "application/jrd+json")], found.to_string())
}

async fn actor(State(hosts): State<Arc<Hosts>>, headers: HeaderMap) -> Result<impl IntoResponse, StatusCode> {
    let authority = authority(&headers);
    let host = host_at(authority).ok_or(StatusCode::NOT_FOUND)?;
    let id = actor_at(authority);
    let document = json!({
        "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
        "id": id,
        "type": "Person",
        "preferredUsername": USERNAME,
        "url": id,
        "inbox": format!("{id}/inbox"),
        "outbox": format!("{id}/outbox"),
        "followers": format!("{id}/followers"),
        "following": format!("{id}/following"),
        "endpoints": { "sharedInbox": shared_inbox_at(authority) },
        "publicKey": {
            "id": key_of(&id),
            "owner": id,
            "publicKeyPem": hosts.publics[host % hosts.publics.len()],
        },
    });
    Ok(([(CONTENT_TYPE, ACTIVITY_JSON)], document.to_string()))
}

/// Takes what is signed. Whether the signature is right is not looked at: that would be time of somebody else's machine.
async fn inbox(State(hosts): State<Arc<Hosts>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let Some(host) = host_at(authority(&headers)) else { return StatusCode::NOT_FOUND };
    if !headers.contains_key("signature") {
        return StatusCode::UNAUTHORIZED;
    }
    if hosts.faults && is_slow(host) {
        tokio::time::sleep(SLOWNESS).await;
    } else {
        // Who listens no more is about to end.
        let _ = hosts.arrived.send(Arrival { host, body });
    }
    StatusCode::ACCEPTED
}

fn authority(headers: &HeaderMap) -> &str {
    headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default()
}
