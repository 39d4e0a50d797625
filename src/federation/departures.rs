//! Accounts of ours that are gone, as long as other servers are still to be told: the table `server.departures`, which this
//! file alone names. The actor's key stays until all have been told, at most a week.

use chronodon_events::AccountId;
use chronodon_projections::core::accounts::{self, Account};
use chronodon_projections::core::{inboxes, relays};
use jiff::SignedDuration;

use super::delivery::{self, Inbox, ledger, queue, queue::DELETE, queue::NewBody};
use super::outbox::{activities, addresses};
use crate::app::App;
use crate::{clock, ids};

/// How long the key is kept for servers that do not answer.
const KEY_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Accounts that one look deals with.
const LOOKED_AT_MAX: i64 = 100;

/// Tells all that know an account of ours that it is gone: who follows it or is followed, wherever its statuses are or
/// may be, and relays. Told again, it finds what it put in before.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn tell(app: &App, account: &Account) -> anyhow::Result<()> {
    let (id, reader) = (AccountId(account.id), app.reader.apart());
    let sql = "INSERT INTO server.departures (account_id, key_until) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    let until = clock::now().checked_add(KEY_KEPT)?;
    app.server_tables.get().await?.execute(sql, &[&account.id, &until]).await?;
    let mut known: Vec<Inbox> = inboxes::of_tied(&reader, id).await?;
    for relay in relays::enabled(&reader).await? {
        known.extend(delivery::inbox_at(app, &relay.inbox_url));
    }
    let mut to = delivery::destinations(app, &known);
    to.extend(ledger::reached_by(&reader, id).await?);
    let activity = activities::delete_actor(&addresses::actor(app, &account.username));
    let new = NewBody {
        id: ids::command_id_of(&["departure", &id.to_string()]),
        body: activities::sent(activity),
        account_id: account.id,
        object_id: None,
        kind: DELETE,
        order_key: Some(account.id),
        position: app.head().await?.0.cast_signed(),
        synchronized: false,
    };
    queue::withdraw_of(&app.server_tables, account.id, new.id).await?;
    delivery::put(app, &new, &to).await
}

/// Whether the account is going or gone: that alone is said of it any more.
///
/// # Errors
/// When the database cannot be read.
pub async fn is_told_of(app: &App, account: AccountId) -> anyhow::Result<bool> {
    let sql = "SELECT EXISTS (SELECT FROM server.departures WHERE account_id = $1)";
    Ok(app.server_tables.get().await?.query_one(sql, &[&account.get()]).await?.get(0))
}

/// Destroys the keys of accounts that are gone, where nobody is left to be told or none has answered for a week. True:
/// there is more.
///
/// # Errors
/// When the database refuses or cannot be reached.
pub async fn settle(app: &App) -> anyhow::Result<bool> {
    let sql = "SELECT account_id, key_until FROM server.departures ORDER BY key_until LIMIT $1";
    let rows = app.server_tables.get().await?.query(sql, &[&LOOKED_AT_MAX]).await?;
    for row in rows {
        let (account, until): (i64, jiff::Timestamp) = (row.get(0), row.get(1));
        let is_there = !accounts::by_ids(&app.reader.apart(), &[account]).await?.is_empty();
        if is_there || (clock::now() < until && queue::is_any_of(&app.server_tables, account).await?) {
            continue;
        }
        app.keys.destroy(AccountId(account)).await?;
        queue::forget(&app.server_tables, account).await?;
        let sql = "DELETE FROM server.departures WHERE account_id = $1";
        app.server_tables.get().await?.execute(sql, &[&account]).await?;
    }
    Ok(false)
}
