//! `/api/v1/emails`: whether one's address is confirmed.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};

use super::auth::{User, Viewer};
use super::error::{ApiError, ApiResult};
use crate::app::App;

/// Its routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/emails/check_confirmation", get(check))
        .route("/api/v1/emails/confirmations", post(resend))
}

async fn check(State(_): State<Arc<App>>, viewer: Viewer) -> ApiResult<Json<bool>> {
    Ok(Json(user(viewer)?.confirmed))
}

/// Without a mail server nobody waits for a mail: addresses are confirmed at once.
async fn resend(State(_): State<Arc<App>>, viewer: Viewer) -> ApiResult<()> {
    if user(viewer)?.confirmed {
        let reason = "This method is only available while the e-mail is awaiting confirmation";
        return Err(ApiError::Forbidden(reason.into()));
    }
    Err(ApiError::unavailable("This server cannot send mail"))
}

/// The person, confirmed and let in or not.
fn user(Viewer(session): Viewer) -> ApiResult<User> {
    session.ok_or(ApiError::InvalidToken)?.user.ok_or(ApiError::UserRequired)
}
