//! Closes polls whose time is over, so that their end is in the log and everybody concerned hears of it.

use chronodon_domain::Refusal;
use chronodon_events::StatusId;
use chronodon_projections::core::polls;

use crate::app::App;
use crate::commands::{By, CommandError};
use crate::{clock, ids};

/// Polls that one run closes.
const BATCH_MAX: i64 = 100;

pub(super) async fn run(app: &App) -> anyhow::Result<bool> {
    let due = polls::due(&app.reader.apart(), clock::now(), BATCH_MAX).await?;
    for poll in &due {
        let ends = poll.expires_at.as_millisecond().to_string();
        let id = ids::command_id_of(&["poll_closer", &poll.status_id.to_string(), &ends]);
        match app.commands.close_poll(By::system(id, None), StatusId(poll.status_id)).await {
            // A refusal is final: the poll is gone, or goes on.
            Ok(()) | Err(CommandError::Refused(Refusal::NotFound | Refusal::Invalid { .. })) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(i64::try_from(due.len())? == BATCH_MAX)
}
