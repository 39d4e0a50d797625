//! Apps that act for accounts.

use chronodon_event_log::Recorded;
use chronodon_events::app::AppEvent;
use chronodon_events::{AccountId, AppId, Event};
use serde_json::Value;

use super::{Core, column, json};
use crate::{ProjectionError, Reader};

/// Apps of one account that are looked up at once.
pub const APPS_MAX: i64 = 10_000;

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

/// The apps that an account has let in, at most [`APPS_MAX`], the latest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn apps_of(reader: &Reader, account: AccountId) -> Result<Vec<AppId>, ProjectionError> {
    let sql = "SELECT app_id FROM authorizations WHERE account_id = $1 ORDER BY position DESC LIMIT $2";
    let rows = reader.query(sql, &[&account.get(), &APPS_MAX]).await?;
    Ok(rows.iter().map(|row| AppId(row.get(0))).collect())
}
