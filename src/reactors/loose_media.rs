//! Removes attachments that no status has taken for a day: uploads that were never posted, and what deleted statuses
//! left for a redraft.

use chronodon_domain::{Refusal, limits};
use chronodon_events::{AccountId, MediaId};
use chronodon_projections::core::media;
use jiff::{SignedDuration, Timestamp};

use crate::app::App;
use crate::commands::{By, CommandError};
use crate::{ids, jobs};

/// Attachments that one run looks at.
const PAGE: i64 = 100;

/// How far this process has looked, by `loose_since` and id. A status that is deleted puts its attachments ahead again.
pub type Cursor = (Timestamp, i64);

/// Looks at the next page, as of `now`. True: there is more.
///
/// # Errors
/// Faults of the world; the rest of the page is looked at again.
pub async fn run(app: &App, cursor: &mut Cursor, now: Timestamp) -> anyhow::Result<bool> {
    let until = now - SignedDuration::from_secs(limits::MEDIA_UNATTACHED_SECONDS.cast_signed());
    let reader = app.reader.apart();
    let page = media::loose_since(&reader, *cursor, until, PAGE).await?;
    let ids: Vec<_> = page.iter().map(|row| MediaId(row.id)).collect();
    let attached = if ids.is_empty() { Vec::new() } else { media::attached(&reader, &ids).await? };
    for row in &page {
        let id = MediaId(row.id);
        if attached.iter().all(|(attached, _)| *attached != id) {
            remove(app, AccountId(row.account_id), id).await?;
        }
        *cursor = (row.loose_since, row.id);
    }
    Ok(i64::try_from(page.len())? == PAGE)
}

async fn remove(app: &App, account: AccountId, id: MediaId) -> anyhow::Result<()> {
    let by = By::system(ids::command_id_of(&["loose_media", &id.to_string()]), None);
    match app.commands.remove_media(by, account, id).await {
        Ok(()) => jobs::erase::media(app, id).await,
        // Gone already, or attached just now.
        Err(CommandError::Refused(Refusal::NotFound | Refusal::Invalid { .. })) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
