//! Makes sure that what the log says is gone is gone: secrets and files. The command does this at once; the job of
//! the same name does it again after a crash.

use chronodon_events::{AccountId, MediaId, StatusId};

use crate::app::App;
use crate::media::Section;

/// Destroys the credentials, tokens and pictures of an account that is gone, and the key that what it said is sealed with.
///
/// # Errors
/// When the vault, the log or the disk cannot be reached.
pub async fn account(app: &App, id: AccountId) -> anyhow::Result<()> {
    app.erase_gone(id).await?;
    for section in [Section::Avatars, Section::Headers] {
        app.media.store.delete_owner(section, id.get()).await?;
    }
    Ok(())
}

/// Destroys the secret of a deleted status.
///
/// # Errors
/// When the vault cannot be reached.
pub async fn status(app: &App, id: StatusId) -> anyhow::Result<()> {
    Ok(app.commands.erase_object(id.get()).await?)
}

/// Destroys the secret of a removed attachment, and every file of it.
///
/// # Errors
/// When the vault or the disk cannot be reached.
pub async fn media(app: &App, id: MediaId) -> anyhow::Result<()> {
    app.commands.erase_object(id.get()).await?;
    app.media.store.discard_incoming(id.get()).await?;
    app.media.store.delete_owner(Section::Attachments, id.get()).await?;
    Ok(())
}
