//! What this server thinks of others, for those who ask at each request: it says what the table `domain_policies` says,
//! at its checkpoint.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use chronodon_domain::domain_name::with_parents;
use chronodon_event_log::{Body, Recorded};
use chronodon_events::Event;
use chronodon_events::domain_policy::{DomainPolicyEvent, Severity};
use deadpool_postgres::Transaction;

use crate::{Observer, ProjectionError};

/// What holds for a host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// How far the block in force goes; none: there is none.
    pub severity: Option<Severity>,
    /// No files are fetched from there.
    pub reject_media: bool,
    /// Reports from there are thrown away.
    pub reject_reports: bool,
    /// Let in by this very name, for servers that federate with those alone.
    pub allowed: bool,
}

impl Policy {
    /// Nothing comes from there and nothing goes there.
    #[must_use]
    pub fn is_suspended(&self) -> bool {
        self.severity == Some(Severity::Suspend)
    }

    /// What comes from there stands on no public list.
    #[must_use]
    pub fn is_silenced(&self) -> bool {
        self.severity == Some(Severity::Silence)
    }
}

/// The policies of this process. Ask from anywhere; only its runner changes them.
#[derive(Debug, Default)]
pub struct Policies {
    by_domain: RwLock<HashMap<String, Policy>>,
}

impl Policies {
    /// What holds for a host, given in lower case and punycode: the block of the nearest of the domains that it is part
    /// of, itself the first.
    #[must_use]
    pub fn of(&self, host: &str) -> Policy {
        let by_domain = self.read();
        if by_domain.is_empty() {
            return Policy::default();
        }
        let mut covering = with_parents(host).filter_map(|name| by_domain.get(name)).filter(|p| p.severity.is_some());
        let block = covering.next().copied().unwrap_or_default();
        Policy { allowed: by_domain.get(host).is_some_and(|policy| policy.allowed), ..block }
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<String, Policy>> {
        self.by_domain.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<String, Policy>> {
        self.by_domain.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait::async_trait]
impl Observer for Policies {
    async fn load(&self, tx: &Transaction<'_>) -> Result<(), ProjectionError> {
        let sql = "SELECT domain, severity, reject_media, reject_reports, allow_id IS NOT NULL AS allowed FROM domain_policies";
        let rows = tx.query(sql, &[]).await?;
        let policy = |row: &tokio_postgres::Row| Policy {
            severity: row.get::<_, Option<&str>>("severity").and_then(Severity::parse),
            reject_media: row.get("reject_media"),
            reject_reports: row.get("reject_reports"),
            allowed: row.get("allowed"),
        };
        *self.write() = rows.iter().map(|row| (row.get("domain"), policy(row))).collect();
        Ok(())
    }

    fn applied(&self, events: &[Arc<Recorded>]) {
        for event in events {
            if let Body::Event(Event::DomainPolicy(event)) = &event.body {
                apply(&mut self.write(), event);
            }
        }
    }
}

fn apply(by_domain: &mut HashMap<String, Policy>, event: &DomainPolicyEvent) {
    let mut change = |domain: &str, change: &dyn Fn(Policy) -> Policy| {
        let policy = change(by_domain.get(domain).copied().unwrap_or_default());
        if policy == Policy::default() {
            by_domain.remove(domain);
        } else {
            by_domain.insert(domain.to_owned(), policy);
        }
    };
    match event {
        DomainPolicyEvent::Allowed(e) => change(&e.domain, &|policy| Policy { allowed: true, ..policy }),
        DomainPolicyEvent::Blocked(e) => change(&e.domain, &|policy| Policy {
            severity: Some(e.severity),
            reject_media: e.reject_media,
            reject_reports: e.reject_reports,
            ..policy
        }),
        DomainPolicyEvent::Disallowed(e) => change(&e.domain, &|policy| Policy { allowed: false, ..policy }),
        DomainPolicyEvent::Unblocked(e) => {
            change(&e.domain, &|policy| Policy { allowed: policy.allowed, ..Policy::default() });
        }
    }
}
