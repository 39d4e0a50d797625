//! `chronodon relay`.

use anyhow::Context;
use chronodon_projections::core::relays::{self, Relay};
use clap::Subcommand;
use serde_json::{Value, json};

use super::opened::with_app;
use super::{Exit, Globals, Output};
use crate::commands::By;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Ask a relay to let this server in
    Add {
        /// The address of its inbox, such as `https://relay.example/inbox`
        url: String,
    },
    /// List the relays, and what they have answered
    List,
    /// Have no more to do with a relay
    Remove {
        /// The address of its inbox
        url: String,
    },
}

pub(super) async fn run(globals: &Globals, command: Command, output: &mut Output) -> anyhow::Result<Exit> {
    let by = By::operator();
    match command {
        Command::Add { url } => {
            with_app(globals, async |app| Ok(app.commands.add_relay(by, &url).await?)).await?;
            output.result(&json!({ "inbox_url": url }), "asked; the server sends the request when it runs")?;
        }
        Command::List => {
            let rows = with_app(globals, async |app| Ok(relays::all(&app.reader).await?)).await?;
            let lines: Vec<_> = rows.iter().map(|row| format!("{}  {}", row.inbox_url, row.standing)).collect();
            output.result(&rows.iter().map(render).collect::<Vec<_>>(), lines.join("\n"))?;
        }
        Command::Remove { url } => {
            let removed = with_app(globals, async |app| Ok(app.commands.remove_relay(by, &url).await?)).await;
            removed.with_context(|| format!("there is no relay {url}"))?;
            output.result(&json!({}), "removed")?;
        }
    }
    Ok(Exit::Done)
}

fn render(row: &Relay) -> Value {
    json!({
        "inbox_url": row.inbox_url,
        "state": row.standing,
        "follow_uri": row.follow_uri,
        "added_at": row.added_at.to_string(),
    })
}
