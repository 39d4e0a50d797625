//! The one extractor for parameters: query string, urlencoded form, multipart form and JSON body in one value.
//!
//! Names nest by Rack's rules (`params::nested`), the body wins over the query string key by key, and the result is
//! deserialized with the leniency of `params::lenient` (client trap 10). It must not know any endpoint's fields.
//! Everything is bounded: bytes, pairs, depth, files, and the time between two chunks.

pub(crate) mod body;
pub mod lenient;
mod multipart;
mod nested;
mod paced;
mod upload;
mod urlencoded;

use std::ops::Deref;

use axum::extract::{FromRequest, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use chronodon_domain::limits::BODY_DEPTH_MAX;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error::ApiError;
use nested::Pairs;
pub use upload::{FileLimit, Files, Upload, UploadDir};

/// All parameters of a request as a `T`, and its files.
///
/// Takes the body, so it stands last among a handler's arguments. Reads through to `T`.
///
/// Refuses with 400 what cannot be read (syntax, encoding, bounds), with 413 what is too large, and with 422 what
/// does not fit `T`.
#[derive(Debug)]
pub struct Params<T> {
    /// The parameters.
    pub value: T,
    /// The uploaded files by field name.
    pub files: Files,
}

impl<T> Deref for Params<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Params<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _state: &S) -> Result<Self, ApiError> {
        let (merged, files) = collect(request).await?;
        let value = serde_json::from_value(Value::Object(merged)).map_err(ApiError::validation)?;
        Ok(Self { value, files })
    }
}

async fn collect(request: Request) -> Result<(Map<String, Value>, Files), ApiError> {
    let (parts, body) = request.into_parts();
    let mut merged = query_of(&parts)?;
    let (from_body, files) = match Content::of(&parts.headers, &parts.method) {
        Content::Form => (form(&body::read(&parts.headers, body).await?)?, Files::default()),
        Content::Json => (json(&body::read(&parts.headers, body).await?)?, Files::default()),
        Content::Multipart(boundary) => multipart::read(&parts.extensions, boundary, body).await?,
        Content::Other => (Map::new(), Files::default()),
    };
    merged.extend(from_body);
    Ok((merged, files))
}

fn query_of(parts: &Parts) -> Result<Map<String, Value>, ApiError> {
    form(parts.uri.query().unwrap_or_default().as_bytes())
}

fn form(text: &[u8]) -> Result<Map<String, Value>, ApiError> {
    let mut pairs = Pairs::default();
    urlencoded::parse(text, &mut pairs)?;
    Ok(pairs.finish())
}

/// A JSON body; what is no object stands under `_json`, as Rails has it.
fn json(text: &[u8]) -> Result<Map<String, Value>, ApiError> {
    if text.trim_ascii().is_empty() {
        return Ok(Map::new());
    }
    let value: Value =
        serde_json::from_slice(text).map_err(|_| ApiError::bad_request("The request body is not valid JSON"))?;
    nested::check(&value, BODY_DEPTH_MAX)?;
    Ok(match value {
        Value::Object(object) => object,
        other => Map::from_iter([("_json".to_owned(), other)]),
    })
}

/// How a body is written, by its content type: case and parameters do not matter.
enum Content {
    Form,
    Json,
    Multipart(String),
    Other,
}

impl Content {
    fn of(headers: &HeaderMap, method: &Method) -> Self {
        let Some(written) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
            // Like Rack: a body without a type is a form, where a method brings one.
            return if method == Method::GET || method == Method::HEAD { Self::Other } else { Self::Form };
        };
        let essence = written.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match essence.as_str() {
            "application/x-www-form-urlencoded" => Self::Form,
            "application/json" | "text/x-json" | "application/jsonrequest" => Self::Json,
            "multipart/form-data" => multer::parse_boundary(written).map_or(Self::Other, Self::Multipart),
            other if other.ends_with("+json") => Self::Json,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests;
