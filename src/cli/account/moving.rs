//! `chronodon account alias` and `chronodon account move`.

use chronodon_events::AccountId;
use chronodon_projections::core::accounts::Account;
use clap::Subcommand;
use serde_json::json;

use super::{find, spoken};
use crate::app::App;
use crate::cli::{Exit, Output};
use crate::commands::By;
use crate::federation::moving;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Alias {
    /// Let the account be moved to from there
    Add {
        /// A handle such as bob@old.example, or an actor's address
        other: String,
    },
    /// List the accounts that it may be moved to from
    List,
    /// Let it be moved to from there no more
    Remove {
        /// A handle such as bob@old.example, or an actor's address
        other: String,
    },
}

pub(super) async fn alias(app: &App, name: &str, change: Alias, output: &mut Output) -> anyhow::Result<Exit> {
    let account = find(app, name).await?;
    let mut aliases = aliases(&account);
    match change {
        Alias::List => {}
        Alias::Add { other } => {
            aliases.push(moving::alias(app, &other).await?);
            set(app, &account, &aliases).await?;
        }
        Alias::Remove { other } => {
            let uri = if aliases.contains(&other) { other } else { moving::alias(app, &other).await? };
            aliases.retain(|alias| *alias != uri);
            set(app, &account, &aliases).await?;
        }
    }
    output.result(&json!({ "username": account.username, "also_known_as": aliases }), aliases.join("\n"))?;
    Ok(Exit::Done)
}

pub(super) async fn begin(app: &App, name: &str, target: &str, output: &mut Output) -> anyhow::Result<Exit> {
    let account = find(app, name).await?;
    let target = moving::begin(app, By::operator(), &account, target).await?;
    let uri = crate::api::entities::accounts::uri_of(app, &target);
    output.result(&json!({ "username": account.username, "moved_to": uri }), format!("moved to {uri}"))?;
    Ok(Exit::Done)
}

async fn set(app: &App, account: &Account, aliases: &[String]) -> anyhow::Result<()> {
    app.commands.change_aliases(By::operator(), AccountId(account.id), aliases.to_vec()).await.map_err(spoken)
}

fn aliases(account: &Account) -> Vec<String> {
    serde_json::from_value(account.also_known_as.clone()).unwrap_or_default()
}
