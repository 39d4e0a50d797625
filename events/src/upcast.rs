//! Pure steps from one schema version of a payload to the next, JSON to JSON.
//!
//! To change a released type: raise its version in the noun's `event_enum!`, add a golden file for the new version, and
//! a step here. Old payloads stay as they are in the log; consumers see only the newest shape.

use serde_json::Value;

/// One step: the type, the version it reads, and how it makes the next one of it.
type Step = (&'static str, u16, fn(Value) -> Value);

/// Sorted by type and version.
const STEPS: &[Step] = &[
    ("account.posting_defaults_changed", 1, defaults_without_quotes),
    ("block.created", 1, local),
    ("block.removed", 1, local),
    ("favourite.added", 1, local),
    ("favourite.removed", 1, local),
    ("follow.changed", 1, local),
    ("follow.created", 1, local),
    ("follow.removed", 1, local),
    ("follow.request_rejected", 1, local),
    ("follow.request_withdrawn", 1, local),
    ("follow.requested", 1, local),
    ("reblog.created", 1, local_reblog),
    ("reblog.removed", 1, local),
    ("status.deleted", 1, local_deletion),
    ("status.edited", 1, local),
    ("status.posted", 1, local_status),
];

/// Takes `payload` from version `from` to version `to`. `None` when a step is missing.
#[must_use]
pub fn to_current(name: &str, from: u16, to: u16, payload: Value) -> Option<Value> {
    (from..to).try_fold(payload, |payload, version| {
        let (_, _, step) = STEPS.iter().find(|(of, reads, _)| *of == name && *reads == version)?;
        Some(step(payload))
    })
}

/// Before there were other servers, everything was between accounts of this one: what is new is absent.
fn local(payload: Value) -> Value {
    payload
}

fn local_reblog(payload: Value) -> Value {
    with(payload, "account_local", Value::Bool(true))
}

fn local_deletion(payload: Value) -> Value {
    with(payload, "expired", Value::Bool(false))
}

/// Nobody could quote.
fn local_status(payload: Value) -> Value {
    with(payload, "quote_policy", Value::from("nobody"))
}

/// Who had chosen other defaults had said nothing of quotes: everybody may, as for those who have chosen nothing.
fn defaults_without_quotes(mut payload: Value) -> Value {
    let defaults = payload["defaults"].take();
    with(payload, "defaults", with(defaults, "quote_policy", Value::from("public")))
}

fn with(mut payload: Value, field: &str, value: Value) -> Value {
    if let Some(fields) = payload.as_object_mut() {
        fields.insert(field.to_owned(), value);
    }
    payload
}
