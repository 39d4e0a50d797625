//! Lets go of other servers' old statuses that nobody here has touched, where the operator keeps them for a time only. They
//! come again when somebody asks for them.

use chronodon_domain::Refusal;
use chronodon_events::StatusId;
use chronodon_projections::core::untouched;
use jiff::{SignedDuration, Timestamp};

use crate::app::App;
use crate::commands::{By, CommandError};
use crate::ids;

/// Statuses that one run looks at.
const PAGE: i64 = 500;

/// Up to which status this process has looked. It begins again when it has seen all.
pub type Cursor = StatusId;

/// Looks at the next page, as of `now`. True: there is more.
///
/// # Errors
/// Faults of the world; the page is looked at again.
pub async fn run(app: &App, cursor: &mut Cursor, now: Timestamp) -> anyhow::Result<bool> {
    let days = app.config.federation.remote_retention_days;
    if days == 0 {
        return Ok(false);
    }
    let until = StatusId(ids::first_id_at(now.saturating_sub(SignedDuration::from_hours(24 * i64::from(days)))?));
    let page = untouched::page(&app.reader.apart(), *cursor, until, PAGE).await?;
    for id in page.untouched {
        let by = By::system(ids::command_id_of(&["remote_retention", &id.to_string()]), None);
        match app.commands.expire_status(by, id).await {
            Ok(()) | Err(CommandError::Refused(Refusal::NotFound)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    *cursor = page.last.unwrap_or_default();
    Ok(page.last.is_some())
}
