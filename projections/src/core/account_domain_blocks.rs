//! Domains that people hide from themselves.

use chronodon_event_log::Recorded;
use chronodon_events::account_domain_block::AccountDomainBlockEvent;
use chronodon_events::{AccountId, Event};

use super::span::Span;
use super::visible::of_hidden_domain;
use super::{Core, column};
use crate::{ProjectionError, Reader, Row};

row! {
    /// A hidden domain. Pages run by `position`.
    pub struct AccountDomainBlock in "account_domain_blocks" {
        key { account_id: i64, domain: String }
        position: i64,
    }
}

pub(super) fn want(_: &mut Core, _: &Recorded, _: &Event) {}

pub(super) fn apply(core: &mut Core, at: &Recorded, event: &Event) {
    match event {
        Event::AccountDomainBlock(AccountDomainBlockEvent::Created(e)) => {
            core.account_domain_blocks.put(AccountDomainBlock {
                account_id: e.account_id.get(),
                domain: e.domain.clone(),
                position: column(at),
            });
        }
        Event::AccountDomainBlock(AccountDomainBlockEvent::Removed(e)) => {
            core.account_domain_blocks.remove((e.account_id.get(), e.domain.clone()));
        }
        _ => {}
    }
}

/// The domains that an account hides, by the position of the row.
///
/// # Errors
/// When the database cannot be read.
pub async fn of(reader: &Reader, account: AccountId, span: Span) -> Result<Vec<AccountDomainBlock>, ProjectionError> {
    let sql = format!(
        "SELECT * FROM account_domain_blocks WHERE account_id = $1 AND position < $2 AND position > $3
        ORDER BY position {} LIMIT $4",
        span.order()
    );
    let (below, above, limit) = span.params();
    let rows = reader.query(&sql, &[&account.get(), &below, &above, &limit]).await?;
    Ok(rows.iter().map(AccountDomainBlock::read).collect())
}

/// The domain that an account has hidden at this place in the log, if it still does.
///
/// # Errors
/// When the database cannot be read.
pub async fn hidden_at(reader: &Reader, account: AccountId, position: i64) -> Result<Option<String>, ProjectionError> {
    let sql = "SELECT domain FROM account_domain_blocks WHERE account_id = $1 AND position = $2";
    Ok(reader.query_opt(sql, &[&account.get(), &position]).await?.map(|row| row.get(0)))
}

/// How many domains an account hides.
///
/// # Errors
/// When the database cannot be read.
pub async fn count(reader: &Reader, account: AccountId) -> Result<usize, ProjectionError> {
    let sql = "SELECT count(*) FROM account_domain_blocks WHERE account_id = $1";
    let row = reader.query_opt(sql, &[&account.get()]).await?;
    Ok(row.and_then(|row| usize::try_from(row.get::<_, i64>(0)).ok()).unwrap_or(0))
}

/// Whether an account hides the domain of another.
///
/// # Errors
/// When the database cannot be read.
pub async fn hides(reader: &Reader, account: AccountId, other: AccountId) -> Result<bool, ProjectionError> {
    let sql = format!("SELECT {} AS hides", of_hidden_domain("$2", "$1"));
    let row = reader.query_opt(&sql, &[&account.get(), &other.get()]).await?;
    Ok(row.is_some_and(|row| row.get("hides")))
}
