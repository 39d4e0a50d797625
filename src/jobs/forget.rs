//! Destroys copies of other servers' files when what they belonged to is gone. Those that are only rarely looked at go by
//! themselves, see [`crate::media::RemoteFiles`].

use chronodon_events::AccountId;
use chronodon_projections::core::accounts;

use crate::app::App;

/// Destroys the copies that belonged to these accounts, statuses or attachments.
///
/// # Errors
/// When the disk cannot be reached.
pub async fn remote_files(app: &App, owner_ids: &[i64]) -> anyhow::Result<()> {
    for owner in owner_ids.iter().filter(|owner| **owner >= 0) {
        app.media_proxy.files.delete_owner(*owner).await?;
    }
    Ok(())
}

/// Destroys those copies of an account's pictures and emojis that it has no longer.
///
/// # Errors
/// When the database or the disk cannot be reached.
pub async fn old_pictures(app: &App, id: AccountId) -> anyhow::Result<()> {
    let account = accounts::by_ids(&app.reader.apart(), &[id.get()]).await?.pop();
    let Some(actor) = account.as_ref().and_then(accounts::remote::actor) else {
        return remote_files(app, &[id.get()]).await;
    };
    let pictures = actor.avatar.into_iter().chain(actor.header).map(|picture| picture.url);
    let urls: Vec<_> = pictures.chain(actor.emojis.into_iter().map(|emoji| emoji.url)).collect();
    Ok(app.media_proxy.files.delete_others(id.get(), &urls).await?)
}
