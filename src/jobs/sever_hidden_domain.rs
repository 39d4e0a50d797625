//! Ends the follows between an account and those of a domain that it hides from itself.
//!
//! What it loses is counted and written down before the first of its follows ends, as `sever_domain` does.

use chronodon_events::severance::{SeveranceKind, SeveranceTarget};
use chronodon_events::{AccountId, Position};
use chronodon_projections::core::{account_domain_blocks, severances};

use crate::app::App;
use crate::commands::{By, Loss};
use crate::ids;

/// Does what follows from hiding a domain at `position`, if that still stands.
///
/// # Errors
/// Faults of the world; what is done stays done.
pub async fn run(app: &App, account_id: AccountId, position: Position) -> anyhow::Result<()> {
    let reader = app.reader.apart();
    let hidden = account_domain_blocks::hidden_at(&reader, account_id, position.0.cast_signed()).await?;
    let Some(domain) = hidden else { return Ok(()) };
    let reason = ids::command_id_of(&["sever_hidden_domain", &position.to_string()]);
    let by = By::system(reason, None);
    let ties = severances::ties_with(&reader, &domain, account_id).await?;
    if ties.followers + ties.following > 0 {
        let loss = Loss {
            account_id,
            reason,
            kind: SeveranceKind::UserDomainBlock,
            target: SeveranceTarget::Domain(domain.clone()),
            followers_count: ties.followers.unsigned_abs(),
            following_count: ties.following.unsigned_abs(),
        };
        app.commands.record_severance(by, loss).await?;
    }
    loop {
        let tied = severances::tied_with(&reader, &domain, account_id).await?;
        if tied.is_empty() {
            return Ok(());
        }
        for tie in tied {
            app.commands.sever(by, tie.account_id, tie.other_id).await?;
        }
    }
}
