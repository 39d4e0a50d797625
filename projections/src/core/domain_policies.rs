//! What this server thinks of others: blocks, which cover subdomains, and domains that are let in by name.

use chronodon_domain::domain_name::with_parents;
use chronodon_event_log::Recorded;
use chronodon_events::Event;
use chronodon_events::domain_policy::{DomainBlocked, DomainPolicyEvent};
use jiff::Timestamp;

use super::span::Span;
use super::{Core, column};
use crate::{ProjectionError, Reader, Row};

row! {
    /// The policy for a domain. Without a severity it is not blocked, without an `allow_id` not let in by name. Ids are
    /// the positions of the events that the block and the leave began with.
    pub struct DomainPolicy in "domain_policies" {
        key { domain: String }
        severity: Option<String>,
        reject_media: bool,
        reject_reports: bool,
        public_comment: Option<String>,
        private_comment: Option<String>,
        obfuscate: bool,
        block_id: Option<i64>,
        blocked_at: Option<Timestamp>,
        block_version: Option<i64>,
        allow_id: Option<i64>,
        allowed_at: Option<Timestamp>,
    }
}

pub(super) fn want(core: &mut Core, _: &Recorded, event: &Event) {
    if let Event::DomainPolicy(event) = event {
        core.domain_policies.want((domain_of(event).to_owned(),));
    }
}

pub(super) fn apply(core: &mut Core, at: &Recorded, event: &Event) {
    let Event::DomainPolicy(event) = event else { return };
    let domain = domain_of(event);
    let row = core.domain_policies.get((domain.to_owned(),)).cloned();
    let mut row = row.unwrap_or_else(|| none_for(domain));
    match event {
        DomainPolicyEvent::Allowed(_) => {
            row.allow_id = row.allow_id.or(Some(column(at)));
            row.allowed_at = row.allowed_at.or(Some(at.recorded_at));
        }
        DomainPolicyEvent::Blocked(e) => block(&mut row, at, e),
        DomainPolicyEvent::Disallowed(_) => (row.allow_id, row.allowed_at) = (None, None),
        DomainPolicyEvent::Unblocked(_) => {
            let (allow_id, allowed_at) = (row.allow_id, row.allowed_at);
            row = DomainPolicy { allow_id, allowed_at, ..none_for(domain) };
        }
    }
    if row.severity.is_none() && row.allow_id.is_none() {
        core.domain_policies.remove((row.domain,));
    } else {
        core.domain_policies.put(row);
    }
}

fn block(row: &mut DomainPolicy, at: &Recorded, e: &DomainBlocked) {
    row.severity = Some(e.severity.as_str().to_owned());
    row.reject_media = e.reject_media;
    row.reject_reports = e.reject_reports;
    row.public_comment.clone_from(&e.public_comment);
    row.private_comment.clone_from(&e.private_comment);
    row.obfuscate = e.obfuscate;
    row.block_id = row.block_id.or(Some(column(at)));
    row.blocked_at = row.blocked_at.or(Some(at.recorded_at));
    row.block_version = Some(column(at));
}

fn none_for(domain: &str) -> DomainPolicy {
    DomainPolicy {
        domain: domain.to_owned(),
        severity: None,
        reject_media: false,
        reject_reports: false,
        public_comment: None,
        private_comment: None,
        obfuscate: false,
        block_id: None,
        blocked_at: None,
        block_version: None,
        allow_id: None,
        allowed_at: None,
    }
}

fn domain_of(event: &DomainPolicyEvent) -> &str {
    match event {
        DomainPolicyEvent::Allowed(e) => &e.domain,
        DomainPolicyEvent::Blocked(e) => &e.domain,
        DomainPolicyEvent::Disallowed(e) => &e.domain,
        DomainPolicyEvent::Unblocked(e) => &e.domain,
    }
}

/// The block in force for a host: the nearest of its own and those of the domains that it is part of.
///
/// # Errors
/// When the database cannot be read.
pub async fn of(reader: &Reader, host: &str) -> Result<Option<DomainPolicy>, ProjectionError> {
    let sql = "
        SELECT * FROM domain_policies WHERE domain = ANY($1) AND severity IS NOT NULL
        ORDER BY length(domain) DESC LIMIT 1";
    let names: Vec<_> = with_parents(host).collect();
    Ok(reader.query_opt(sql, &[&names]).await?.as_ref().map(DomainPolicy::read))
}

