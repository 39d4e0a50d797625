//! Media attachments. Whether one is attached follows from the statuses that name it, so that it does not depend on
//! events that an erasure has taken away.

use chronodon_event_log::Recorded;
use chronodon_events::media::{MediaEvent, MediaUploaded};
use chronodon_events::remote::{RemoteAttachment, RemoteStatus};
use chronodon_events::status::StatusEvent;
use chronodon_events::{AccountId, Event, MediaId, StatusId};
use jiff::Timestamp;
use serde_json::Value;

use super::{Core, json};
use crate::{ProjectionError, Reader, Row};

row! {
    /// A media attachment. `state` is `processing`, `ready`, `failed` or `remote`; the fields after it are there when it is
    /// ready. A remote one belongs to a status from elsewhere and lies at `remote_url`.
    /// `loose_since`: when it was uploaded, or the last status that had it was deleted.
    pub struct MediaAttachment in "media_attachments" {
        key { id: i64 }
        account_id: i64,
        state: String,
        kind: Option<String>,
        mime_type: Option<String>,
        path: Option<String>,
        preview_path: Option<String>,
        remote_url: Option<String>,
        preview_remote_url: Option<String>,
        size_bytes: Option<i64>,
        meta: Option<Value>,
        blurhash: Option<String>,
        description: String,
        focus: Option<Value>,
        reason: Option<String>,
        created_at: Timestamp,
        loose_since: Timestamp,
    }
}

pub(super) fn want(core: &mut Core, _: &Recorded, event: &Event) {
    match event {
        Event::Media(MediaEvent::Processed(e)) => core.media_attachments.want((e.media_id.get(),)),
        Event::Media(MediaEvent::Failed(e)) => core.media_attachments.want((e.media_id.get(),)),
        Event::Media(MediaEvent::Updated(e)) => core.media_attachments.want((e.media_id.get(),)),
        Event::Status(StatusEvent::Deleted(e)) => {
            e.media_ids.iter().for_each(|id| core.media_attachments.want((id.get(),)));
        }
        _ => {}
    }
}

pub(super) fn apply(core: &mut Core, at: &Recorded, event: &Event) {
    match event {
        Event::Media(event) => change(core, at, event),
        Event::Status(StatusEvent::Posted(e)) => link(core, at, e.account_id, e.remote.as_ref()),
        Event::Status(StatusEvent::Edited(e)) => link(core, at, e.account_id, e.remote.as_ref()),
        Event::Status(StatusEvent::Deleted(e)) => e.media_ids.iter().for_each(|id| loosen(core, at, *id)),
        _ => {}
    }
}

/// Attachments of a status from elsewhere come and go with it.
fn link(core: &mut Core, at: &Recorded, account: AccountId, remote: Option<&RemoteStatus>) {
    for attachment in remote.into_iter().flat_map(|remote| &remote.attachments) {
        core.media_attachments.put(linked(at, account, attachment));
    }
}

fn loosen(core: &mut Core, at: &Recorded, id: MediaId) {
    let remote = core.media_attachments.get((id.get(),)).is_some_and(|media| media.remote_url.is_some());
    if remote {
        core.media_attachments.remove((id.get(),));
    } else {
        core.media_attachments.update((id.get(),), |media| media.loose_since = at.recorded_at);
    }
}

fn linked(at: &Recorded, account: AccountId, e: &RemoteAttachment) -> MediaAttachment {
    MediaAttachment {
        id: e.media_id.get(),
        account_id: account.get(),
        state: "remote".to_owned(),
        kind: e.kind.map(|kind| kind.as_str().to_owned()),
        mime_type: e.mime_type.clone(),
        path: None,
        preview_path: None,
        remote_url: Some(e.url.clone()),
        preview_remote_url: e.preview_url.clone(),
        size_bytes: None,
        meta: Some(meta(e)),
        blurhash: e.blurhash.clone(),
        description: e.description.clone(),
        focus: e.focus.as_ref().map(json),
        reason: None,
        created_at: at.recorded_at,
        loose_since: at.recorded_at,
    }
}

/// As the API shows it, as far as the other server says it.
fn meta(e: &RemoteAttachment) -> Value {
    let mut original = serde_json::Map::new();
    if let (Some(width), Some(height)) = (e.width, e.height) {
        original.insert("width".to_owned(), width.into());
        original.insert("height".to_owned(), height.into());
        original.insert("size".to_owned(), format!("{width}x{height}").into());
        original.insert("aspect".to_owned(), (f64::from(width) / f64::from(height.max(1))).into());
    }
    if let Some(duration) = e.duration_seconds {
        original.insert("duration".to_owned(), duration.into());
    }
    serde_json::json!({ "original": original })
}

