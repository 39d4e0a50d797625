//! Whom policies for domains hide. What a policy covers is for the tables to say: after a change they are asked again
//! before the next page. Who hides domains for themselves is few; their pages come from the query.

use std::collections::{HashMap, HashSet};
use std::sync::RwLock;
use std::sync::atomic::{AtomicU64, Ordering};

use chronodon_events::AccountId;
use chronodon_events::account_domain_block::AccountDomainBlockEvent;
use deadpool_postgres::Transaction;

use super::{read, write};
use crate::core::visible::of_suspended_host;
use crate::{ProjectionError, Reader};

#[derive(Default)]
pub(super) struct Hidden {
    /// How often policies have changed.
    changes: AtomicU64,
    accounts: RwLock<Accounts>,
    /// How many domains an account hides.
    domains: RwLock<HashMap<i64, usize>>,
}

/// Accounts of suspended domains, as they were after so many changes.
#[derive(Default)]
struct Accounts {
    after: u64,
    ids: HashSet<i64>,
}

impl Hidden {
    pub(super) fn contains(&self, account: i64) -> bool {
        read(&self.accounts).ids.contains(&account)
    }

    pub(super) fn hides_domains(&self, viewer: AccountId) -> bool {
        read(&self.domains).contains_key(&viewer.get())
    }

    pub(super) fn policies_changed(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn hide(&self, event: &AccountDomainBlockEvent) {
        let mut domains = write(&self.domains);
        match event {
            AccountDomainBlockEvent::Created(e) => *domains.entry(e.account_id.get()).or_default() += 1,
            AccountDomainBlockEvent::Removed(e) => {
                let account = e.account_id.get();
                let left = domains.get(&account).map_or(0, |count| count.saturating_sub(1));
                if left == 0 {
                    domains.remove(&account);
                } else {
                    domains.insert(account, left);
                }
            }
        }
    }

    /// Asks the tables who is hidden, when that may have changed. They are at least as far as the events that said so.
    pub(super) async fn catch_up(&self, reader: &Reader) -> Result<(), ProjectionError> {
        let changes = self.changes.load(Ordering::SeqCst);
        if read(&self.accounts).after == changes {
            return Ok(());
        }
        let ids = ids(&reader.query(&sql(), &[]).await?);
        let mut accounts = write(&self.accounts);
        if accounts.after < changes {
            *accounts = Accounts { after: changes, ids };
        }
        Ok(())
    }

    pub(super) async fn load(&self, tx: &Transaction<'_>) -> Result<(), ProjectionError> {
        let after = self.changes.load(Ordering::SeqCst);
        *write(&self.accounts) = Accounts { after, ids: ids(&tx.query(&sql(), &[]).await?) };
        let rows = tx.query("SELECT account_id, count(*) FROM account_domain_blocks GROUP BY account_id", &[]).await?;
        let count = |row: &tokio_postgres::Row| usize::try_from(row.get::<_, i64>(1)).unwrap_or(usize::MAX);
        *write(&self.domains) = rows.iter().map(|row| (row.get(0), count(row))).collect();
        Ok(())
    }
}

fn ids(rows: &[tokio_postgres::Row]) -> HashSet<i64> {
    rows.iter().map(|row| row.get(0)).collect()
}

fn sql() -> String {
    format!(
        "SELECT a.id FROM domain_policies blocked
        JOIN accounts a ON a.domain_parents @> ARRAY[blocked.domain]
        WHERE blocked.severity = 'suspend' AND {}",
        of_suspended_host("a")
    )
}
