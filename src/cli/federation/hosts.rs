//! `chronodon federation hosts`.

use serde_json::{Value, json};

use crate::cli::opened::with_app;
use crate::cli::{Exit, Globals, Output};
use crate::federation::delivery::hosts::{self, Host};

pub(super) async fn run(globals: &Globals, output: &mut Output) -> anyhow::Result<Exit> {
    let hosts = with_app(globals, async |app| hosts::all(&app.server_tables).await).await?;
    let lines: Vec<_> = hosts.iter().map(line).collect();
    output.result(&hosts.iter().map(render).collect::<Vec<_>>(), lines.join("\n"))?;
    Ok(Exit::Done)
}

/// In a word.
fn state(host: &Host) -> &'static str {
    match host {
        Host { unavailable: true, .. } => "unavailable",
        Host { failure_days: 1.., .. } => "failing",
        _ => "well",
    }
}

fn line(host: &Host) -> String {
    let known = |word: &Option<String>| word.as_deref().unwrap_or("-").to_owned();
    format!("{}  {}  {}  {}  {}", host.host, state(host), host.failure_days, known(&host.scheme), known(&host.software))
}

fn render(host: &Host) -> Value {
    json!({
        "host": host.host,
        "state": state(host),
        "failure_days": host.failure_days,
        "scheme": host.scheme,
        "software": host.software,
        "last_success_at": host.last_success_at.map(|at| at.to_string()),
        "last_failure_at": host.last_failure_at.map(|at| at.to_string()),
    })
}