fn change(core: &mut Core, at: &Recorded, event: &MediaEvent) {
    let media = &mut core.media_attachments;
    match event {
        MediaEvent::Uploaded(e) => media.put(uploaded(at, e)),
        MediaEvent::Processed(e) => media.update((e.media_id.get(),), |row| {
            "ready".clone_into(&mut row.state);
            row.kind = Some(e.kind.as_str().to_owned());
            row.mime_type = Some(e.mime_type.clone());
            row.path = Some(e.path.clone());
            row.preview_path.clone_from(&e.preview_path);
            row.size_bytes = Some(e.size_bytes.cast_signed());
            row.meta = Some(e.meta.clone());
            row.blurhash.clone_from(&e.blurhash);
        }),
        MediaEvent::Failed(e) => media.update((e.media_id.get(),), |row| {
            "failed".clone_into(&mut row.state);
            row.reason = Some(e.reason.clone());
        }),
        MediaEvent::Updated(e) => media.update((e.media_id.get(),), |row| {
            row.description.clone_from(&e.description);
            row.focus = e.focus.as_ref().map(json);
        }),
        MediaEvent::Removed(e) => {
            media.remove((e.media_id.get(),));
        }
    }
}

fn uploaded(at: &Recorded, e: &MediaUploaded) -> MediaAttachment {
    MediaAttachment {
        id: e.media_id.get(),
        account_id: e.account_id.get(),
        state: "processing".to_owned(),
        kind: None,
        mime_type: None,
        path: None,
        preview_path: None,
        remote_url: None,
        preview_remote_url: None,
        size_bytes: None,
        meta: None,
        blurhash: None,
        description: e.description.clone(),
        focus: e.focus.as_ref().map(json),
        reason: None,
        created_at: at.recorded_at,
        loose_since: at.recorded_at,
    }
}

/// The attachments with these ids, in no order.
///
/// # Errors
/// When the database cannot be read.
pub async fn by_ids(reader: &Reader, ids: &[i64]) -> Result<Vec<MediaAttachment>, ProjectionError> {
    let sql = "SELECT * FROM media_attachments WHERE id = ANY($1)";
    Ok(reader.lookup(sql, &[&ids]).await?.iter().map(MediaAttachment::read).collect())
}

/// An account's own attachment.
///
/// # Errors
/// When the database cannot be read.
pub async fn own(reader: &Reader, account: AccountId, id: MediaId) -> Result<Option<MediaAttachment>, ProjectionError> {
    let sql = "SELECT * FROM media_attachments WHERE id = $1 AND account_id = $2";
    let row = reader.query_opt(sql, &[&id.get(), &account.get()]).await?;
    Ok(row.as_ref().map(MediaAttachment::read))
}

/// Which of these attachments a status has or, in an earlier version, had; with that status.
///
/// # Errors
/// When the database cannot be read.
pub async fn attached(reader: &Reader, ids: &[MediaId]) -> Result<Vec<(MediaId, StatusId)>, ProjectionError> {
    let sql = "
        SELECT media.id::int8 AS media_id, s.id AS status_id
        FROM statuses s, jsonb_array_elements_text(s.media_ids) media (id)
        WHERE s.media_ids <> '[]'::jsonb AND s.media_ids ?| $1 AND media.id = ANY($1)
        UNION SELECT media.id::int8, e.status_id
        FROM status_edits e, jsonb_array_elements_text(e.media_ids) media (id)
        WHERE e.media_ids <> '[]'::jsonb AND e.media_ids ?| $1 AND media.id = ANY($1)";
    let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
    let rows = reader.query(sql, &[&ids]).await?;
    Ok(rows.iter().map(|row| (MediaId(row.get("media_id")), StatusId(row.get("status_id")))).collect())
}

/// A page of attachments in the order of `loose_since`, after the one given and no later than `until`.
///
/// # Errors
/// When the database cannot be read.
pub async fn loose_since(
    reader: &Reader,
    after: (Timestamp, i64),
    until: Timestamp,
    limit: i64,
) -> Result<Vec<MediaAttachment>, ProjectionError> {
    let sql = "
        SELECT * FROM media_attachments
        WHERE (loose_since, id) > ($1, $2) AND loose_since <= $3 AND remote_url IS NULL
        ORDER BY loose_since, id LIMIT $4";
    let rows = reader.query(sql, &[&after.0, &after.1, &until, &limit]).await?;
    Ok(rows.iter().map(MediaAttachment::read).collect())
}

/// The domain of the account from elsewhere that a file belongs to: `owner` is it, or a status or an attachment of it.
/// Nothing when that is not here, or of an account of this server.
///
/// # Errors
/// When the database cannot be read.
pub async fn domain_of_owner(reader: &Reader, owner: i64) -> Result<Option<String>, ProjectionError> {
    let sql = "
        SELECT domain FROM accounts WHERE domain IS NOT NULL AND id IN (
            SELECT $1::int8 UNION ALL SELECT account_id FROM media_attachments WHERE id = $1
            UNION ALL SELECT account_id FROM statuses WHERE id = $1)
        LIMIT 1";
    Ok(reader.lookup(sql, &[&owner]).await?.first().map(|row| row.get("domain")))
}
