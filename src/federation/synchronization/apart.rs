//! Two lists of followers that differ, made alike: the other server knows best who follows its account, and this one
//! knows best who of its own does not want to.

use std::collections::{BTreeSet, HashSet};

use chronodon_activitypub::uri::Uri;
use chronodon_domain::limits::SYNCHRONISED_UNDOS_MAX;
use chronodon_domain::relationship::Action;
use chronodon_events::AccountId;
use chronodon_projections::core::accounts::{self, Account};
use chronodon_projections::core::relationships;

use crate::app::App;
use crate::clock;
use crate::commands::{By, CommandError};
use crate::federation::delivery::{self, Inbox, queue::NewBody};
use crate::federation::outbox::{activities, addresses};
use crate::federation::own::{self, Own};
use crate::ids;

/// Local accounts that one query finds.
const PAGE: usize = 1_000;

/// Who follows an account from here.
pub(super) struct Sides {
    /// As this server knows it, with the actors' addresses.
    pub(super) here: Vec<(AccountId, String)>,
    /// As the account's own server knows it: addresses.
    pub(super) there: BTreeSet<String>,
}

/// Follows that the other server does not know end; of those that are not known here, the other server is told.
///
/// # Errors
/// When the log or the database cannot be reached.
pub(super) async fn settle(app: &App, account: &Account, sides: &Sides) -> anyhow::Result<()> {
    for (follower, _) in sides.here.iter().filter(|(_, uri)| !sides.there.contains(uri)) {
        tracing::info!(%follower, account = account.uri, "a follow ends that the followed account's server does not know");
        done(app.commands.change_relationship(by(), *follower, AccountId(account.id), Action::Unfollow).await)?;
    }
    let here: HashSet<&str> = sides.here.iter().map(|(_, uri)| uri.as_str()).collect();
    let ours = |uri: &String| match own::read(app, &Uri::parse(uri, app.egress.rules()).ok()?)? {
        Own::Account(name) => Some(name.to_lowercase()),
        _ => None,
    };
    let unknown: Vec<_> = sides.there.iter().filter(|uri| !here.contains(uri.as_str())).filter_map(ours).collect();
    let mut undos = SYNCHRONISED_UNDOS_MAX;
    for names in unknown.chunks(PAGE) {
        let found = accounts::by_local_usernames(&app.reader.apart(), names).await?;
        undos = tell_of(app, account, &found, undos).await?;
    }
    Ok(())
}

/// Returns how many more may be told of.
async fn tell_of(app: &App, account: &Account, found: &[Account], mut undos: usize) -> anyhow::Result<usize> {
    let (target, ids): (_, Vec<_>) = (AccountId(account.id), found.iter().map(|found| found.id).collect());
    let ties = relationships::ties_to(&app.reader.apart(), target, &ids).await?;
    for local in found {
        match ties.iter().find(|tie| tie.account_id == local.id) {
            Some(tie) if tie.follows => {}
            // It was let in, and we did not hear of it.
            Some(_) => {
                let local = AccountId(local.id);
                done(app.commands.receive_relationship(by(), target, local, Action::AcceptRequest, None).await)?;
            }
            None if undos == 0 => {}
            None => {
                undos -= 1;
                undo_follow(app, account, local).await?;
            }
        }
    }
    Ok(undos)
}

/// What was followed by, nobody here knows any more: who is followed must do.
async fn undo_follow(app: &App, account: &Account, local: &Account) -> anyhow::Result<()> {
    let Some((address, domain)) = account.inbox.clone().zip(account.domain.clone()) else { return Ok(()) };
    let to = delivery::destinations(app, &[Inbox { address, domain }]);
    if to.is_empty() {
        return Ok(());
    }
    let (id, actor) = (ids::command_id(), addresses::actor(app, &local.username));
    let follow = format!("{actor}#follows/{id}");
    let follow = activities::simple("Follow", &follow, &actor, account.uri.as_deref().unwrap_or_default());
    let new = NewBody {
        id,
        body: activities::sent(activities::undo(follow)),
        account_id: local.id,
        object_id: None,
        kind: "Undo",
        order_key: None,
        position: clock::now().as_millisecond(),
        synchronized: false,
    };
    delivery::put(app, &new, &to).await
}

/// Each is safe to do again, and none is another's repetition.
fn by() -> By {
    By::system(ids::command_id(), None)
}

/// What is refused has changed meanwhile.
fn done(outcome: Result<(), CommandError>) -> Result<(), CommandError> {
    match outcome {
        Err(CommandError::Refused(_)) => Ok(()),
        outcome => outcome,
    }
}
