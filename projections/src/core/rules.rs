//! The server's rules.

use chronodon_event_log::Recorded;
use chronodon_events::Event;
use chronodon_events::instance::InstanceEvent;

use super::Core;
use crate::{ProjectionError, Reader, Row};

row! {
    /// A rule; `ordinal` counts from 0 in the order shown.
    pub struct Rule in "rules" {
        key { id: i64 }
        ordinal: i32,
        text: String,
        hint: String,
    }
}

/// Rules beyond this are not shown.
const RULES_MAX: i32 = 1_000;

pub(super) fn want(_: &mut Core, _: &Recorded, _: &Event) {}

pub(super) fn apply(core: &mut Core, _: &Recorded, event: &Event) {
    let Event::Instance(InstanceEvent::RulesChanged(e)) = event else { return };
    core.rules.remove_all();
    for (ordinal, rule) in (0..RULES_MAX).zip(&e.rules) {
        core.rules.put(Rule { id: rule.id, ordinal, text: rule.text.clone(), hint: rule.hint.clone() });
    }
}

/// All rules, in order.
///
/// # Errors
/// When the database cannot be read.
pub async fn all(reader: &Reader) -> Result<Vec<Rule>, ProjectionError> {
    Ok(reader.query("SELECT * FROM rules ORDER BY ordinal", &[]).await?.iter().map(Rule::read).collect())
}
