//! Pure steps from one schema version of a payload to the next, JSON to JSON.
//!
//! To change a released type: raise its version in the noun's `event_enum!`, add a golden file for the new version, and
//! a step here. Old payloads stay as they are in the log; consumers see only the newest shape.

use serde_json::Value;

/// One step: the type, the version it reads, and how it makes the next one of it.
type Step = (&'static str, u16, fn(Value) -> Value);

/// Sorted by type and version.
const STEPS: &[Step] = &[];

/// Takes `payload` from version `from` to version `to`. `None` when a step is missing.
#[must_use]
pub fn to_current(name: &str, from: u16, to: u16, payload: Value) -> Option<Value> {
    (from..to).try_fold(payload, |payload, version| {
        let (_, _, step) = STEPS.iter().find(|(of, reads, _)| *of == name && *reads == version)?;
        Some(step(payload))
    })
}
