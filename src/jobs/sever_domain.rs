//! Ends the follows between accounts of this server and those of a domain that was suspended.
//!
//! What an account loses is counted and written down before the first of its follows ends: whoever goes on after a
//! crash finds it written. A job does a bounded part, and puts in the next.

use chronodon_events::severance::{SeveranceKind, SeveranceTarget};
use chronodon_events::{Position, domain_policy::Severity};
use chronodon_projections::core::{domain_policies, severances};
use uuid::Uuid;

use super::Job;
use super::put;
use super::queue::NewJob;
use crate::app::App;
use crate::commands::{By, Loss};
use crate::{clock, ids};

/// Accounts of this server that one query finds.
const ACCOUNTS_PAGE: usize = 50;
/// Pairs after which a job lets others take their turn.
const PAIRS_MAX: usize = 1_000;

/// Does a part of what follows from the block at `position`, if that still stands.
///
/// # Errors
/// Faults of the world; what is done stays done.
pub async fn run(app: &App, position: Position, part: u32) -> anyhow::Result<()> {
    let reader = app.reader.apart();
    let block = domain_policies::blocked_at(&reader, position.0.cast_signed()).await?;
    let suspended = |row: &domain_policies::DomainPolicy| row.severity.as_deref() == Some(Severity::Suspend.as_str());
    let Some(block) = block.filter(suspended) else { return Ok(()) };
    let reason = ids::command_id_of(&["sever_domain", &position.to_string()]);
    let by = By::system(reason, None);
    let mut pairs = 0;
    loop {
        let tied = severances::tied_to(&reader, &block.domain, ACCOUNTS_PAGE).await?;
        if tied.is_empty() {
            return Ok(());
        }
        for ties in tied {
            app.commands.record_severance(by, loss(&block.domain, reason, ties)).await?;
            loop {
                let of = severances::ties_of(&reader, &block.domain, ties.account_id).await?;
                for tie in &of {
                    app.commands.sever(by, tie.account_id, tie.other_id).await?;
                }
                pairs += of.len();
                if pairs >= PAIRS_MAX {
                    return put_off(app, position, part.saturating_add(1)).await;
                }
                if of.is_empty() {
                    break;
                }
            }
        }
    }
}

fn loss(domain: &str, reason: Uuid, ties: severances::Ties) -> Loss {
    Loss {
        account_id: ties.account_id,
        reason,
        kind: SeveranceKind::DomainBlock,
        target: SeveranceTarget::Domain(domain.to_owned()),
        followers_count: ties.followers.unsigned_abs(),
        following_count: ties.following.unsigned_abs(),
    }
}

async fn put_off(app: &App, position: Position, part: u32) -> anyhow::Result<()> {
    let id = ids::command_id_of(&["sever_domain", &position.to_string(), &part.to_string()]);
    let job = Job::SeverDomain { position, part };
    let next = NewJob { id, job, cause: None, run_at: clock::now() };
    put(app, &[next]).await
}
