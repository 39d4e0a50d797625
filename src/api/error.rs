//! What the client API answers when it refuses: one enum in Mastodon's words, one place that turns it into
//! `{"error": …}` (entity Error, client traps 8 and 9).
//!
//! It must not know which noun failed. To add a refusal, add a variant and its line in `status` and `message`.

mod validation;

use std::borrow::Cow;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

pub use validation::{ErrorCode, Validation};

/// What a handler returns.
pub type ApiResult<T> = Result<T, ApiError>;

/// A refusal of the client API.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// 400: the request cannot be read, or lacks a required parameter.
    #[error("{0}")]
    BadRequest(Cow<'static, str>),
    /// 401: no token, or one that is unknown, expired or revoked.
    #[error("The access token is invalid")]
    InvalidToken,
    /// 401: the endpoint is closed to the anonymous (`disallow_unauthenticated_api_access`, live feed access).
    #[error("This method requires an authenticated user")]
    LoginRequired,
    /// 403: the token is good, but not for this.
    #[error("This action is outside the authorized scopes")]
    OutsideScopes,
    /// 403: the person may not do this.
    #[error("This action is not allowed")]
    NotAllowed,
    /// 403 with a reason of its own (login disabled, pending approval, unconfirmed address).
    #[error("{0}")]
    Forbidden(Cow<'static, str>),
    /// 404: not there, or not for this viewer to know of.
    #[error("Record not found")]
    NotFound,
    /// 405: the path exists, the method does not.
    #[error("Method not allowed")]
    MethodNotAllowed,
    /// 409: the request contradicts another one that is being worked on.
    #[error("{0}")]
    Conflict(Cow<'static, str>),
    /// 410: was there, and is gone for good.
    #[error("Gone")]
    Gone,
    /// 413: the body, or one file of it, is larger than the route takes.
    #[error("The uploaded file is too large")]
    TooLarge,
    /// 422: a token without a user at an endpoint for users (client trap 8).
    #[error("This method requires an authenticated user")]
    UserRequired,
    /// 422 with a sentence.
    #[error("{0}")]
    Unprocessable(Cow<'static, str>),
    /// 422 with the fields at fault under `details`.
    #[error("{0}")]
    Invalid(Validation),
    /// 429; the rate limit layer adds the headers.
    #[error("Too many requests")]
    TooManyRequests,
    /// 503: try again later.
    #[error("{0}")]
    Unavailable(Cow<'static, str>),
    /// An OAuth answer (RFC 6749 §5.2): its own code under `error`, the sentence under `error_description`.
    #[error("{description}")]
    OAuth {
        /// 400 or 401.
        status: StatusCode,
        /// `invalid_grant` and the like.
        code: &'static str,
        /// For people.
        description: Cow<'static, str>,
    },
    /// 500: a fault of ours; logged, never told.
    #[error("internal error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl ApiError {
    /// 400 with a sentence.
    pub fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::BadRequest(message.into())
    }

    /// 400 for a required parameter that is absent or blank.
    #[must_use]
    pub fn missing(parameter: &str) -> Self {
        Self::BadRequest(format!("param is missing or the value is empty: {parameter}").into())
    }

    /// 422 with a sentence that stands alone.
    pub fn unprocessable(message: impl Into<Cow<'static, str>>) -> Self {
        Self::Unprocessable(message.into())
    }

    /// 422 `Validation failed: {what}`, without details.
    pub fn validation(what: impl std::fmt::Display) -> Self {
        Self::Unprocessable(format!("Validation failed: {what}").into())
    }

    /// 500; the cause goes to the log with the request's id.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }

    /// 503 with a sentence.
    pub fn unavailable(message: impl Into<Cow<'static, str>>) -> Self {
        Self::Unavailable(message.into())
    }

    /// The HTTP status it answers with.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::InvalidToken | Self::LoginRequired => StatusCode::UNAUTHORIZED,
            Self::OutsideScopes | Self::NotAllowed | Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Gone => StatusCode::GONE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UserRequired | Self::Unprocessable(_) | Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::OAuth { status, .. } => *status,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn body(&self) -> Value {
        match self {
            Self::OAuth { code, description, .. } => json!({ "error": code, "error_description": description }),
            Self::Invalid(validation) => json!({ "error": validation.to_string(), "details": validation.details() }),
            Self::Internal(_) => json!({ "error": "Something went wrong on our side" }),
            other => json!({ "error": other.to_string() }),
        }
    }

    /// The refusal that stands for a bare HTTP status, when a layer or the router answered without words.
    #[must_use]
    pub fn from_status(status: StatusCode) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => Self::InvalidToken,
            StatusCode::FORBIDDEN => Self::NotAllowed,
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed,
            StatusCode::GONE => Self::Gone,
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge,
            StatusCode::TOO_MANY_REQUESTS => Self::TooManyRequests,
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT | StatusCode::REQUEST_TIMEOUT => {
                Self::unavailable("The server is busy, please try again")
            }
            StatusCode::UNPROCESSABLE_ENTITY => Self::unprocessable("The request cannot be processed"),
            other if other.is_server_error() => Self::internal(format!("a layer answered {other}")),
            _ => Self::bad_request("The request cannot be understood"),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        if let Self::Internal(cause) = &self {
            // The span of the request carries its id.
            tracing::error!(error = %Chain(cause.as_ref()), "request failed");
        }
        let mut response = (self.status(), Json(self.body())).into_response();
        if self.status() == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Bearer realm=\"Chronodon\", error=\"invalid_token\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// An error with all its causes on one line.
struct Chain<'a>(&'a (dyn std::error::Error + 'static));

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut next = self.0.source();
        while let Some(cause) = next {
            write!(f, ": {cause}")?;
            next = cause.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn answer(error: ApiError) -> (StatusCode, Value) {
        let response = error.into_response();
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn speaks_as_mastodon_does() {
        let cases = [
            (ApiError::InvalidToken, 401, "The access token is invalid"),
            (ApiError::OutsideScopes, 403, "This action is outside the authorized scopes"),
            (ApiError::NotFound, 404, "Record not found"),
            (ApiError::UserRequired, 422, "This method requires an authenticated user"),
            (ApiError::validation("Text is blank"), 422, "Validation failed: Text is blank"),
            (ApiError::TooManyRequests, 429, "Too many requests"),
        ];
        for (error, status, words) in cases {
            assert_eq!(answer(error).await, (StatusCode::from_u16(status).unwrap(), json!({ "error": words })));
        }
    }

    #[tokio::test]
    async fn keeps_inner_text_to_itself() {
        let (status, body) = answer(ApiError::internal("password=hunter2")).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!body.to_string().contains("hunter2"), "{body}");
    }

    #[tokio::test]
    async fn names_the_fields_at_fault() {
        let error = Validation::new().and("username", ErrorCode::Taken, "has already been taken").into();
        let (status, body) = answer(error).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let expected = json!({
            "error": "Validation failed: Username has already been taken",
            "details": { "username": [{ "error": "ERR_TAKEN", "description": "has already been taken" }] },
        });
        assert_eq!(body, expected);
    }
}
