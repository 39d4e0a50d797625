//! Apps that act for accounts.

use chronodon_event_log::Recorded;
use chronodon_events::Event;
use chronodon_events::app::AppEvent;
use serde_json::Value;

use super::{Core, column, json};

row! {
    /// An app that an account let in.
    pub struct Authorization in "authorizations" {
        key { account_id: i64, app_id: i64 }
        name: String,
        website: Option<String>,
        scopes: Value,
        position: i64,
    }
}

pub(super) fn want(_: &mut Core, _: &Recorded, _: &Event) {}

pub(super) fn apply(core: &mut Core, at: &Recorded, event: &Event) {
    match event {
        Event::App(AppEvent::Authorized(e)) => core.authorizations.put(Authorization {
            account_id: e.account_id.get(),
            app_id: e.app_id.get(),
            name: e.name.clone(),
            website: e.website.clone(),
            scopes: json(&e.scopes),
            position: column(at),
        }),
        Event::App(AppEvent::Revoked(e)) => {
            core.authorizations.remove((e.account_id.get(), e.app_id.get()));
        }
        _ => {}
    }
}
