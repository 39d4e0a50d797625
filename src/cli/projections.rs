//! `chronodon projections`.

use chronodon_projections::Verdict;
use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::opened::with_app;
use super::{Exit, Globals, Output};
use crate::app::App;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the groups of read models, and how far each is
    List,
    /// Fold a group anew from the log, while the server serves
    Rebuild {
        /// The group, as `list` prints it
        group: String,
    },
    /// Compare read models with a replay of the log: exit code 0 when equal, 1 when not, 3 when streams are parked
    Verify {
        /// The group; without it, all of them
        group: Option<String>,
    },
}

pub(super) async fn run(globals: &Globals, command: Command, output: &mut Output) -> anyhow::Result<Exit> {
    with_app(globals, async |app| match command {
        Command::List => list(&app, output).await,
        Command::Rebuild { group } => rebuild(&app, &group, output).await,
        Command::Verify { group } => verify(&app, group.as_deref(), output).await,
    })
    .await
}

async fn list(app: &App, output: &mut Output) -> anyhow::Result<Exit> {
    let (head, standings) = (app.head().await?, app.standings().await?);
    let text = standings.iter().map(|standing| {
        let parked = standing.parked.len();
        format!(
            "{:<8} at {} of {head}, {parked} parked streams, serving from {}",
            standing.group, standing.position, standing.slot
        )
    });
    let groups: Vec<_> = standings
        .iter()
        .map(|s| json!({ "group": s.group, "slot": s.slot, "position": s.position, "parked": s.parked }))
        .collect();
    output.result(&json!({ "head": head, "groups": groups }), text.collect::<Vec<_>>().join("\n"))?;
    Ok(Exit::Done)
}

async fn rebuild(app: &App, group: &str, output: &mut Output) -> anyhow::Result<Exit> {
    let bar = progress();
    app.rebuild(group, |at, head| show(&bar, at.0, head.0)).await?;
    bar.finish_and_clear();
    output.result(&json!({ "rebuilt": group }), format!("{group} is rebuilt and in service"))?;
    Ok(Exit::Done)
}

async fn verify(app: &App, group: Option<&str>, output: &mut Output) -> anyhow::Result<Exit> {
    let bar = progress();
    let verdict = app.verify(group, |at, head| show(&bar, at.0, head.0)).await?;
    bar.finish_and_clear();
    match verdict {
        Verdict::Equal { position, rows } => {
            let value = json!({ "verdict": "equal", "position": position, "rows": rows });
            output.result(&value, format!("equal: {rows} rows at position {position}"))?;
            Ok(Exit::Done)
        }
        Verdict::Different(differences) => {
            let lines = differences.iter().map(|difference| {
                let shown = |row: &Option<String>| row.clone().unwrap_or_else(|| "no row".to_owned());
                format!(
                    "{}\n  live:     {}\n  replayed: {}",
                    difference.table,
                    shown(&difference.live),
                    shown(&difference.replayed)
                )
            });
            let rows: Vec<_> = differences
                .iter()
                .map(|d| json!({ "table": d.table, "live": d.live, "replayed": d.replayed }))
                .collect();
            let text = format!("different:\n{}", lines.collect::<Vec<_>>().join("\n"));
            output.result(&json!({ "verdict": "different", "differences": rows }), text)?;
            Ok(Exit::Failed)
        }
        Verdict::NotComparable { parked } => {
            let text = format!("not comparable: these streams are parked\n{}", parked.join("\n"));
            output.result(&json!({ "verdict": "not comparable", "parked": parked }), text)?;
            Ok(Exit::NotComparable)
        }
    }
}

/// Drawn on standard error, and only where that is a terminal.
fn progress() -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} {per_sec}, {eta} left");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn show(bar: &ProgressBar, at: u64, head: u64) {
    bar.set_length(head);
    bar.set_position(at);
}
