//! Looks again at what a status of another server quotes: by now its author may have been given leave, and its server's
//! word of that may have got lost on the way here.

use chronodon_events::StatusId;
use chronodon_events::remote::QuoteState;
use chronodon_projections::core::quotes;
use jiff::SignedDuration;

use super::queue::NewJob;
use super::{Job, put};
use crate::app::App;
use crate::federation::refresh;
use crate::{clock, ids};

/// How long after a status came its quote is looked at, and how long after that again. Then no more.
const AFTER: [SignedDuration; 4] = [
    SignedDuration::from_mins(2),
    SignedDuration::from_mins(30),
    SignedDuration::from_hours(6),
    SignedDuration::from_hours(48),
];

/// When it is looked at first.
pub(crate) const FIRST_AFTER: SignedDuration = AFTER[0];

/// Looks for the time of this number, from 0, and puts the next one in where it is not settled.
///
/// # Errors
/// When the database or the log cannot be reached.
pub async fn run(app: &App, status_id: StatusId, part: u32) -> anyhow::Result<()> {
    if !is_pending(app, status_id).await? {
        return Ok(());
    }
    refresh::quote(app, status_id).await?;
    let next = part.saturating_add(1);
    let Some(after) = AFTER.get(usize::try_from(next)?) else { return Ok(()) };
    if is_pending(app, status_id).await? {
        let id = ids::command_id_of(&["refresh_quote", &status_id.to_string(), &next.to_string()]);
        let job = Job::RefreshQuote { status_id, part: next };
        let new = NewJob { id, job, cause: None, run_at: clock::now().checked_add(*after)? };
        put(app, &[new]).await?;
    }
    Ok(())
}

async fn is_pending(app: &App, status_id: StatusId) -> anyhow::Result<bool> {
    let quote = quotes::by_statuses(&app.reader.apart(), &[status_id.get()]).await?.pop();
    Ok(quote.is_some_and(|quote| quote.state == QuoteState::Pending.as_str()))
}
