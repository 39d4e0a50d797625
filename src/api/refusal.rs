//! How faults of the floors below read in the client API.

use chronodon_domain::Refusal;
use chronodon_event_log::AppendError;
use chronodon_projections::ProjectionError;

use super::error::ApiError;
use crate::commands::CommandError;

impl From<ProjectionError> for ApiError {
    fn from(error: ProjectionError) -> Self {
        match error {
            ProjectionError::Behind(_) => Self::unavailable("The server is catching up; try again"),
            ProjectionError::Pool(_) => Self::unavailable("The database is not available"),
            other if is_away(&other) => Self::unavailable("The database is not available"),
            other => Self::internal(other),
        }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound => Self::NotFound,
            Refusal::Forbidden("") => Self::NotAllowed,
            Refusal::Forbidden(reason) => Self::Forbidden(reason.into()),
            Refusal::Invalid { field, message, .. } if message.starts_with(char::is_uppercase) => {
                let _ = field;
                Self::validation(message)
            }
            Refusal::Invalid { field, message, .. } => Self::validation(format!("{} {message}", label(field))),
        }
    }
}

impl From<CommandError> for ApiError {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Refused(refusal) => refusal.into(),
            CommandError::Projection(error) => error.into(),
            CommandError::Append(AppendError::Busy) => Self::unavailable("Too many requests are waiting; try again"),
            CommandError::Append(AppendError::Unavailable(_)) | CommandError::Read(_) => {
                Self::unavailable("The log is not available; try again")
            }
            CommandError::Busy => Self::unavailable("Too many are signing in at this moment; try again"),
            CommandError::Throttled => Self::TooManyRequests,
            CommandError::Conflict => Self::Conflict("Others are changing this; try again".into()),
            CommandError::Database(reason) => {
                tracing::warn!(%reason, "a command met a fault of the database");
                Self::unavailable("The database is not available; try again")
            }
            other => Self::internal(other),
        }
    }
}

/// The connection is gone, rather than the statement wrong.
fn is_away(error: &ProjectionError) -> bool {
    match error {
        ProjectionError::Database(error) => {
            error.is_closed() || error.code().is_none_or(|code| matches!(&code.code()[..2], "08" | "57" | "53"))
        }
        _ => false,
    }
}

/// `poll.expires_at` → `Poll expires at`
fn label(field: &str) -> String {
    let words = field.replace(['.', '_'], " ");
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
