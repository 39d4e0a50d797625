//! `chronodon domain`: what this server thinks of others.

use chronodon_domain::limits;
use chronodon_events::domain_policy::{DomainBlocked, Severity};
use chronodon_projections::core::domain_policies::{self, DomainPolicy};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::opened::with_app;
use super::{Exit, Globals, Output};
use crate::commands::By;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Let a domain in by name, for servers that federate with those alone
    Allow {
        /// Such as example.org
        name: String,
    },
    /// Block a domain and its subdomains, or block it otherwise than before
    Block(Block),
    /// Let a domain in by name no more
    Disallow {
        /// Such as example.org
        name: String,
    },
    /// List all policies
    List,
    /// Lift the block of a domain
    Unblock {
        /// Such as example.org
        name: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Block {
    /// Such as example.org
    name: String,
    /// How far it goes
    #[arg(long, value_enum, default_value = "suspend")]
    severity: Level,
    /// Fetch no files from there
    #[arg(long)]
    reject_media: bool,
    /// Throw reports from there away
    #[arg(long)]
    reject_reports: bool,
    /// The reason, for everybody
    #[arg(long, value_name = "TEXT")]
    public_comment: Option<String>,
    /// The reason, for staff
    #[arg(long, value_name = "TEXT")]
    private_comment: Option<String>,
    /// Hide the name in part where blocks are published
    #[arg(long)]
    obfuscate: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Level {
    /// Nothing but what is rejected by name
    Noop,
    /// Shown to those who follow them, and on no public timeline
    Silence,
    /// Nothing from there, nothing to there, follows end
    Suspend,
}

impl From<Level> for Severity {
    fn from(level: Level) -> Self {
        match level {
            Level::Noop => Self::Noop,
            Level::Silence => Self::Silence,
            Level::Suspend => Self::Suspend,
        }
    }
}

pub(super) async fn run(globals: &Globals, command: Command, output: &mut Output) -> anyhow::Result<Exit> {
    let by = By::operator();
    let (done, name) =
        match command {
            Command::Allow { name } => {
                ("allowed", with_app(globals, async |app| Ok(app.commands.allow_domain(by, &name).await?)).await?)
            }
            Command::Block(block) => {
                let block = asked(block);
                ("blocked", with_app(globals, async |app| Ok(app.commands.block_domain(by, block).await?)).await?)
            }
            Command::Disallow { name } => {
                ("disallowed", with_app(globals, async |app| Ok(app.commands.disallow_domain(by, &name).await?)).await?)
            }
            Command::List => {
                let rows = with_app(globals, async |app| {
                    Ok(domain_policies::all(&app.reader, limits::DOMAIN_POLICIES_MAX).await?)
                });
                let rows = rows.await?;
                let lines: Vec<_> = rows.iter().map(line).collect();
                output.result(&rows.iter().map(render).collect::<Vec<_>>(), lines.join("\n"))?;
                return Ok(Exit::Done);
            }
            Command::Unblock { name } => {
                ("unblocked", with_app(globals, async |app| Ok(app.commands.unblock_domain(by, &name).await?)).await?)
            }
        };
    output.result(&json!({ "domain": name, "done": done }), format!("{done} {name}"))?;
    Ok(Exit::Done)
}

fn asked(block: Block) -> DomainBlocked {
    DomainBlocked {
        domain: block.name,
        severity: block.severity.into(),
        reject_media: block.reject_media,
        reject_reports: block.reject_reports,
        public_comment: block.public_comment,
        private_comment: block.private_comment,
        obfuscate: block.obfuscate,
    }
}

fn render(row: &DomainPolicy) -> Value {
    json!({
        "domain": row.domain,
        "severity": row.severity,
        "reject_media": row.reject_media,
        "reject_reports": row.reject_reports,
        "public_comment": row.public_comment,
        "private_comment": row.private_comment,
        "obfuscate": row.obfuscate,
        "allowed": row.allow_id.is_some(),
    })
}

fn line(row: &DomainPolicy) -> String {
    let marks = [
        (row.severity.as_deref().unwrap_or_default(), row.severity.is_some()),
        ("reject-media", row.reject_media),
        ("reject-reports", row.reject_reports),
        ("obfuscate", row.obfuscate),
        ("allowed", row.allow_id.is_some()),
    ];
    let marks: Vec<_> = marks.iter().filter(|(_, there)| *there).map(|(mark, _)| *mark).collect();
    let comment = row.public_comment.as_deref().or(row.private_comment.as_deref()).unwrap_or_default();
    format!("{}  {}  {comment}", row.domain, marks.join(","))
}
