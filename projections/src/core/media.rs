//! Media attachments, attached or not.

use chronodon_event_log::Recorded;
use chronodon_events::media::{MediaEvent, MediaUploaded};
use chronodon_events::status::StatusEvent;
use chronodon_events::{Event, MediaId};
use jiff::Timestamp;
use serde_json::Value;

use super::{Core, json};
use crate::{ProjectionError, Reader, Row};

row! {
    /// A media attachment. `state` is `processing`, `ready` or `failed`; the fields after it are there when it is ready.
    pub struct MediaAttachment in "media_attachments" {
        key { id: i64 }
        account_id: i64,
        status_id: Option<i64>,
        state: String,
        kind: Option<String>,
        mime_type: Option<String>,
        path: Option<String>,
        preview_path: Option<String>,
        size_bytes: Option<i64>,
        meta: Option<Value>,
        blurhash: Option<String>,
        description: String,
        focus: Option<Value>,
        reason: Option<String>,
        created_at: Timestamp,
    }
}

pub(super) fn want(core: &mut Core, _: &Recorded, event: &Event) {
    match event {
        Event::Media(MediaEvent::Processed(e)) => core.media_attachments.want((e.media_id.get(),)),
        Event::Media(MediaEvent::Failed(e)) => core.media_attachments.want((e.media_id.get(),)),
        Event::Media(MediaEvent::Updated(e)) => core.media_attachments.want((e.media_id.get(),)),
        Event::Status(StatusEvent::Posted(e)) => want_all(core, &e.media_ids),
        Event::Status(StatusEvent::Edited(e)) => {
            want_all(core, &e.media_ids);
            core.media_attachments.want_where("status_id", e.status_id.get());
        }
        Event::Status(StatusEvent::Deleted(e)) => core.media_attachments.want_where("status_id", e.status_id.get()),
        _ => {}
    }
}

fn want_all(core: &mut Core, ids: &[MediaId]) {
    ids.iter().for_each(|id| core.media_attachments.want((id.get(),)));
}

pub(super) fn apply(core: &mut Core, at: &Recorded, event: &Event) {
    match event {
        Event::Media(event) => change(core, at, event),
        Event::Status(StatusEvent::Posted(e)) => attach(core, e.status_id.get(), &e.media_ids),
        Event::Status(StatusEvent::Edited(e)) => {
            detach(core, e.status_id.get());
            attach(core, e.status_id.get(), &e.media_ids);
        }
        Event::Status(StatusEvent::Deleted(e)) => detach(core, e.status_id.get()),
        _ => {}
    }
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
        status_id: None,
        state: "processing".to_owned(),
        kind: None,
        mime_type: None,
        path: None,
        preview_path: None,
        size_bytes: None,
        meta: None,
        blurhash: None,
        description: e.description.clone(),
        focus: e.focus.as_ref().map(json),
        reason: None,
        created_at: at.recorded_at,
    }
}

fn attach(core: &mut Core, status_id: i64, ids: &[MediaId]) {
    for id in ids {
        core.media_attachments.update((id.get(),), |media| media.status_id = Some(status_id));
    }
}

fn detach(core: &mut Core, status_id: i64) {
    let ids: Vec<_> = core.media_attachments.all_where("status_id", status_id).map(|media| media.id).collect();
    for id in ids {
        core.media_attachments.update((id,), |media| media.status_id = None);
    }
}

/// The attachments with these ids, in no order.
///
/// # Errors
/// When the database cannot be read.
pub async fn by_ids(reader: &Reader, ids: &[i64]) -> Result<Vec<MediaAttachment>, ProjectionError> {
    let sql = "SELECT * FROM media_attachments WHERE id = ANY($1)";
    Ok(reader.query(sql, &[&ids]).await?.iter().map(MediaAttachment::read).collect())
}
