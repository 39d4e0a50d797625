//! Discards files that were handed in but that no event tells of: the server crashed in between.

use chronodon_events::MediaId;
use chronodon_projections::core::media;
use jiff::SignedDuration;

use crate::app::App;
use crate::{clock, ids};

/// What is younger may belong to a request that is being answered.
const GRACE: SignedDuration = SignedDuration::from_hours(1);
/// Files that one run looks at.
const BATCH_MAX: usize = 1_000;

pub(super) async fn run(app: &App) -> anyhow::Result<bool> {
    let young = ids::first_id_at(clock::now() - GRACE);
    let old: Vec<_> =
        app.media.store.incoming_ids().await?.into_iter().filter(|id| *id < young).take(BATCH_MAX).collect();
    if old.is_empty() {
        return Ok(false);
    }
    let rows = media::by_ids(&app.reader.apart(), &old).await?;
    for id in old {
        let wanted = rows.iter().any(|row| MediaId(row.id) == MediaId(id) && row.state == "processing");
        if !wanted {
            app.media.store.discard_incoming(id).await?;
        }
    }
    Ok(false)
}
