//! `chronodon report`.

use std::collections::HashMap;

use anyhow::Context;
use chronodon_domain::limits::REPORTS_PAGE;
use chronodon_events::ReportId;
use chronodon_projections::core::accounts::by_ids;
use chronodon_projections::core::reports::{self, Report};
use clap::Subcommand;
use serde_json::{Value, json};

use super::opened::with_app;
use super::{Exit, Globals, Output};
use crate::app::App;
use crate::commands::By;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the open reports, oldest first
    List,
    /// Open a report again
    Reopen {
        /// Its number
        id: ReportId,
    },
    /// Close a report
    Resolve {
        /// Its number
        id: ReportId,
    },
    /// Show a report with the posts that it is about, as they were
    Show {
        /// Its number
        id: ReportId,
    },
}

pub(super) async fn run(globals: &Globals, command: Command, output: &mut Output) -> anyhow::Result<Exit> {
    let by = By::operator();
    match command {
        Command::List => {
            let rows =
                with_app(globals, async |app| named(&app, reports::open(&app.reader, REPORTS_PAGE).await?).await);
            let rows = rows.await?;
            let lines: Vec<_> = rows.iter().map(Named::line).collect();
            output.result(&rows.iter().map(Named::render).collect::<Vec<_>>(), lines.join("\n"))?;
        }
        Command::Reopen { id } => {
            let done = with_app(globals, async |app| Ok(app.commands.reopen_report(by, id).await?)).await;
            done.with_context(|| format!("there is no report {id}"))?;
            output.result(&json!({ "id": id }), "reopened")?;
        }
        Command::Resolve { id } => {
            let done = with_app(globals, async |app| Ok(app.commands.resolve_report(by, id).await?)).await;
            done.with_context(|| format!("there is no report {id}"))?;
            output.result(&json!({ "id": id }), "resolved")?;
        }
        Command::Show { id } => {
            let found = with_app(globals, async |app| {
                let row = reports::find(&app.reader, id).await?;
                Ok(named(&app, row.into_iter().collect()).await?.pop())
            });
            let report = found.await?.with_context(|| format!("there is no report {id}"))?;
            output.result(&report.render(), report.text())?;
        }
    }
    Ok(Exit::Done)
}

/// A report, and how the two are called.
struct Named {
    row: Report,
    account: Option<String>,
    target: Option<String>,
}

async fn named(app: &App, rows: Vec<Report>) -> anyhow::Result<Vec<Named>> {
    let ids: Vec<_> = rows.iter().flat_map(|row| [row.account_id, row.target_id]).collect();
    let found = by_ids(&app.reader, &ids).await?.into_iter().map(|account| {
        let acct = account.domain.map_or_else(|| account.username.clone(), |it| format!("{}@{it}", account.username));
        (account.id, acct)
    });
    let names: HashMap<_, _> = found.collect();
    let of = |id: i64| names.get(&id).cloned();
    let named = rows.into_iter().map(|row| Named { account: of(row.account_id), target: of(row.target_id), row });
    Ok(named.collect())
}

impl Named {
    fn render(&self) -> Value {
        let Self { row, account, target } = self;
        json!({
            "id": row.id.to_string(),
            "account_id": row.account_id.to_string(),
            "account": account,
            "target_id": row.target_id.to_string(),
            "target": target,
            "category": row.category,
            "comment": row.comment,
            "rule_ids": row.rule_ids(),
            "statuses": row.statuses,
            "forwarded": row.forwarded,
            "uri": row.uri,
            "created_at": row.created_at.to_string(),
            "resolved_at": row.resolved_at.map(|at| at.to_string()),
        })
    }

    /// The beginning of it.
    fn line(&self) -> String {
        const COMMENT_CHARS: usize = 60;
        let row = &self.row;
        let comment: String = row.comment.chars().take(COMMENT_CHARS).collect();
        let (account, target) = (name(self.account.as_ref()), name(self.target.as_ref()));
        let line = format!("{}  {target}  by {account}  {}  {comment}", row.id, row.category);
        printable(&line).replace('\n', " ")
    }

    fn text(&self) -> String {
        let row = &self.row;
        let mut lines = vec![
            format!("report {} of {}", row.id, name(self.target.as_ref())),
            format!("by {} at {}", name(self.account.as_ref()), row.created_at),
            format!("about {}, {}", row.category, row.resolved_at.map_or("open", |_| "resolved")),
        ];
        if !row.comment.is_empty() {
            lines.extend([String::new(), row.comment.clone()]);
        }
        for status in row.statuses() {
            lines.extend([String::new(), format!("post {} of {}", status.status_id, status.created_at)]);
            lines.extend([status.spoiler_text, status.text].into_iter().filter(|text| !text.is_empty()));
        }
        printable(&lines.join("\n"))
    }
}

/// Who is gone has no name.
fn name(acct: Option<&String>) -> &str {
    acct.map_or("somebody who is gone", String::as_str)
}

/// Strangers write this, and a terminal obeys control characters.
fn printable(text: &str) -> String {
    text.chars().filter(|c| *c == '\n' || !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn nothing_in_a_report_commands_a_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\r\nc\u{9b}d"), "a[2Jb\ncd");
    }
}