/// The policy for exactly this domain.
///
/// # Errors
/// When the database cannot be read.
pub async fn by_domain(reader: &Reader, domain: &str) -> Result<Option<DomainPolicy>, ProjectionError> {
    let sql = "SELECT * FROM domain_policies WHERE domain = $1";
    Ok(reader.query_opt(sql, &[&domain]).await?.as_ref().map(DomainPolicy::read))
}

/// How many domains have a policy.
///
/// # Errors
/// When the database cannot be read.
pub async fn count(reader: &Reader) -> Result<usize, ProjectionError> {
    let row = reader.query_opt("SELECT count(*) FROM domain_policies", &[]).await?;
    Ok(row.and_then(|row| usize::try_from(row.get::<_, i64>(0)).ok()).unwrap_or(0))
}

/// A page of blocks, by `block_id`.
///
/// # Errors
/// When the database cannot be read.
pub async fn blocks(reader: &Reader, span: Span) -> Result<Vec<DomainPolicy>, ProjectionError> {
    page(reader, "block_id", span).await
}

/// A page of domains that are let in by name, by `allow_id`.
///
/// # Errors
/// When the database cannot be read.
pub async fn allows(reader: &Reader, span: Span) -> Result<Vec<DomainPolicy>, ProjectionError> {
    page(reader, "allow_id", span).await
}

async fn page(reader: &Reader, id: &str, span: Span) -> Result<Vec<DomainPolicy>, ProjectionError> {
    let (below, above, limit) = span.params();
    let order = span.order();
    let sql = format!("SELECT * FROM domain_policies WHERE {id} < $1 AND {id} > $2 ORDER BY {id} {order} LIMIT $3");
    Ok(reader.query(&sql, &[&below, &above, &limit]).await?.iter().map(DomainPolicy::read).collect())
}

/// The block with this number.
///
/// # Errors
/// When the database cannot be read.
pub async fn by_block_id(reader: &Reader, id: i64) -> Result<Option<DomainPolicy>, ProjectionError> {
    let sql = "SELECT * FROM domain_policies WHERE block_id = $1";
    Ok(reader.query_opt(sql, &[&id]).await?.as_ref().map(DomainPolicy::read))
}

/// The domain that is let in under this number.
///
/// # Errors
/// When the database cannot be read.
pub async fn by_allow_id(reader: &Reader, id: i64) -> Result<Option<DomainPolicy>, ProjectionError> {
    let sql = "SELECT * FROM domain_policies WHERE allow_id = $1";
    Ok(reader.query_opt(sql, &[&id]).await?.as_ref().map(DomainPolicy::read))
}

/// The block that the event at `position` has made, if it stands as that said.
///
/// # Errors
/// When the database cannot be read.
pub async fn blocked_at(reader: &Reader, position: i64) -> Result<Option<DomainPolicy>, ProjectionError> {
    let sql = "SELECT * FROM domain_policies WHERE block_version = $1";
    Ok(reader.query_opt(sql, &[&position]).await?.as_ref().map(DomainPolicy::read))
}

/// All policies, by domain, at most `limit`.
///
/// # Errors
/// When the database cannot be read.
pub async fn all(reader: &Reader, limit: usize) -> Result<Vec<DomainPolicy>, ProjectionError> {
    let sql = "SELECT * FROM domain_policies ORDER BY domain COLLATE \"C\" LIMIT $1";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    Ok(reader.query(sql, &[&limit]).await?.iter().map(DomainPolicy::read).collect())
}

/// The blocks that everybody may know of, the milder first, by domain; at most `limit`.
///
/// # Errors
/// When the database cannot be read.
pub async fn published(reader: &Reader, limit: usize) -> Result<Vec<DomainPolicy>, ProjectionError> {
    let sql = "
        SELECT * FROM domain_policies WHERE severity IN ('silence', 'suspend')
        ORDER BY severity, domain COLLATE \"C\" LIMIT $1";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    Ok(reader.query(sql, &[&limit]).await?.iter().map(DomainPolicy::read).collect())
}
