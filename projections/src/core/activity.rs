//! Counts of the whole server: now, and by week.

use chronodon_event_log::Recorded;
use chronodon_events::account::AccountEvent;
use chronodon_events::status::StatusEvent;
use chronodon_events::{AccountId, Event};
use jiff::Timestamp;

use super::Core;
use crate::{ProjectionError, Reader, Row};

row! {
    /// A count over the whole server: `accounts` (approved, local) or `statuses` (local).
    pub struct Total in "totals" {
        key { name: String }
        value: i64,
    }
}

row! {
    /// What happened in a week that begins on Monday, UTC; `week` is its first second since 1970.
    pub struct ActivityWeek in "activity_weeks" {
        key { week: i64 }
        statuses: i64,
        registrations: i64,
    }
}

const WEEK_SECONDS: i64 = 7 * 24 * 60 * 60;
/// The first Monday of 1970 was the 5th.
const MONDAY_SECONDS: i64 = 4 * 24 * 60 * 60;

/// The first second of the week that `at` lies in.
#[must_use]
pub fn week_of(at: Timestamp) -> i64 {
    let seconds = at.as_second();
    seconds - (seconds - MONDAY_SECONDS).rem_euclid(WEEK_SECONDS)
}

pub(super) fn want(core: &mut Core, _: &Recorded, event: &Event) {
    match event {
        Event::Account(AccountEvent::Registered(e)) => {
            core.totals.want(("accounts".to_owned(),));
            core.activity_weeks.want((week_of(e.created_at),));
        }
        Event::Account(AccountEvent::Approved(_)) => core.totals.want(("accounts".to_owned(),)),
        Event::Account(AccountEvent::Rejected(e)) => want_registered(core, e.account_id),
        Event::Account(AccountEvent::Deleted(e)) => {
            core.totals.want(("accounts".to_owned(),));
            want_registered(core, e.account_id);
        }
        Event::Status(StatusEvent::Posted(e)) if e.local => {
            core.totals.want(("statuses".to_owned(),));
            core.activity_weeks.want((week_of(e.created_at),));
        }
        Event::Status(StatusEvent::Deleted(e)) => {
            core.totals.want(("statuses".to_owned(),));
            core.statuses.want((e.status_id.get(),));
            let posted = core.statuses.get((e.status_id.get(),)).map(|status| status.created_at);
            posted.into_iter().for_each(|posted| core.activity_weeks.want((week_of(posted),)));
        }
        _ => {}
    }
}

pub(super) fn apply(core: &mut Core, _: &Recorded, event: &Event) {
    match event {
        Event::Account(AccountEvent::Registered(e)) => {
            count(core, e.created_at, 0, 1);
            add(core, "accounts", i64::from(e.approved));
        }
        Event::Account(AccountEvent::Approved(e)) => {
            let pending = core.accounts.get((e.account_id.get(),)).is_some_and(|account| !account.approved);
            add(core, "accounts", i64::from(pending));
        }
        Event::Account(AccountEvent::Rejected(e)) => unregister(core, e.account_id),
        Event::Account(AccountEvent::Deleted(e)) => unregister(core, e.account_id),
        Event::Status(StatusEvent::Posted(e)) if e.local => {
            count(core, e.created_at, 1, 0);
            add(core, "statuses", 1);
        }
        Event::Status(StatusEvent::Deleted(e)) => {
            let local = core.statuses.get((e.status_id.get(),)).filter(|status| status.local);
            if let Some(created_at) = local.map(|status| status.created_at) {
                count(core, created_at, -1, 0);
                add(core, "statuses", -1);
            }
        }
        _ => {}
    }
}

fn want_registered(core: &mut Core, account: AccountId) {
    core.accounts.want((account.get(),));
    let registered = core.accounts.get((account.get(),)).map(|account| account.created_at);
    registered.into_iter().for_each(|at| core.activity_weeks.want((week_of(at),)));
}

/// What an account of ours said is erased, its registration included.
fn unregister(core: &mut Core, account: AccountId) {
    let Some(row) = core.accounts.get((account.get(),)).filter(|row| row.domain.is_none()) else { return };
    let (at, approved) = (row.created_at, row.approved);
    count(core, at, 0, -1);
    add(core, "accounts", -i64::from(approved));
}

/// Rows whose counts are all zero do not stand: a replay after erasure would not make them.
fn add(core: &mut Core, name: &str, by: i64) {
    let key = (name.to_owned(),);
    let value = core.totals.get(key.clone()).map_or(0, |total| total.value) + by;
    if value == 0 {
        core.totals.remove(key);
    } else {
        core.totals.put(Total { name: name.to_owned(), value });
    }
}

fn count(core: &mut Core, at: Timestamp, statuses: i64, registrations: i64) {
    let week = week_of(at);
    let before = core.activity_weeks.get((week,));
    let statuses = before.map_or(0, |week| week.statuses) + statuses;
    let registrations = before.map_or(0, |week| week.registrations) + registrations;
    if statuses == 0 && registrations == 0 {
        core.activity_weeks.remove((week,));
    } else {
        core.activity_weeks.put(ActivityWeek { week, statuses, registrations });
    }
}

/// Accounts and statuses of this server.
///
/// # Errors
/// When the database cannot be read.
pub async fn totals(reader: &Reader) -> Result<(i64, i64), ProjectionError> {
    let rows = reader.query("SELECT * FROM totals", &[]).await?;
    let totals: Vec<_> = rows.iter().map(Total::read).collect();
    let of = |name: &str| totals.iter().find(|total| total.name == name).map_or(0, |total| total.value);
    Ok((of("accounts"), of("statuses")))
}

/// The weeks since `from`, the newest first; quiet ones are left out.
///
/// # Errors
/// When the database cannot be read.
pub async fn weeks(reader: &Reader, from: Timestamp) -> Result<Vec<ActivityWeek>, ProjectionError> {
    let sql = "SELECT * FROM activity_weeks WHERE week >= $1 ORDER BY week DESC";
    Ok(reader.query(sql, &[&week_of(from)]).await?.iter().map(ActivityWeek::read).collect())
}

/// Accounts that posted since `from`: what is known of how many are active, without watching who reads.
///
/// # Errors
/// When the database cannot be read.
pub async fn active_since(reader: &Reader, from: i64) -> Result<i64, ProjectionError> {
    let sql = "
        SELECT count(*) FROM accounts a WHERE a.domain IS NULL AND EXISTS
            (SELECT FROM statuses s WHERE s.account_id = a.id AND s.id >= $1)";
    Ok(reader.query_opt(sql, &[&from]).await?.map_or(0, |row| row.get(0)))
}
