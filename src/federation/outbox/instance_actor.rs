//! The server itself as an actor: who asks others for what nobody in particular wants to see.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use chronodon_activitypub::context::with_context;
use chronodon_events::AccountId;
use serde_json::{Value, json};

use super::actor::public_key;
use super::addresses;
use super::answer::{Asking, Document};
use super::collections;
use crate::api::error::{ApiError, ApiResult};
use crate::app::App;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/actor", get(show)).route("/actor/outbox", get(outbox))
}

async fn show(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    Asking::of_anybody(&app, &headers)
        .answer(&app, instance_actor(&app).await.map(Document::for_all).map_err(Into::into))
}

/// It never posts.
async fn outbox(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let id = format!("{}/outbox", addresses::instance_actor(&app));
    Asking::of_anybody(&app, &headers).answer(&app, Ok(Document::for_all(collections::whole(&id, Vec::new()))))
}

/// Its document. Everybody may read it, whatever the configuration says: without it nobody could check who asks.
///
/// # Errors
/// When the database cannot be read.
pub async fn instance_actor(app: &App) -> ApiResult<Value> {
    let uri = addresses::instance_actor(app);
    let key = app.keys.of(AccountId::INSTANCE, &uri).await.map_err(ApiError::internal)?;
    Ok(with_context(json!({
        "id": uri,
        "type": "Application",
        "inbox": format!("{uri}/inbox"),
        "outbox": format!("{uri}/outbox"),
        "preferredUsername": app.domain,
        "name": app.config.instance.title,
        "url": app.url("/about"),
        "manuallyApprovesFollowers": true,
        "publicKey": public_key(&key.key_id, &uri, &key.public_pem),
        "endpoints": { "sharedInbox": addresses::shared_inbox(app) },
    })))
}
