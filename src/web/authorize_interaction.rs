//! `/authorize_interaction?uri=`: where somebody comes to from another server who wants to answer or follow with the
//! account that they have here.
//!
//! Nothing is fetched: a stranger must not make this server call others. The search, which does, asks for an account.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;

use super::browser::Browser;
use crate::api::Params;
use crate::api::error::{ApiError, ApiResult};
use crate::api::params::lenient;
use crate::app::App;

/// The longest address or handle that is looked for.
const URI_BYTES_MAX: usize = 2_048;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/authorize_interaction", get(show))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    #[serde(deserialize_with = "lenient::filled")]
    uri: Option<String>,
}

async fn show(State(app): State<Arc<App>>, browser: Browser, asked: Params<Asked>) -> Response {
    match way(&app, &browser, asked.uri.as_deref()).await {
        Ok(address) => Redirect::to(&address).into_response(),
        Err(error) => error.into_response(),
    }
}

async fn way(app: &App, browser: &Browser, uri: Option<&str>) -> ApiResult<String> {
    let uri = uri.filter(|uri| uri.len() <= URI_BYTES_MAX).ok_or_else(|| ApiError::missing("uri"))?;
    if browser.signed_in(app).await?.is_none() {
        return Ok("/auth/sign_in".to_owned());
    }
    if let Some(path) = uri.strip_prefix(&app.base_url).filter(|path| path.starts_with("/@")) {
        return Ok(path.to_owned());
    }
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("q", uri);
    Ok(format!("/search?{}", query.finish()))
}
