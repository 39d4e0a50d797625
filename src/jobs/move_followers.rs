//! Lets those who follow an account from here follow the one that it has become, and the old one no more.
//!
//! A job does a bounded part and puts in the next: whoever goes on after a crash finds less to do.

use chronodon_domain::relationship::Action;
use chronodon_events::AccountId;
use chronodon_projections::core::accounts;
use chronodon_projections::core::relationships::{self, Follow};

use super::Job;
use super::put;
use super::queue::NewJob;
use crate::app::App;
use crate::commands::{By, CommandError, FollowAccount};
use crate::{clock, ids};

/// Followers that one part moves.
const PART_MAX: usize = 200;

/// Does a part, if the account has still gone there.
///
/// # Errors
/// Faults of the world; what is done stays done.
pub async fn run(app: &App, account_id: AccountId, target_id: AccountId, part: u32) -> anyhow::Result<()> {
    let reader = app.reader.apart();
    let row = accounts::by_ids(&reader, &[account_id.get()]).await?.pop();
    if row.and_then(|row| row.moved_to_id) != Some(target_id.get()) {
        return Ok(());
    }
    let followers = relationships::followers_here(&reader, account_id, PART_MAX).await?;
    for follow in &followers {
        carry_over(app, follow, account_id, target_id).await?;
    }
    if followers.len() < PART_MAX { Ok(()) } else { go_on(app, account_id, target_id, part.saturating_add(1)).await }
}

/// What the old follow shows, the new one shows. Where the new one is refused (a block, too many), the old one still ends.
async fn carry_over(app: &App, follow: &Follow, account_id: AccountId, target_id: AccountId) -> anyhow::Result<()> {
    let follower = AccountId(follow.account_id);
    let by = || By::system(ids::command_id(), None);
    let languages = serde_json::from_value::<Vec<String>>(follow.languages.clone()).unwrap_or_default();
    let shown =
        FollowAccount { reblogs: Some(follow.reblogs), notify: Some(follow.notify), languages: Some(languages) };
    match app.commands.follow_account(by(), follower, target_id, shown, None).await {
        Ok(()) | Err(CommandError::Refused(_)) => {}
        Err(error) => return Err(error.into()),
    }
    app.commands.change_relationship(by(), follower, account_id, Action::Unfollow).await?;
    Ok(())
}

async fn go_on(app: &App, account_id: AccountId, target_id: AccountId, part: u32) -> anyhow::Result<()> {
    let id =
        ids::command_id_of(&["move_followers", &account_id.to_string(), &target_id.to_string(), &part.to_string()]);
    let job = Job::MoveFollowers { account_id, target_id, part };
    let next = NewJob { id, job, cause: None, run_at: clock::now() };
    put(app, &[next]).await
}
