//! Turns an uploaded file into what is shown, and says in the log what came of it.
//!
//! The request that brought the file does this at once; the job of the same name does it after a crash. Whoever ends
//! first is right, and the other's files go.

use chronodon_domain::Refusal;
use chronodon_domain::media::Stage;
use chronodon_events::MediaId;
use chronodon_events::media::{MediaFailed, MediaProcessed};

use crate::app::App;
use crate::commands::{By, CommandError};
use crate::ids;
use crate::media::{MediaError, Purpose, Stored};

/// Processes an attachment that is not processed yet. Does nothing when it is, or is gone.
///
/// # Errors
/// Faults of disk, database and log: try again later.
pub async fn run(app: &App, id: MediaId) -> anyhow::Result<()> {
    let state = app.commands.media_state(id).await?;
    if state.stage == Stage::Processing {
        let made = app.media.make(&app.media.store.incoming(id.get()), Purpose::Attachment, id.get()).await;
        let by = By::system(ids::command_id_of(&["process_media", &id.to_string()]), None);
        let account_id = state.account_id;
        match made {
            Ok(stored) => finish(app, by, processed(account_id, id, stored)).await?,
            Err(MediaError::Unprocessable(reason)) => {
                let failed = MediaFailed { account_id, media_id: id, reason: reason.to_string() };
                unless_gone(app.commands.fail_media(by, failed).await)?;
            }
            Err(MediaError::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => {
                // Another process may have finished it and discarded the file just now: then this changes nothing.
                let reason = "the file was lost before it was processed".to_owned();
                let failed = MediaFailed { account_id, media_id: id, reason };
                unless_gone(app.commands.fail_media(by, failed).await)?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    app.media.store.discard_incoming(id.get()).await?;
    Ok(())
}

fn processed(account_id: chronodon_events::AccountId, media_id: MediaId, stored: Stored) -> MediaProcessed {
    MediaProcessed {
        account_id,
        media_id,
        kind: stored.kind,
        mime_type: stored.mime_type.to_owned(),
        path: stored.path,
        preview_path: stored.preview_path,
        size_bytes: stored.size_bytes,
        meta: stored.meta,
        blurhash: stored.blurhash,
    }
}

/// Files that did not become the attachment's are removed.
async fn finish(app: &App, by: By, processed: MediaProcessed) -> anyhow::Result<()> {
    let (path, preview_path) = (processed.path.clone(), processed.preview_path.clone());
    let kept = match app.commands.finish_media(by, processed).await {
        Ok(state) => matches!(&state.stage, Stage::Ready { path: kept, .. } if *kept == path),
        Err(CommandError::Refused(Refusal::NotFound)) => false,
        Err(error) => return Err(error.into()),
    };
    if !kept {
        for path in [Some(path), preview_path].into_iter().flatten() {
            app.media.store.delete(&path).await?;
        }
    }
    Ok(())
}

/// The attachment was removed meanwhile: nothing is left to do.
fn unless_gone(outcome: Result<(), CommandError>) -> Result<(), CommandError> {
    match outcome {
        Err(CommandError::Refused(Refusal::NotFound)) => Ok(()),
        other => other,
    }
}
