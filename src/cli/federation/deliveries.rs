//! `chronodon federation deliveries`.

use clap::Args;
use serde_json::{Value, json};

use crate::cli::opened::with_app;
use crate::cli::{Exit, Globals, Output};
use crate::federation::delivery::ledger::{self, Entry};

#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// The id of a status [default: all that waits or was given up]
    status: Option<i64>,
    /// Only what was given up
    #[arg(long)]
    failed: bool,
}

pub(super) async fn run(globals: &Globals, arguments: &Arguments, output: &mut Output) -> anyhow::Result<Exit> {
    let (status, failed) = (arguments.status, arguments.failed);
    let entries = with_app(globals, async |app| ledger::entries(&app.server_tables, status, failed).await).await?;
    let lines: Vec<_> = entries.iter().map(line).collect();
    output.result(&entries.iter().map(render).collect::<Vec<_>>(), lines.join("\n"))?;
    Ok(Exit::Done)
}

fn line(entry: &Entry) -> String {
    let status = entry.object_id.map_or_else(|| "-".to_owned(), |id| id.to_string());
    let error = entry.last_error.as_deref().unwrap_or_default();
    format!("{}  {status}  {}  {}  {error}", entry.host, entry.state, entry.attempts)
}

fn render(entry: &Entry) -> Value {
    json!({
        "host": entry.host,
        "status_id": entry.object_id.map(|id| id.to_string()),
        "state": entry.state,
        "attempts": entry.attempts,
        "last_error": entry.last_error,
        "updated_at": entry.updated_at.to_string(),
    })
}
