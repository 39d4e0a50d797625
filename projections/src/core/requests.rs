//! What commands whose ids their callers chose have led to, so that a retry finds the first result.

use chronodon_event_log::Recorded;
use chronodon_events::Cause;
use chronodon_events::Event;
use chronodon_events::list::ListEvent;
use chronodon_events::media::MediaEvent;
use chronodon_events::status::StatusEvent;
use jiff::Timestamp;
use uuid::Uuid;

use super::{Core, column};
use crate::{ProjectionError, Reader, Row};

row! {
    /// A command that made something, and the id of what it made.
    pub struct Request in "requests" {
        key { command_id: Uuid }
        result: i64,
        position: i64,
        recorded_at: Timestamp,
    }
}

pub(super) fn want(_: &mut Core, _: &Recorded, _: &Event) {}

pub(super) fn apply(core: &mut Core, at: &Recorded, event: &Event) {
    match event {
        Event::Status(StatusEvent::Posted(e)) => made(core, at, e.status_id.get()),
        Event::Status(StatusEvent::Deleted(e)) => core.requests.remove_where("result", e.status_id.get()),
        Event::List(ListEvent::Created(e)) => made(core, at, e.list_id.get()),
        Event::List(ListEvent::Deleted(e)) => core.requests.remove_where("result", e.list_id.get()),
        Event::Media(MediaEvent::Uploaded(e)) => made(core, at, e.media_id.get()),
        Event::Media(MediaEvent::Removed(e)) => core.requests.remove_where("result", e.media_id.get()),
        _ => {}
    }
}

fn made(core: &mut Core, at: &Recorded, result: i64) {
    if let Cause::Request(command_id) = at.meta.cause {
        core.requests.put(Request { command_id, result, position: column(at), recorded_at: at.recorded_at });
    }
}

/// What a command has led to.
///
/// # Errors
/// When the database cannot be read.
pub async fn find(reader: &Reader, command: Uuid) -> Result<Option<Request>, ProjectionError> {
    let row = reader.lookup("SELECT * FROM requests WHERE command_id = $1", &[&command]).await?.pop();
    Ok(row.as_ref().map(Request::read))
}
